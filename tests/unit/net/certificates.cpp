#include "unit/net/certificates.hpp"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "base/check.hpp"

namespace deltapost::net::testing {
namespace {

using Key = std::unique_ptr<EVP_PKEY, FreeKey>;
using X509Pointer = std::unique_ptr<X509, FreeCertificate>;

void add_extension(X509& certificate, X509& issuer, int kind, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, &issuer, &certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str());
  DP_CHECK(extension != nullptr);
  X509_add_ext(&certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

X509Pointer new_certificate(EVP_PKEY& key, const std::string& common_name, Validity validity) {
  static std::atomic<long> serial{1};
  X509Pointer certificate(X509_new());
  X509_set_version(certificate.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), serial++);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), validity.from_seconds);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), validity.to_seconds);
  X509_set_pubkey(certificate.get(), &key);
  X509_NAME* name = X509_get_subject_name(certificate.get());
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(common_name.c_str()), -1, -1, 0);
  return certificate;
}

Key new_key() {
  Key key(EVP_EC_gen("P-256"));
  DP_CHECK(key != nullptr);
  return key;
}

template <class Write>
void write_pem(const PemFile& file, Write write) {
  std::FILE* out = std::fopen(file.path().c_str(), "wb");
  DP_CHECK(out != nullptr);
  DP_CHECK(write(out) == 1);
  std::fclose(out);
}

void write_certificate(const PemFile& file, X509& certificate) {
  write_pem(file, [&](std::FILE* out) { return PEM_write_X509(out, &certificate); });
}

}  // namespace

PemFile::PemFile() : path_((std::filesystem::temp_directory_path() / "pem-XXXXXX").string()) {
  const int file = ::mkstemp(path_.data());
  DP_CHECK(file >= 0);
  ::close(file);
}

PemFile::~PemFile() {
  std::filesystem::remove(path_);
}

Authority::Authority() : key_(new_key()), certificate_(new_certificate(*key_, "Test Authority", {})) {
  X509_set_issuer_name(certificate_.get(), X509_get_subject_name(certificate_.get()));
  add_extension(*certificate_, *certificate_, NID_basic_constraints, "critical,CA:TRUE");
  add_extension(*certificate_, *certificate_, NID_key_usage, "critical,keyCertSign");
  DP_CHECK(X509_sign(certificate_.get(), key_.get(), EVP_sha256()) > 0);
  write_certificate(file_, *certificate_);
}

Certificate::Certificate(const Authority& authority, const std::string& names, Validity validity) {
  const Key key = new_key();
  const X509Pointer certificate = new_certificate(*key, "Test Server", validity);
  X509_set_issuer_name(certificate.get(), X509_get_subject_name(authority.certificate_.get()));
  add_extension(*certificate, *authority.certificate_, NID_subject_alt_name, names);
  DP_CHECK(X509_sign(certificate.get(), authority.key_.get(), EVP_sha256()) > 0);
  write_certificate(certificate_, *certificate);
  write_pem(key_, [&](std::FILE* out) {
    return PEM_write_PrivateKey(out, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  });
}

}  // namespace deltapost::net::testing
