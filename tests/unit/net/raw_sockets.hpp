// Both ends of a TCP connection without any HTTP in between, for peers that misbehave. Reads give up after a
// long while, so that a test that would hang fails instead.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace deltapost::net::testing {

/// One end of a connection; closes it when it goes.
class RawConnection {
 public:
  explicit RawConnection(int socket) : socket_(socket) {}
  RawConnection(RawConnection&& other) noexcept;
  RawConnection& operator=(RawConnection&&) = delete;
  ~RawConnection();

  /// To 127.0.0.1. A small `receive_buffer` makes a reader that is soon too slow.
  static RawConnection to(std::uint16_t port, int receive_buffer = 0);

  /// False when the peer takes no more.
  bool send(std::string_view bytes);
  /// The end of what is sent comes in one packet with these bytes.
  void send_last(std::string_view bytes);
  /// What comes until the peer closes; "(silence)" at its end when it does not.
  std::string read_all();
  /// What comes up to and including `mark`, less when the peer closes before.
  std::string read_until(std::string_view mark);
  std::string read_some();
  /// A request's or reply's head, and the body that its Content-Length tells.
  std::string read_message();

  /// Whether anything, or the peer's end, comes within this time.
  bool readable_within(int milliseconds) const;

  void shutdown_send();
  /// Closes with a reset instead of a goodbye.
  void reset();
  void close();
  int socket() const { return socket_; }

 private:
  int socket_;
  std::string unread_;
};

/// A server that plays a script: the n-th connection is given to the n-th act, and each that is left over to
/// the last.
class ScriptedServer {
 public:
  using Act = std::function<void(RawConnection)>;

  explicit ScriptedServer(std::vector<Act> acts);
  ~ScriptedServer();

  std::uint16_t port() const { return port_; }
  std::string url(std::string_view target = "/") const;
  int connections() const { return connections_; }

 private:
  void accept_all();

  std::vector<Act> acts_;
  std::uint16_t port_ = 0;
  int listener_;
  std::atomic<int> connections_{0};
  std::vector<std::thread> playing_;
  std::thread accepting_;
};

inline const std::string kGet = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
inline const std::string kLastGet = "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
inline const std::string kChunkedPost = "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
/// The head of a request whose body has that many bytes.
inline std::string post_of(std::size_t length) {
  return "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(length) + "\r\n\r\n";
}

inline const std::string kOk = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

/// Answers one request with these bytes and closes.
ScriptedServer::Act answer(std::string bytes);
/// Answers any number of requests, each with these bytes.
ScriptedServer::Act keep_answering(std::string bytes);

/// A port on 127.0.0.1 at which nobody listens.
std::uint16_t closed_port();

}  // namespace deltapost::net::testing
