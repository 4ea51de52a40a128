// The engine's limits, each with its reason.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/time.hpp"
#include "delivery/breaker.hpp"

namespace deltapost::delivery {

struct EngineLimits {
  std::size_t window = 1024;     // deliveries of one endpoint under way before it reads no further
  std::size_t line_items = 32;   // of one record in memory; a busier record is held and read from its history
  std::size_t stragglers = 256;  // settled deliveries behind a slow one before that one is held
  std::size_t max_holds = 10'000;    // held lines of one endpoint before it reads no further
  std::size_t log_page = 256;        // entries per read of the log
  std::size_t history_page = 16;     // entries per read of a record's history
  std::size_t max_in_flight = 2048;  // requests of all endpoints together
  std::size_t max_fresh = 96;        // of those, begun a moment ago (pace.hpp)
  std::size_t send_burst = 8;        // sends of one endpoint before it is the next one's turn
  std::size_t max_unsaved = 16'384;  // attempts of a partition that are not committed yet before it pauses
  std::size_t cursor_stride =
      4096;  // entries that nobody wanted before the cursor is worth a write of its own
  BreakerLimits breaker{};
  Millis disable_after = std::chrono::hours{120};  // failing without any success
  Millis disable_again{60'000};  // how long a Disable may go unheard before it is said again
};

}  // namespace deltapost::delivery
