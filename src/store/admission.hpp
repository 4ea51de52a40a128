// Admission: whether one more job may wait for its commit, or is refused at once. The rule is about time, not
// about numbers: a job that would have to wait longer than its sender should is better told so before
// anything was done for it.
//
// What a job may have to wait is reckoned from how long commits took lately and how many come before its own.
// A queue that empties now and then only evens out bursts, and may hold much. When it has not for long, more
// comes in than can be stored: a storm. Waiting gains nothing then, and no more may wait than the next commit
// takes; half of that, when commits of half the size store as much in the same time.
//
// A storm is over when there are long pauses between commits, or next to nobody is refused any more. (That
// the queue empties says nothing: a short one does with each commit. That few are refused says little:
// whoever was told to come back later is away for a while, and comes back to a queue that is open again.)
//
// A plain object, told the time. Its owner guards it.
#pragma once

#include <cstddef>
#include <optional>

#include "base/time.hpp"

namespace deltapost::store {

struct AdmissionLimits {
  Millis burst{250};     // what a job may have to wait while the queue empties now and then
  Millis patience{100};  // a queue that has not emptied for longer than this makes a storm
  Millis window{250};    // over which it is judged whether a storm goes on
  Millis stall{10000};   // while one commit takes longer than this, nothing more is taken
};

class Admission {
 public:
  /// `group`: the jobs that go into one commit at most. Half as many may always wait, unless commits stall.
  explicit Admission(std::size_t group, AdmissionLimits limits = {}) : group_(group), limits_(limits) {}

  /// Whether a job may join the `waiting` ones that are before it.
  bool admits(std::size_t waiting, Time now) const;
  /// Somebody was not admitted.
  void refused() { ++refused_; }

  /// `jobs` were taken out of the queue to be committed together, which left so many.
  void group_began(std::size_t jobs, std::size_t left, Time now);
  /// That group is committed, or failed.
  void group_ended(Time now);
  /// Nothing waits: there is a pause until the next group begins.
  void pause_began(Time now) { pause_began_ = now; }

 private:
  Millis running(Time now) const;
  bool in_storm(Time now) const;
  std::size_t most_in_a_storm() const;
  void judge_storm(Time now);

  const std::size_t group_;
  const AdmissionLimits limits_;
  // How long a group takes, and how many jobs a millisecond stores in whole groups and in half ones; the
  // latest ones count most.
  std::optional<double> usual_ms_, whole_per_ms_, half_per_ms_;
  std::optional<Time> began_;
  std::size_t jobs_ = 0;  // of the group under way
  std::optional<Time> pause_began_;
  std::optional<Time> filled_since_;  // from when on the queue has not emptied
  bool storm_ = false;
  Time counted_since_{};  // from when on, in a storm, these are counted
  std::size_t taken_ = 0, refused_ = 0;
  Millis paused_{};
};

}  // namespace deltapost::store
