// Admission: whether one more job may wait for its commit, or is refused at once. The rule is about time, not
// about numbers: a job that would have to wait longer than its sender should is better told so before
// anything was done for it.
//
// What a job may have to wait is reckoned from how long commits took lately and how many come before its own.
// A queue that empties now and then only evens out bursts, and may hold much. One that does not is standing:
// more comes in than can be stored, waiting gains nothing, and it is kept short until nobody had to be
// refused for a while. (That it empties ends it no sooner: a short queue empties with each commit, and would
// grow long again in between.)
//
// A plain object, told the time. Its owner guards it.
#pragma once

#include <cstddef>
#include <optional>

#include "base/time.hpp"

namespace deltapost::store {

struct AdmissionLimits {
  Millis burst{250};    // what a job may have to wait while the queue empties now and then
  Millis standing{10};  // the same once it has not emptied for as long as `burst`, until for as long again
                        // nobody was refused
  Millis stall{10000};  // while one commit takes longer than this, nothing more is taken
};

class Admission {
 public:
  /// `group`: the jobs that go into one commit at most. As many may always wait, unless commits stall.
  explicit Admission(std::size_t group, AdmissionLimits limits = {}) : group_(group), limits_(limits) {}

  /// Whether a job may join the `waiting` ones that are before it.
  bool admits(std::size_t waiting, Time now) const;
  /// Somebody was not admitted.
  void refused(Time now) { refused_at_ = now; }

  /// A group was taken out of the queue to be committed, which left so many.
  void group_began(std::size_t left, Time now);
  /// That group is committed, or failed.
  void group_ended(Time now);

 private:
  Millis running(Time now) const;
  bool standing(Time now) const;

  const std::size_t group_;
  const AdmissionLimits limits_;
  std::optional<double> usual_ms_;  // how long a group takes, the latest ones counting most
  std::optional<Time> began_;
  std::optional<Time> filled_since_;  // from when on the queue has not emptied
  std::optional<Time> refused_at_;
};

}  // namespace deltapost::store
