#include "delivery/window.hpp"

#include "base/check.hpp"

namespace deltapost::delivery {

Window::Slot Window::push(store::Seq seq, Line* line) {
  if (next_ - first_ == ring_.size()) grow();
  at(next_) = Place{seq, line};
  ++pending_;
  return next_++;
}

void Window::push_settled(store::Seq seq) {
  DP_CHECK(!empty());
  if (next_ - first_ == ring_.size()) grow();
  at(next_++) = Place{seq, nullptr};
}

void Window::settle(Slot slot) {
  DP_CHECK(slot >= first_ && slot < next_ && at(slot).line != nullptr);
  at(slot).line = nullptr;
  --pending_;
  for (; first_ != next_ && at(first_).line == nullptr; ++first_) settled_to_ = at(first_).seq;
}

void Window::clear() {
  first_ = next_;
  pending_ = 0;
  settled_to_ = 0;
}

void Window::grow() {
  std::vector<Place> bigger(ring_.empty() ? 16 : ring_.size() * 2);
  for (Slot slot = first_; slot != next_; ++slot) bigger[slot & (bigger.size() - 1)] = at(slot);
  ring_ = std::move(bigger);
}

}  // namespace deltapost::delivery
