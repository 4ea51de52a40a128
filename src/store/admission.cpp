#include "store/admission.hpp"

#include <algorithm>

namespace deltapost::store {
namespace {

constexpr double kNewest = 0.25;  // a group's part in the mean

}  // namespace

bool Admission::admits(std::size_t waiting, Time now) const {
  if (running(now) > limits_.stall) return false;
  const auto groups_before = static_cast<double>(waiting / group_);
  const double group_ms = std::max(usual_ms_.value_or(0), static_cast<double>(running(now).count()));
  const Millis limit = standing(now) ? limits_.standing : limits_.burst;
  return groups_before * group_ms <= static_cast<double>(limit.count());
}

void Admission::group_began(std::size_t left, Time now) {
  began_ = now;
  if (left == 0)
    filled_since_.reset();
  else if (!filled_since_)
    filled_since_ = now;
}

void Admission::group_ended(Time now) {
  const auto took_ms = static_cast<double>(running(now).count());
  usual_ms_ = usual_ms_ ? *usual_ms_ + kNewest * (took_ms - *usual_ms_) : took_ms;
  began_.reset();
}

/// A time that lies ahead is one from before the clock was set back.
bool Admission::standing(Time now) const {
  const bool filled_long = filled_since_ && now - *filled_since_ > limits_.burst;
  const bool refused_lately = refused_at_ && now >= *refused_at_ && now - *refused_at_ <= limits_.burst;
  return filled_long || refused_lately;
}

/// The clock may have been set back.
Millis Admission::running(Time now) const {
  return began_ ? std::max(now - *began_, Millis{0}) : Millis{0};
}

}  // namespace deltapost::store
