// BodyBudget: the memory that the bodies of all requests may take together, from their first bytes to their
// answers. What does not fit is refused, not read later: bodies that are there by half would wait for each
// other. What every connection may have anyway is not counted, so that small bodies are taken when no other
// fits.
#pragma once

#include <atomic>
#include <cstddef>
#include <utility>

namespace deltapost::net {

/// Any thread.
class BodyBudget {
 public:
  static constexpr std::size_t kFree = 16 * 1024;  // bytes of each body

  explicit BodyBudget(std::size_t most) : most_(most) {}

  std::size_t taken() const { return taken_.load(std::memory_order_relaxed); }
  /// Whether a body of that size would fit beside the others; it takes nothing yet.
  bool fits(std::size_t bytes) const { return bytes <= kFree || taken() + bytes <= most_; }

 private:
  friend class BodyShare;

  const std::size_t most_;
  std::atomic<std::size_t> taken_ = 0;
};

/// One body's part of it, given back at the end. One thread.
class BodyShare {
 public:
  explicit BodyShare(BodyBudget& budget) : budget_(budget) {}
  ~BodyShare() { give_back(); }
  BodyShare(const BodyShare&) = delete;
  BodyShare& operator=(const BodyShare&) = delete;

  /// What the body takes by now. False when it takes too much; the part is the larger one all the same.
  bool grow_to(std::size_t bytes) {
    if (bytes <= BodyBudget::kFree || bytes <= part_) return true;
    const std::size_t more = bytes - std::exchange(part_, bytes);
    return budget_.taken_.fetch_add(more) + more <= budget_.most_;
  }
  void give_back() { budget_.taken_.fetch_sub(std::exchange(part_, 0)); }

 private:
  BodyBudget& budget_;
  std::size_t part_ = 0;
};

}  // namespace deltapost::net
