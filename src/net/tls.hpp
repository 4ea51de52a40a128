// TLS over non-blocking sockets, on OpenSSL: contexts with our settings, and one connection's session.
#pragma once

#include <openssl/ssl.h>

#include <memory>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace deltapost::net {

struct FreeSslContext {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};
struct FreeSsl {
  void operator()(SSL* ssl) const { SSL_free(ssl); }
};
using SslContext = std::unique_ptr<SSL_CTX, FreeSslContext>;
using Ssl = std::unique_ptr<SSL, FreeSsl>;

/// For requests out: TLS 1.2 or newer, certificates verified against `ca_file` (empty: the system's) unless
/// `verify` is false. Fault::invalid when the file cannot be read.
Result<SslContext> client_tls(bool verify, const std::string& ca_file);

/// For requests in: a PEM chain and its key. Fault::invalid when one cannot be read or they do not belong
/// together.
Result<SslContext> server_tls(const std::string& certificate_file, const std::string& key_file);

/// A session on a connected, non-blocking socket, which stays the caller's. For a client, `host` goes out as
/// SNI (unless it is an address) and is what the certificate must be for.
Ssl client_session(SSL_CTX& context, int socket, const std::string& host);
Ssl server_session(SSL_CTX& context, int socket);

/// The reason of the last failed call on this session, in plain words: "certificate verify failed: …".
std::string tls_failure(const SSL& ssl);

}  // namespace deltapost::net
