// A client of ours on a loop of its own; its guard allows loopback unless told otherwise.
#pragma once

#include <gtest/gtest.h>

#include <future>
#include <string>

#include "net/client.hpp"

namespace deltapost::net::testing {

inline AddressGuard loopback_allowed() {
  return AddressGuard({*Cidr::parse("127.0.0.0/8"), *Cidr::parse("::1/128")});
}

inline ClientOptions on_loopback() {
  return ClientOptions{.guard = loopback_allowed()};
}

class RunningClient {
 public:
  explicit RunningClient(ClientOptions options = on_loopback()) : client_(loop_, std::move(options)) {
    loop_.start("client");
  }

  Loop& loop() { return loop_; }
  Client& client() { return client_; }

  std::future<OutResult> start(OutRequest request) {
    auto answered = std::make_shared<std::promise<OutResult>>();
    auto result = answered->get_future();
    client_.send(std::move(request),
                 [answered](OutResult outcome) { answered->set_value(std::move(outcome)); });
    return result;
  }

  OutResult send(OutRequest request) { return start(std::move(request)).get(); }
  OutResult post(std::string url, std::string body = "{}") {
    return send(
        OutRequest{.url = std::move(url), .body = std::move(body), .timeout = std::chrono::seconds{20}});
  }

 private:
  Loop loop_;
  Client client_;
};

inline int status_of(const OutResult& result) {
  const auto* response = std::get_if<OutResponse>(&result);
  return response ? response->status : 0;
}

/// Why there is no answer; empty when there is one.
inline std::string reason_of(const OutResult& result) {
  const auto* failure = std::get_if<OutFailure>(&result);
  return failure ? failure->reason : "";
}

/// The answer's body, or why there is none.
inline std::string body_of(const OutResult& result) {
  const auto* response = std::get_if<OutResponse>(&result);
  return response ? response->body : reason_of(result);
}

inline bool refused_by_guard(const OutResult& result) {
  const auto* failure = std::get_if<OutFailure>(&result);
  return failure && failure->refused_by_guard;
}

}  // namespace deltapost::net::testing
