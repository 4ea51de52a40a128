// Wire: requests to a server that comes and goes. Everything runs on its loop's thread, but where it says
// otherwise.
#pragma once

#include <atomic>
#include <chrono>
#include <optional>
#include <string>

#include "net/client.hpp"
#include "net/loop.hpp"
#include "record/json.hpp"

namespace deltapost::torture {

struct Ask {
  std::string method, path;
  std::string body{};
  net::Headers headers{};
  /// Sent again, byte for byte, until there is an answer. Otherwise sent until it was taken in: no answer
  /// means that nobody knows whether it was done.
  bool until_answered = true;
};

struct Answer {
  int status = 0;
  Json body;
  /// Tries before it that got no answer, of which one may have been done already.
  std::uint32_t unanswered = 0;
};

class Wire {
 public:
  /// Nobody answers until the port is told.
  Wire();
  ~Wire();

  /// Any thread: where the server is now.
  void set_port(std::uint16_t port) { port_ = port; }
  /// Any thread: requests that got no answer.
  std::uint64_t unanswered() const { return unanswered_; }

  /// nullopt: there was no answer, and it was not to be sent again. Refusals that say to come back later
  /// (429, 503) did nothing and are sent again always.
  void ask(Ask ask, UniqueFunction<void(std::optional<Answer>)> done);
  net::Loop& loop() { return loop_; }

 private:
  struct Asked;
  void send(std::shared_ptr<Asked> asked);
  void answered(const std::shared_ptr<Asked>& asked, net::OutResult result);

  net::Loop loop_;
  net::Client client_;
  std::atomic<std::uint16_t> port_ = 0;
  std::atomic<std::uint64_t> unanswered_ = 0;
};

}  // namespace deltapost::torture
