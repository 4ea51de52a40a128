// GuessGuard: stands where keys and tokens are judged and turns guessing away; guess_limit.hpp says when. Any
// thread.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "api/guess_limit.hpp"
#include "net/address_guard.hpp"
#include "net/http.hpp"

namespace deltapost::api {

struct GuessRules {
  std::uint32_t wrong_per_minute = 20;       // per address; 0: no limit
  std::vector<net::Cidr> trusted_proxies{};  // whose X-Forwarded-For is believed
};

class GuessGuard {
 public:
  /// `hear`: an address has begun to guess; told once a minute, never with what it tried.
  GuessGuard(const Clock& clock, GuessRules rules, std::function<void(const std::string& address)> hear)
      : clock_(clock), rules_(std::move(rules)), limit_(rules_.wrong_per_minute), hear_(std::move(hear)) {}

  /// Whom a request's guesses are counted for.
  std::string address_of(const net::Request& request) const;

  /// Before `secret` is judged: the refusal, when it is not to be.
  std::optional<net::Reply> closed_to(const std::string& address, std::string_view secret);
  /// It was wrong: the refusal, when that is to be told in place of what is wrong.
  std::optional<net::Reply> wrong(const std::string& address, std::string_view secret);
  void right(const std::string& address, std::string_view secret) { limit_.right(address, secret); }

 private:
  std::optional<net::Reply> reply_to(const std::optional<GuessLimit::Refusal>& refused,
                                     const std::string& address) const;

  const Clock& clock_;
  const GuessRules rules_;
  GuessLimit limit_;
  std::function<void(const std::string&)> hear_;
};

}  // namespace deltapost::api
