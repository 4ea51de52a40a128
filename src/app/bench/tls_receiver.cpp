#include "app/bench/tls_receiver.hpp"

#include <fmt/format.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <memory>

namespace deltapost::app::bench {
namespace {

constexpr long kValidForSeconds = 7L * 24 * 3600;

struct Free {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(X509_EXTENSION* extension) const { X509_EXTENSION_free(extension); }
  void operator()(std::FILE* file) const { std::fclose(file); }
};
template <class T>
using Owned = std::unique_ptr<T, Free>;

bool add_extension(X509& certificate, int kind, const char* value) {
  const Owned<X509_EXTENSION> extension(X509V3_EXT_conf_nid(nullptr, nullptr, kind, value));
  return extension != nullptr && X509_add_ext(&certificate, extension.get(), -1) == 1;
}

/// For 127.0.0.1, signed by itself.
Owned<X509> make_certificate(EVP_PKEY& key) {
  Owned<X509> certificate(X509_new());
  X509_set_version(certificate.get(), X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -3600);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), kValidForSeconds);
  X509_set_pubkey(certificate.get(), &key);
  X509_NAME* name = X509_get_subject_name(certificate.get());
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, reinterpret_cast<const unsigned char*>("benchmark"),
                             -1, -1, 0);
  X509_set_issuer_name(certificate.get(), name);
  if (!add_extension(*certificate, NID_basic_constraints, "critical,CA:TRUE") ||
      !add_extension(*certificate, NID_subject_alt_name, "IP:127.0.0.1") ||
      X509_sign(certificate.get(), &key, EVP_sha256()) == 0)
    return nullptr;
  return certificate;
}

Result<void> write_certificate(const std::string& certificate_file, const std::string& key_file) {
  const Error failed{.fault = Fault::unavailable,
                     .message = "cannot make a certificate in " + certificate_file};
  const Owned<EVP_PKEY> key(EVP_EC_gen("P-256"));
  if (key == nullptr) return failed;
  const Owned<X509> certificate = make_certificate(*key);
  const Owned<std::FILE> out(std::fopen(certificate_file.c_str(), "wb")),
      key_out(std::fopen(key_file.c_str(), "wb"));
  if (certificate == nullptr || out == nullptr || key_out == nullptr ||
      PEM_write_X509(out.get(), certificate.get()) != 1 ||
      PEM_write_PrivateKey(key_out.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) != 1)
    return failed;
  return ok();
}

net::ServerOptions options(const std::string& folder) {
  net::ServerOptions options;
  options.tls_certificate_file = folder + "/receiver.pem";
  options.tls_key_file = folder + "/receiver.key";
  return options;
}

std::uint64_t version_of(const net::Request& request) {
  return std::strtoull(std::string(request.header("deltapost-record-version").value_or("0")).c_str(), nullptr,
                       10);
}

}  // namespace

TlsReceiver::TlsReceiver(ArrivalLog& log, std::string folder)
    : folder_(std::move(folder)),
      server_(options(folder_), [&log](net::Request request, net::Respond respond) {
        log.note(request.path, version_of(request), request.body);
        respond({.status = 200, .body = "{}"});
      }) {}

Result<void> TlsReceiver::start() {
  if (auto written = write_certificate(ca_file(), folder_ + "/receiver.key"); !written) return written;
  return server_.start();
}

void TlsReceiver::stop() {
  server_.stop(std::chrono::seconds{1});
}

std::string TlsReceiver::url(std::uint32_t endpoint) const {
  return fmt::format("https://127.0.0.1:{}/{}", server_.port(), endpoint);
}

}  // namespace deltapost::app::bench
