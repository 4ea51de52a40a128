// Load: a script played to a server over kept connections, one request at a time on each, on the caller's
// thread.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "app/bench/arrival_log.hpp"
#include "app/bench/script.hpp"
#include "base/result.hpp"

namespace deltapost::app::bench {

struct LoadPlan {
  std::uint16_t port = 0;
  std::uint32_t connections = 64;
  std::chrono::nanoseconds duration{};
  /// Requests per second, each at its instant, whatever became of those before it; a request that finds every
  /// connection taken waits, and its waiting counts. 0: each connection sends as soon as it was answered.
  double rate = 0;
  std::uint64_t max_requests = ~std::uint64_t{0};  // ends with these when the time does not end it before
  /// With `delivered`: how many changes may be acknowledged that are not yet delivered to all of so many
  /// endpoints. A load that ran ahead without end would measure how a backlog grows.
  const ArrivalLog* delivered = nullptr;
  std::uint32_t endpoints = 1;
  std::uint32_t max_undelivered = 1024;
  /// For a load that is more than the server takes, at a rate: a request that finds every connection taken is
  /// given up, and a connection that the server closes is made anew when it is needed.
  bool storm = false;
};

struct Load {
  std::int64_t began_ns = 0, ended_ns = 0;  // first request, last answer
  std::vector<Acknowledged> acknowledged;
  std::uint64_t refused = 0;   // 429 or 503, with Retry-After
  std::uint64_t failed = 0;    // any other answer that acknowledges nothing
  std::string first_failed;    // the first of those: status and body
  std::uint64_t unsent = 0;    // of a storm: every connection was taken
  std::uint64_t broken = 0;    // of a storm: the connection was closed before an answer came
  std::uint64_t shut_out = 0;  // of a storm: connections that were refused or closed without a request
  double cpu_s = 0;            // what playing it took of the processor
};

/// Fault::unavailable when a connection breaks (but in a storm), an answer is not understood, or none comes
/// for kPatience.
Result<Load> play(const LoadPlan& plan, Script& script);

/// How long nothing may happen before a run is given up.
inline constexpr std::chrono::seconds kPatience{30};

}  // namespace deltapost::app::bench
