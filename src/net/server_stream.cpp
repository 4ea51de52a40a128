#include "net/server_stream.hpp"

namespace deltapost::net {

bool ServerStream::write(std::string chunk) {
  {
    const std::lock_guard lock(mutex_);
    if (ended_) return false;
    if (waiting_.size() + chunk.size() > max_waiting_) {
      ended_ = overflowed_ = true;
    } else {
      const bool wake = waiting_.empty() && !chunk.empty();
      waiting_ += chunk;
      if (!wake) return true;
    }
  }
  wake_connection();
  return !overflowed();
}

std::size_t ServerStream::buffered() const {
  const std::lock_guard lock(mutex_);
  return waiting_.size() + sending_;
}

void ServerStream::close() {
  {
    const std::lock_guard lock(mutex_);
    if (ended_) return;
    ended_ = true;
  }
  wake_connection();
}

std::optional<std::string> ServerStream::take() {
  const std::lock_guard lock(mutex_);
  sending_ = waiting_.size();
  if (waiting_.empty()) return std::nullopt;
  return std::exchange(waiting_, {});
}

bool ServerStream::ended() const {
  const std::lock_guard lock(mutex_);
  return ended_;
}

bool ServerStream::overflowed() const {
  const std::lock_guard lock(mutex_);
  return overflowed_;
}

void ServerStream::end() {
  {
    const std::lock_guard lock(mutex_);
    ended_ = true;
  }
  waker_.wake();
}

void ServerStream::wake_connection() {
  mailbox_->post([self = shared_from_this()] {
    if (self->overflowed()) self->on_overflow_();
    self->waker_.wake();
  });
}

}  // namespace deltapost::net
