// Server: HTTP/1.1 in, optionally over TLS. One io_context and one listener per thread (SO_REUSEPORT), never
// shared; replies are serialised once, into one buffer.
#pragma once

#include <memory>
#include <string>

#include "net/http.hpp"

namespace deltapost::net {

struct ServerOptions {
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;  // 0: a free one, see Server::port()
  int threads = 1;
  std::size_t max_header_bytes = 16 * 1024;
  std::size_t max_body_bytes = 1 << 20;  // beyond it: 413, and the connection is closed
  /// What all bodies together may take, from their first bytes to their answers, but for those of up to 16
  /// KiB (one a connection). Beyond it: 503 with Retry-After, and the connection is closed. Not below
  /// max_body_bytes.
  std::size_t max_body_memory = 64 << 20;
  /// Shows such a request to the handler (Request::exceeded_limit), whose answer then is sent.
  bool hand_over_oversized = false;
  std::size_t max_connections = 4096;  // beyond it: a 503 with Retry-After, and closed
  std::chrono::milliseconds header_timeout{
      10'000};  // from the first byte of a request to the end of its headers
  std::chrono::milliseconds body_timeout{30'000};
  std::chrono::milliseconds write_timeout{30'000};  // for a client to take a reply, or a piece of a stream
  std::chrono::milliseconds idle_timeout{75'000};   // between requests of a connection
  std::chrono::milliseconds breather{250};          // Reply::breather
  std::size_t max_stream_buffer = 1 << 20;
  std::string tls_certificate_file{};  // PEM chain; empty: plain HTTP
  std::string tls_key_file{};
};

struct ServerStats {
  std::uint64_t connections = 0;  // open now
  std::uint64_t requests = 0;     // since start
  std::uint64_t body_memory = 0;  // bytes that bodies take now, of max_body_memory
  // Refused since the start, with 503 or unsaid:
  std::uint64_t refused_connections = 0, refused_bodies = 0;
};

class Server {
 public:
  Server(ServerOptions options, Handler handler);
  ~Server();

  /// Fault::unavailable when the address cannot be bound (the message names it), Fault::invalid for a bad
  /// certificate.
  Result<void> start();
  std::uint16_t port() const;
  /// Accepts no more, lets requests in progress be answered for up to `patience`, closes streams, joins.
  void stop(std::chrono::milliseconds patience);
  ServerStats stats() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace deltapost::net
