#include "net/tls.hpp"

#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>

#include <array>
#include <boost/asio/ip/address.hpp>
#include <cerrno>

#include "base/check.hpp"

namespace deltapost::net {
namespace {

std::string last_openssl_error() {
  const unsigned long code = ERR_get_error();
  const char* reason = ERR_reason_error_string(code);
  return reason ? reason : "unknown TLS error";
}

// OpenSSL's own socket BIO writes with write(), which raises SIGPIPE on a closed peer; this one uses send().

int socket_of(BIO* bio) {
  return static_cast<int>(reinterpret_cast<std::intptr_t>(BIO_get_data(bio)));
}

bool would_block() {
  return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

int bio_write(BIO* bio, const char* data, int size) {
  BIO_clear_retry_flags(bio);
  const auto sent = ::send(socket_of(bio), data, static_cast<std::size_t>(size), MSG_NOSIGNAL);
  if (sent < 0 && would_block()) BIO_set_retry_write(bio);
  return static_cast<int>(sent);
}

int bio_read(BIO* bio, char* data, int size) {
  BIO_clear_retry_flags(bio);
  const auto received = ::recv(socket_of(bio), data, static_cast<std::size_t>(size), 0);
  if (received < 0 && would_block()) BIO_set_retry_read(bio);
  if (received == 0) BIO_set_flags(bio, BIO_FLAGS_IN_EOF);
  return static_cast<int>(received);
}

long bio_control(BIO* bio, int command, long, void*) {
  if (command == BIO_CTRL_EOF) return BIO_test_flags(bio, BIO_FLAGS_IN_EOF) != 0 ? 1 : 0;
  return command == BIO_CTRL_FLUSH ? 1 : 0;
}

int bio_create(BIO* bio) {
  BIO_set_init(bio, 1);
  return 1;
}

BIO_METHOD* socket_method() {
  static BIO_METHOD* const method = [] {
    BIO_METHOD* made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "socket without SIGPIPE");
    DP_CHECK(made != nullptr);
    BIO_meth_set_write(made, bio_write);
    BIO_meth_set_read(made, bio_read);
    BIO_meth_set_ctrl(made, bio_control);
    BIO_meth_set_create(made, bio_create);
    return made;
  }();
  return method;
}

Ssl new_session(SSL_CTX& context, int socket) {
  Ssl ssl(SSL_new(&context));
  DP_CHECK(ssl != nullptr);
  BIO* bio = BIO_new(socket_method());
  DP_CHECK(bio != nullptr);
  BIO_set_data(bio, reinterpret_cast<void*>(static_cast<std::intptr_t>(socket)));
  SSL_set_bio(ssl.get(), bio, bio);
  return ssl;
}

void apply_common_settings(SSL_CTX& context) {
  SSL_CTX_set_min_proto_version(&context, TLS1_2_VERSION);
  SSL_CTX_set_options(&context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_mode(&context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                 SSL_MODE_RELEASE_BUFFERS);
}

constexpr std::array<unsigned char, 9> kHttp11 = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};

int select_protocol(SSL*, const unsigned char** out, unsigned char* out_size, const unsigned char* in,
                    unsigned in_size, void*) {
  unsigned char* selected = nullptr;
  if (SSL_select_next_proto(&selected, out_size, kHttp11.data(), kHttp11.size(), in, in_size) !=
      OPENSSL_NPN_NEGOTIATED) {
    return SSL_TLSEXT_ERR_NOACK;
  }
  *out = selected;
  return SSL_TLSEXT_ERR_OK;
}

}  // namespace

Result<SslContext> client_tls(bool verify, const std::string& ca_file) {
  ERR_clear_error();
  SslContext context(SSL_CTX_new(TLS_client_method()));
  DP_CHECK(context != nullptr);
  apply_common_settings(*context);
  SSL_CTX_set_verify(context.get(), verify ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nullptr);
  const int loaded = ca_file.empty() ? SSL_CTX_set_default_verify_paths(context.get())
                                     : SSL_CTX_load_verify_locations(context.get(), ca_file.c_str(), nullptr);
  if (loaded != 1) {
    return Error{Fault::invalid,
                 "The certificates to trust cannot be read from " + ca_file + ": " + last_openssl_error()};
  }
  return context;
}

Result<SslContext> server_tls(const std::string& certificate_file, const std::string& key_file) {
  ERR_clear_error();
  SslContext context(SSL_CTX_new(TLS_server_method()));
  DP_CHECK(context != nullptr);
  apply_common_settings(*context);
  SSL_CTX_set_alpn_select_cb(context.get(), select_protocol, nullptr);
  if (SSL_CTX_use_certificate_chain_file(context.get(), certificate_file.c_str()) != 1) {
    return Error{Fault::invalid,
                 "The certificate cannot be read from " + certificate_file + ": " + last_openssl_error()};
  }
  if (SSL_CTX_use_PrivateKey_file(context.get(), key_file.c_str(), SSL_FILETYPE_PEM) != 1 ||
      SSL_CTX_check_private_key(context.get()) != 1) {
    return Error{Fault::invalid, "The key of the certificate cannot be read from " + key_file +
                                     " or belongs to another certificate: " + last_openssl_error()};
  }
  return context;
}

Ssl client_session(SSL_CTX& context, int socket, const std::string& host) {
  Ssl ssl = new_session(context, socket);
  SSL_set_connect_state(ssl.get());
  SSL_set_alpn_protos(ssl.get(), kHttp11.data(), kHttp11.size());
  X509_VERIFY_PARAM* expected = SSL_get0_param(ssl.get());
  boost::system::error_code not_an_address;
  boost::asio::ip::make_address(host, not_an_address);
  if (!not_an_address) {
    DP_CHECK(X509_VERIFY_PARAM_set1_ip_asc(expected, host.c_str()) == 1);
  } else {
    X509_VERIFY_PARAM_set_hostflags(expected, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    DP_CHECK(X509_VERIFY_PARAM_set1_host(expected, host.c_str(), host.size()) == 1);
    SSL_set_tlsext_host_name(ssl.get(), host.c_str());
  }
  return ssl;
}

Ssl server_session(SSL_CTX& context, int socket) {
  Ssl ssl = new_session(context, socket);
  SSL_set_accept_state(ssl.get());
  return ssl;
}

std::string tls_failure(const SSL& ssl) {
  const long verdict = SSL_get_verify_result(&ssl);
  if (verdict != X509_V_OK) {
    ERR_clear_error();
    return std::string("certificate verify failed: ") + X509_verify_cert_error_string(verdict);
  }
  const std::string reason = last_openssl_error();
  ERR_clear_error();
  return "TLS failed: " + reason;
}

}  // namespace deltapost::net
