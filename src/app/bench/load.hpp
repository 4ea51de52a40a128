// Load: many requests at once to a server, a fixed number in flight.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "app/bench/counting_receiver.hpp"
#include "base/result.hpp"

namespace deltapost::app::bench {

/// An acknowledged change: which, and when its answer was there.
struct Acknowledged {
  std::uint32_t lead = 0;  // index into the leads
  std::uint32_t version = 0;
  Moment answered{};
};

struct LoadResult {
  double seconds = 0;
  std::uint64_t requests = 0;  // answered with 2xx
  std::uint64_t refused = 0;
  std::vector<Acknowledged> acknowledged;
  std::vector<double> waits_ms;  // from each request to its answer
};

struct LoadTarget {
  std::string url, key;
  int in_flight = 64;
  std::chrono::milliseconds duration{};
};

/// PATCHes one field of the leads, each lead in turn, always to a new value.
LoadResult update_leads(const LoadTarget& target, const std::vector<std::string>& leads);
/// The same changes as webhooks in Apten's format, signed, to a source: each a new event, its `old` the value
/// before.
struct SourceTarget {
  std::string url, secret;
};
LoadResult post_webhooks(const LoadTarget& target, const SourceTarget& source,
                         const std::vector<std::string>& leads);
/// GETs /livez: what client, server and loopback cost without any of the work.
LoadResult ping(const LoadTarget& target);

}  // namespace deltapost::app::bench
