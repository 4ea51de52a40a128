// A server of ours on a free port, with a handler that tells what it was asked.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "net/server.hpp"
#include "unit/net/raw_sockets.hpp"

namespace deltapost::net::testing {

/// "GET /path?a=1 [body]"
inline Reply echo(const Request& request) {
  std::string text = request.method + " " + request.path;
  for (const auto& [name, value] : request.query) text += " " + name + "=" + value;
  if (!request.body.empty()) text += " [" + request.body + "]";
  return Reply{.content_type = "text/plain", .body = text};
}

class RunningServer {
 public:
  explicit RunningServer(
      ServerOptions options = {},
      Handler handler = [](Request request, Respond respond) { respond(echo(request)); })
      : server_(std::move(options), std::move(handler)) {
    const auto started = server_.start();
    EXPECT_TRUE(started) << (started ? "" : started.error().message);
  }

  Server* operator->() { return &server_; }
  RawConnection connect(int receive_buffer = 0) const {
    return RawConnection::to(server_.port(), receive_buffer);
  }

  /// Sends the bytes over a connection of its own and reads until the server closes it.
  std::string ask(std::string_view bytes) const {
    RawConnection connection = connect();
    connection.send(bytes);
    return connection.read_all();
  }

 private:
  Server server_;
};

inline int status_of(std::string_view answer) {
  constexpr std::string_view kVersion = "HTTP/1.1 ";
  return answer.starts_with(kVersion) ? std::stoi(std::string(answer.substr(kVersion.size(), 3))) : 0;
}

inline std::string body_of(const std::string& answer) {
  const auto end = answer.find("\r\n\r\n");
  return end == std::string::npos ? "" : answer.substr(end + 4);
}

}  // namespace deltapost::net::testing
