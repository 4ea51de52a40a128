// Window: the deliveries of one endpoint in one partition that are under way, in log order. Everything before
// its front is settled, so the front says how far the endpoint has come. A ring that keeps its memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "store/types.hpp"

namespace deltapost::delivery {

struct Line;

class Window {
 public:
  using Slot = std::uint64_t;

  /// `seq` is not below that of the push before.
  Slot push(store::Seq seq, Line* line);
  /// An entry that something else looks after. The window is not empty.
  void push_settled(store::Seq seq);
  /// The delivery in the slot is settled: delivered, dead, or taken over by a hold. Once per slot.
  void settle(Slot slot);
  void clear();

  bool empty() const { return first_ == next_; }
  /// Deliveries not settled yet.
  std::size_t pending() const { return pending_; }
  /// Settled ones that wait behind the front.
  std::size_t settled_behind() const { return static_cast<std::size_t>(next_ - first_) - pending_; }
  /// Of the oldest one that is not settled; the window is not empty.
  store::Seq front_seq() const { return at(first_).seq; }
  Line* front_line() const { return at(first_).line; }
  /// The greatest seq of which anything is settled or, as `started` tells, under way; 0 if none.
  template <class Started>
  store::Seq last_begun(Started started) const {
    for (Slot slot = next_; slot != first_; --slot) {
      const Place& place = at(slot - 1);
      if (place.line == nullptr || started(*place.line, slot - 1)) return place.seq;
    }
    return settled_to_;
  }

 private:
  struct Place {
    store::Seq seq = 0;
    Line* line = nullptr;  // null: settled
  };
  Place& at(Slot slot) { return ring_[slot & (ring_.size() - 1)]; }
  const Place& at(Slot slot) const { return ring_[slot & (ring_.size() - 1)]; }
  void grow();

  std::vector<Place> ring_;  // its size is a power of two
  Slot first_ = 0;
  Slot next_ = 0;
  std::size_t pending_ = 0;
  store::Seq settled_to_ = 0;  // of the last one that left; others of the same entry may still be here
};

}  // namespace deltapost::delivery
