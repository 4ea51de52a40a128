#include "store/admission.hpp"

#include <algorithm>

namespace deltapost::store {
namespace {

constexpr double kNewest = 0.25;    // a group's part in the mean
constexpr std::size_t kMany = 30;   // one refused for so many taken is still a storm
constexpr int kBusy = 4;            // and so it is while commits pause for less than a quarter of the time
constexpr double kWorthMore = 1.2;  // what whole groups must store more than half ones to be waited for

void count_in(std::optional<double>& mean, double value) {
  mean = mean ? *mean + kNewest * (value - *mean) : value;
}

}  // namespace

bool Admission::admits(std::size_t waiting, Time now) const {
  if (running(now) > limits_.stall) return false;
  if (in_storm(now)) return waiting < most_in_a_storm();
  const auto groups_before = static_cast<double>(waiting / group_);
  const double group_ms = std::max(usual_ms_.value_or(0), static_cast<double>(running(now).count()));
  return groups_before * group_ms <= static_cast<double>(limits_.burst.count());
}

void Admission::group_began(std::size_t jobs, std::size_t left, Time now) {
  if (pause_began_) paused_ += std::max(now - *pause_began_, Millis{0});
  pause_began_.reset();
  began_ = now;
  jobs_ = jobs;
  taken_ += jobs;
  if (left == 0)
    filled_since_.reset();
  else if (!filled_since_)
    filled_since_ = now;
  judge_storm(now);
}

void Admission::group_ended(Time now) {
  const auto took_ms = static_cast<double>(running(now).count());
  count_in(usual_ms_, took_ms);
  const double per_ms = static_cast<double>(jobs_) / std::max(took_ms, 1.0);
  if (jobs_ > group_ * 3 / 4)
    count_in(whole_per_ms_, per_ms);
  else if (jobs_ > group_ / 4)
    count_in(half_per_ms_, per_ms);
  began_.reset();
}

/// One that goes on is judged anew after each window. The clock may have been set back.
void Admission::judge_storm(Time now) {
  const Millis counted = now - counted_since_;
  if (storm_ && counted >= Millis{0} && counted <= limits_.window) return;
  const bool filled_long = filled_since_ && now - *filled_since_ > limits_.patience;
  const bool goes_on = storm_ && refused_ > 0 && refused_ * kMany >= taken_ && paused_ * kBusy < counted;
  storm_ = filled_long || goes_on;
  counted_since_ = now;
  taken_ = refused_ = 0;
  paused_ = {};
}

/// What is known of it is out of date when no group came for long.
bool Admission::in_storm(Time now) const {
  return storm_ && (began_ || (now >= counted_since_ && now - counted_since_ <= 2 * limits_.window));
}

std::size_t Admission::most_in_a_storm() const {
  const bool half_will_do = !whole_per_ms_ || !half_per_ms_ || *whole_per_ms_ <= kWorthMore * *half_per_ms_;
  return half_will_do ? std::max<std::size_t>(group_ / 2, 1) : group_;
}

/// The clock may have been set back.
Millis Admission::running(Time now) const {
  return began_ ? std::max(now - *began_, Millis{0}) : Millis{0};
}

}  // namespace deltapost::store
