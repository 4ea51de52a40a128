// Breaker: whether an endpoint as a whole seems to fail, and when to probe it next.
//
// It opens after several failures in a row of different deliveries. While open, one probe at a time goes out,
// later and later; the first success closes it. A plain object: the caller says what happened and when.
#pragma once

#include <cstdint>
#include <optional>

#include "base/time.hpp"

namespace deltapost::delivery {

struct BreakerLimits {
  std::uint32_t failures_to_open = 8;
  Millis first_probe{5'000};
  Millis longest_probe{60'000};  // probes come 5, 10, 20, 40, 60, 60 … seconds apart, with jitter
};

class Breaker {
 public:
  explicit Breaker(const BreakerLimits& limits) : limits_(&limits) {}

  bool failing() const { return failing_; }
  std::optional<Time> failing_since() const { return failing_ ? first_failure_at_ : std::nullopt; }
  std::optional<Time> last_success_at() const { return last_success_at_; }
  /// How many successes there were; a delivery that failed before the latest one is itself the suspect.
  std::uint64_t successes() const { return successes_; }
  /// When to probe next; meaningful while failing.
  Time probe_at() const { return probe_at_; }

  /// True when this closes the breaker.
  bool succeeded(Time now);
  /// True when this opens the breaker. `unit` is uniform in [0, 1).
  bool failed(Time now, double unit);
  /// A failure that says nothing new about the endpoint: the same delivery was refused before, and others
  /// have succeeded since.
  void failed_again(Time now, double unit);
  /// Something changed (its settings were edited): the next probe is due at once.
  void probe_now(Time now);

 private:
  void plan_probe(Time now, double unit);

  const BreakerLimits* limits_;
  bool failing_ = false;
  std::uint32_t failures_in_row_ = 0;
  std::uint64_t successes_ = 0;
  std::optional<Time> first_failure_at_;
  std::optional<Time> last_success_at_;
  Time probe_at_{};
  Millis probe_wait_{0};
};

}  // namespace deltapost::delivery
