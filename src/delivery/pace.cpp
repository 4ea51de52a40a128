#include "delivery/pace.hpp"

#include <algorithm>

namespace deltapost::delivery {

void Pace::began(Time now) {
  if (batches_.empty() || batches_.back().begun != now) batches_.push_back({now, 0});
  ++batches_.back().unanswered;
  ++fresh_;
}

void Pace::ended(Time begun) {
  const auto batch = std::ranges::lower_bound(batches_, begun, {}, &Batch::begun);
  if (batch == batches_.end() || batch->begun != begun || batch->unanswered == 0) return;
  --batch->unanswered;
  --fresh_;
}

void Pace::pass(Time now) {
  if (!batches_.empty() && now < batches_.back().begun) {
    batches_.clear();
    fresh_ = 0;
  }
  for (; !batches_.empty() && batches_.front().begun + kPromptly <= now; batches_.pop_front())
    fresh_ -= batches_.front().unanswered;
}

std::optional<Time> Pace::room_at() const {
  if (has_room()) return std::nullopt;
  for (const Batch& batch : batches_)
    if (batch.unanswered > 0) return batch.begun + kPromptly;
  return std::nullopt;
}

}  // namespace deltapost::delivery
