// TokenBucket: at most so many requests a second, with a burst of a tenth of a second. A plain object.
#pragma once

#include <cstdint>

#include "base/time.hpp"

namespace deltapost {

class TokenBucket {
 public:
  /// 0: no limit.
  explicit TokenBucket(std::uint32_t per_second = 0) : per_second_(per_second) {}

  /// Changes the rate; what is in the bucket stays, as far as it fits.
  void set_rate(std::uint32_t per_second, Time now);

  bool has_token(Time now) const;
  /// Call only when there is one.
  void take(Time now);
  /// When there is a token again: `now` if there is one already.
  Time next_token(Time now) const;

 private:
  // A token is a thousand parts, so that parts come in at `per_second_` a millisecond without fractions.
  static constexpr std::int64_t kToken = 1000;
  std::int64_t capacity() const;
  std::int64_t level(Time now) const;

  std::uint32_t per_second_;
  bool started_ = false;  // before its first use a bucket is full
  std::int64_t level_ = 0;
  Time filled_at_{};
};

}  // namespace deltapost
