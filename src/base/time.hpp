// Time: milliseconds since the Unix epoch, UTC. Only app/ and the thin runners ask what time it is;
// everything else is given a Time or a Clock.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace deltapost {

using Millis = std::chrono::milliseconds;
using Time = std::chrono::sys_time<Millis>;

/// 2025-05-09T15:28:40.783Z (RFC 3339, UTC, milliseconds).
std::string iso_millis(Time time);
/// 2025-05-09T15:28:40Z (RFC 3339, UTC; what is below a second is cut off).
std::string iso_seconds(Time time);
/// RFC 3339 date-time with `Z` or a numeric offset and any number of fraction digits (cut to milliseconds).
/// Fault::invalid for anything else, a date that does not exist included; years 1970 to 9999.
Result<Time> parse_iso(std::string_view text);

/// Wall clock. Any thread may call it.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual Time now() const = 0;
};

class SystemClock final : public Clock {
 public:
  Time now() const override;
};

}  // namespace deltapost
