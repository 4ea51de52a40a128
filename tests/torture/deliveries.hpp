// Deliveries: judges what one endpoint got. Owed is every event of the log that the endpoint wants, at least
// once, the first arrivals of a record's events in their order. What came again must be explained by a blow,
// and how far a blow reaches is bounded:
//
// - The server killed: what it had posted and not yet remembered as posted comes again. Progress is committed
//   every 20 ms; how long a commit takes is the disk's business. So: the last kUnsaved arrivals before the
//   kill, or those of the last kUnsavedFor if these are more.
// - A receiver killed, or either of them stopped: what was in flight, which is an endpoint's concurrency.
// - What was sent before or during a blow may arrive when it is over: an endpoint's concurrency, and a few
//   probes, for each server that lived in that time.
#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "format/format.hpp"
#include "torture/arrivals.hpp"
#include "torture/blows.hpp"
#include "torture/facts.hpp"
#include "torture/findings.hpp"

namespace deltapost::torture {

inline constexpr std::size_t kUnsaved = 1'024;
inline constexpr std::chrono::seconds kUnsavedFor{2};

/// A blow as it fell. Times are nanoseconds of the machine's steady clock.
struct Struck {
  Blow blow;
  std::int64_t from_ns = 0, to_ns = 0;  // a kill: until the process was gone; a stop: until it went on
};

struct Endpoint {
  std::string name;
  std::string id{};            // the server's
  std::uint32_t receiver = 0;  // its number
  format::Format format = format::Format::standard;
  std::vector<std::string> types{};  // of events that it wants; empty: all
  std::uint32_t concurrency = 16;
  std::chrono::microseconds
      takes{};  // its receiver, with each webhook: one that lags is always in the middle
};

struct Delivered {
  std::uint64_t arrivals = 0, repeated = 0;
  /// How far back a kill of the server reached: by arrivals, and by time.
  std::size_t furthest = 0;
  std::int64_t furthest_ns = 0;
};

/// Events that are owed and have not arrived yet.
std::size_t missing_deliveries(const Endpoint& endpoint, std::span<const Arrival> arrivals,
                               std::span<const StoredChange> log);

Delivered judge_deliveries(const Endpoint& endpoint, std::span<const Arrival> arrivals,
                           std::span<const StoredChange> log, std::span<const Struck> blows,
                           Findings& findings);

}  // namespace deltapost::torture
