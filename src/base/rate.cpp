#include "base/rate.hpp"

#include <algorithm>

#include "base/check.hpp"

namespace deltapost {

std::int64_t TokenBucket::capacity() const {
  return std::max<std::int64_t>(1, per_second_ / 10) * kToken;
}

std::int64_t TokenBucket::level(Time now) const {
  if (!started_) return capacity();
  const std::int64_t passed = std::max<std::int64_t>(0, (now - filled_at_).count());
  // Beyond this it is full whatever the rate; the cap keeps the product small.
  if (passed >= 1000) return capacity();
  return std::min(capacity(), level_ + passed * per_second_);
}

void TokenBucket::set_rate(std::uint32_t per_second, Time now) {
  if (per_second == per_second_) return;
  const bool was_limited = per_second_ != 0 && started_;
  const std::int64_t before = was_limited ? level(now) : 0;
  per_second_ = per_second;
  started_ = was_limited;
  level_ = std::min(before, capacity());
  filled_at_ = now;
}

bool TokenBucket::has_token(Time now) const {
  return per_second_ == 0 || level(now) >= kToken;
}

void TokenBucket::take(Time now) {
  if (per_second_ == 0) return;
  const std::int64_t now_level = level(now);
  DP_CHECK(now_level >= kToken);
  level_ = now_level - kToken;
  filled_at_ = now;
  started_ = true;
}

Time TokenBucket::next_token(Time now) const {
  if (has_token(now)) return now;
  const std::int64_t missing = kToken - level(now);
  return now + Millis{(missing + per_second_ - 1) / per_second_};
}

}  // namespace deltapost
