// Receiver: the other end, for development: takes webhooks, verifies their signatures and tells what they
// say.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "net/http.hpp"
#include "record/json.hpp"

namespace deltapost::app {

struct Arrival {
  Time at{};
  net::Headers headers;
  std::string raw;
  Json body;                          // null when it was not JSON
  std::vector<std::string> verified;  // the schemes that fitted: "standard", "apten"
  std::string unverified;             // why it is not trusted; empty when it is
  std::string forwarded{};            // what the other end answered; empty when it was not sent on

  std::string header(std::string_view name) const;
};

struct ReceiverOptions {
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;
  int status = 200;  // what it answers
  /// Where each webhook is sent on as it came, and whose answer is given; empty: nowhere.
  std::string forward{};
};

class Receiver {
 public:
  /// `arrived` is called on the receiver's own thread, one arrival after the other.
  Receiver(ReceiverOptions options, std::function<void(const Arrival&)> arrived);
  ~Receiver();

  /// Secrets to try, each as it was shown. Any thread.
  void trust(const std::string& secret);
  Result<void> start();
  std::uint16_t port() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// What a webhook says, for people: its event, its record and the fields that changed, in whatever format it
/// came.
struct Story {
  std::string event;    // "lead.additionalInfo.updated"
  std::string record;   // "lead lead_01…", "contact 5"
  std::string details;  // a line per changed field, indented
};

Story tell(const Arrival& arrival, const std::string& indent);

}  // namespace deltapost::app
