// Transport: a connected socket, plain or under TLS, read and written without blocking. Reading and writing
// are tried at once; only what would block is waited for, so a busy connection costs few wake-ups.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

#include "net/tls.hpp"
#include "net/types.hpp"

namespace deltapost::net {

/// What a try came to: bytes moved, or what must be waited for, or the end.
enum class IoState { done, wants_read, wants_write, closed, failed };

struct IoResult {
  IoState state = IoState::done;
  std::size_t bytes = 0;
};

/// One connection's, on its loop's thread.
class Transport {
 public:
  explicit Transport(TcpSocket socket) : socket_(std::move(socket)) {}

  /// Everything after this goes through the session; handshake() comes first.
  void use_tls(Ssl ssl) { ssl_ = std::move(ssl); }
  bool is_tls() const { return ssl_ != nullptr; }

  IoResult try_handshake();
  IoResult try_read(char* buffer, std::size_t size);
  /// Writes some of both parts, the first one first; `bytes` counts over both.
  IoResult try_write(std::string_view first, std::string_view second);

  /// Suspends until what `state` wants may go on. Ends early, too, when the socket is closed.
  Task<void> wait(IoState state);
  /// Until either direction may go on.
  Task<void> wait_either();

  /// Ends what waits; the socket stays open.
  void stop_waiting();
  /// Says goodbye (TLS close_notify, FIN) without waiting; reading goes on.
  void shutdown_send();
  /// Whoever waits is woken and fails. May be called again.
  void close();
  bool is_open() const { return socket_.is_open(); }

  /// Why the last try failed, in plain words: "connection reset by peer".
  const std::string& failure() const { return failure_; }
  TcpSocket& socket() { return socket_; }

 private:
  IoResult closed_here();
  IoResult plain_result(long result);
  IoResult tls_result(int result);

  TcpSocket socket_;
  Ssl ssl_;
  std::string failure_;
  error_code wait_error_;
};

}  // namespace deltapost::net
