#include "delivery/breaker.hpp"

#include <algorithm>

#include "delivery/retry_policy.hpp"

namespace deltapost::delivery {

bool Breaker::succeeded(Time now) {
  ++successes_;
  failures_in_row_ = 0;
  last_success_at_ = now;
  first_failure_at_.reset();
  probe_wait_ = Millis{0};
  const bool closed = failing_;
  failing_ = false;
  return closed;
}

bool Breaker::failed(Time now, double unit) {
  if (!first_failure_at_) first_failure_at_ = now;
  if (failing_) {
    plan_probe(now, unit);
    return false;
  }
  if (++failures_in_row_ < limits_->failures_to_open) return false;
  failing_ = true;
  plan_probe(now, unit);
  return true;
}

void Breaker::failed_again(Time now, double unit) {
  if (failing_) plan_probe(now, unit);
}

void Breaker::probe_now(Time now) {
  probe_wait_ = Millis{0};
  probe_at_ = now;
}

void Breaker::plan_probe(Time now, double unit) {
  probe_wait_ = std::clamp(probe_wait_ * 2, limits_->first_probe, limits_->longest_probe);
  probe_at_ = now + with_jitter(probe_wait_, unit);
}

}  // namespace deltapost::delivery
