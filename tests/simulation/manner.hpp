// Manner: how receivers of webhooks behave, in every simulation alike.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "base/time.hpp"

namespace deltapost::simulation {

/// How a receiver behaves, until it is told otherwise.
struct Manner {
  double failing = 0;       // part of the requests that are refused
  int status = 500;         // with this
  double lost_answers = 0;  // part of the requests that are taken, but whose answer never comes
  double poison = 0;        // part of the records that are always refused
  bool hanging = false;     // no request is answered, each times out
  std::optional<Millis> retry_after{};
  Millis latency{5};
  Millis latency_spread{0};
};

/// A good one, or one that is bad in one of the ways there are.
Manner some_manner(const std::function<std::uint64_t(std::uint64_t bound)>& below);

}  // namespace deltapost::simulation
