// Pace: how many requests are begun before their answers are waited for. What answers at once needs few in
// flight, and a few stay in the processor's caches where thousands do not. What takes longer than kPromptly
// no longer counts, so who waits for a slow endpoint keeps nobody from beginning.
#pragma once

#include <cstddef>
#include <deque>
#include <optional>

#include "base/time.hpp"

namespace deltapost::delivery {

class Pace {
 public:
  /// An answer that takes longer is a slow one.
  static constexpr Millis kPromptly{3};

  explicit Pace(std::size_t most_fresh) : most_fresh_(most_fresh) {}

  /// A request was begun, at the time of the last pass().
  void began(Time now);
  /// It was answered, or nobody waits for it any more.
  void ended(Time begun);
  /// Those begun long enough before now count no more, and none does when the clock was set back.
  void pass(Time now);

  bool has_room() const { return fresh_ < most_fresh_; }
  /// When there is room without any answer; nullopt: there is some now.
  std::optional<Time> room_at() const;

 private:
  struct Batch {
    Time begun;
    std::size_t unanswered;
  };

  const std::size_t most_fresh_;
  std::deque<Batch> batches_;  // by time
  std::size_t fresh_ = 0;      // unanswered, of all batches
};

}  // namespace deltapost::delivery
