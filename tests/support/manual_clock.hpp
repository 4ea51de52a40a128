// A clock that stands still until a test moves it.
#pragma once

#include <atomic>

#include "base/time.hpp"

namespace deltapost::testing {

class ManualClock final : public Clock {
 public:
  explicit ManualClock(Time start = Time{Millis{1'764'000'000'000}})
      : millis_(start.time_since_epoch().count()) {}
  Time now() const override { return Time{Millis{millis_.load()}}; }
  void advance(Millis by) { millis_ += by.count(); }
  void set(Time time) { millis_ = time.time_since_epoch().count(); }

 private:
  std::atomic<Millis::rep> millis_;
};

}  // namespace deltapost::testing
