#include "net/deadlines.hpp"

namespace deltapost::net {

void Deadlines::set(Deadline& deadline, SteadyClock::time_point due) {
  deadline.due_ = due;
  if (!deadline.is_linked()) set_.push_back(deadline);
  if (!armed_) arm();
}

void Deadlines::arm() {
  armed_ = true;
  timer_.expires_after(tick_);
  timer_.async_wait([this, alive = std::weak_ptr<bool>(alive_)](const error_code& error) {
    if (error || alive.expired()) return;
    armed_ = false;
    expire(SteadyClock::now());
    if (!set_.empty() && !armed_) arm();
  });
}

void Deadlines::expire(SteadyClock::time_point now) {
  // What is over is set apart first: a callback may set, clear or destroy any deadline, these included.
  List over;
  for (auto it = set_.begin(); it != set_.end();) {
    Deadline& deadline = *it++;
    if (deadline.due_ > now) continue;
    deadline.unlink();
    over.push_back(deadline);
  }
  while (!over.empty()) {
    Deadline& deadline = over.front();
    over.pop_front();
    if (deadline.due_ > now) {
      set_.push_back(deadline);  // set anew by a callback before it
    } else {
      deadline.on_expired_();
    }
  }
}

}  // namespace deltapost::net
