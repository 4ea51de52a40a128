// GuessLimit: how many wrong secrets (API keys, tokens of sources) an address may try in a minute. A plain
// object that takes the time; any thread.
//
// A wrong one is only noted. From the limit on, more of them are told to wait. Once so many *different* ones
// came from an address, it guesses: what it sends is then told to wait without being looked at, so that it
// learns nothing, right or wrong, until its minute is over. Two things go on meanwhile. A secret that the
// address has shown to be right before is still looked at, so nobody who works behind the same address is
// locked out; and a client that repeats one stale secret for ever has made one guess.
//
// An address is a text here; who calls gives what one customer has to himself (net::network_of). Memory is
// bounded: addresses beyond kMaxAddresses in a minute share one count, and of the secrets shown to be right
// the last ones are known.
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "base/time.hpp"

namespace deltapost::api {

class GuessLimit {
 public:
  static constexpr std::chrono::minutes kWindow{1};
  static constexpr std::size_t kMaxAddresses = 10'000;
  static constexpr std::size_t kMaxProven = 20'000;  // pairs of an address and a secret

  /// `per_window` wrong ones per address; 0: no limit.
  explicit GuessLimit(std::uint32_t per_window) : limit_(per_window) {}

  struct Refusal {
    std::chrono::seconds wait{};
    bool first = false;  // of its minute: worth a line in the log
  };
  /// Before a secret is looked at. How long to wait, when it must not be; nullopt: look.
  std::optional<Refusal> closed_to(std::string_view address, std::string_view secret, Time now);
  /// It was wrong. How long to wait, when that was one too many; nullopt: tell that it was wrong.
  std::optional<Refusal> wrong(std::string_view address, std::string_view secret, Time now);
  /// It was right.
  void right(std::string_view address, std::string_view secret);

 private:
  struct Guesses {
    Time since{};
    std::uint32_t wrong = 0;
    std::unordered_set<std::uint64_t> different{};  // digests, at most limit_
    bool told = false;
  };
  static Refusal refuse(Guesses& guesses, Time now);
  Guesses& of(const std::string& address, Time now);

  const std::uint32_t limit_;
  std::mutex mutex_;
  std::unordered_map<std::string, Guesses> by_address_;
  Guesses rest_;  // of addresses beyond kMaxAddresses
  // Two generations: when the newer one is full, the older one goes.
  std::unordered_set<std::uint64_t> proven_, proven_before_;
};

}  // namespace deltapost::api
