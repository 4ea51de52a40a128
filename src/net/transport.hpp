// Transport: a connected socket, plain or under TLS, read and written without blocking. Reading and writing
// are tried at once; only what would block is waited for, so a busy connection costs few wake-ups.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

#include "net/socket_watch.hpp"
#include "net/tls.hpp"
#include "net/types.hpp"
#include "net/waker.hpp"

namespace deltapost::net {

/// What a try came to: bytes moved, or what must be waited for, or the end.
enum class IoState { done, wants_read, wants_write, closed, failed };

struct IoResult {
  IoState state = IoState::done;
  std::size_t bytes = 0;
};

/// One connection's, on its loop's thread.
class Transport final : private SocketWatch::Watcher {
 public:
  /// Closed. The watch outlives it.
  explicit Transport(SocketWatch& watch) : watch_(watch) {}
  ~Transport() { close(); }
  Transport(const Transport&) = delete;
  Transport& operator=(const Transport&) = delete;

  /// Takes over a socket that is connected; it stays closed when the socket cannot be watched.
  void open(TcpSocket socket);
  /// Everything after this goes through the session; handshake() comes first.
  void use_tls(Ssl ssl) { ssl_ = std::move(ssl); }
  bool is_tls() const { return ssl_ != nullptr; }

  IoResult try_handshake();
  IoResult try_read(char* buffer, std::size_t size);
  /// Writes some of both parts, the first one first; `bytes` counts over both.
  IoResult try_write(std::string_view first, std::string_view second);

  /// Suspends until something has changed since the last try, in either direction: try again. Ends early,
  /// too, when the socket is closed. One may wait that wants to read and one that wants to write.
  Task<void> wait(IoState state);

  /// Ends what waits; the socket stays open.
  void stop_waiting();
  /// Says goodbye (TLS close_notify, FIN) without waiting; reading goes on.
  void shutdown_send();
  /// Whoever waits is woken, in a turn of its own, and fails. May be called again.
  void close();
  bool is_open() const { return socket_ >= 0; }
  /// Lets go of whoever waits; for when the loop has ended.
  void abandon();

  /// Why the last try failed, in plain words: "connection reset by peer".
  const std::string& failure() const { return failure_; }
  int socket() const { return socket_; }

 private:
  void ready(bool ended) override;
  IoResult closed_here();
  IoResult plain_result(long result);
  IoResult tls_result(int result);

  SocketWatch& watch_;
  int socket_ = -1;
  bool ended_ = false;  // there is nothing to wait for any more, only to read
  Ssl ssl_;
  std::string failure_;
  Waker reader_, writer_;
};

}  // namespace deltapost::net
