#include "net/mailbox.hpp"

#include <boost/asio/post.hpp>

namespace deltapost::net {

bool Mailbox::post(UniqueFunction<void()> function) {
  const std::lock_guard lock(mutex_);
  if (closed_) return false;
  waiting_.push_back(std::move(function));
  if (waiting_.size() == 1) {
    boost::asio::post(context_, [self = shared_from_this()] { self->run_waiting(); });
  }
  return true;
}

void Mailbox::close() {
  std::vector<UniqueFunction<void()>> dropped;
  const std::lock_guard lock(mutex_);
  closed_ = true;
  dropped.swap(waiting_);
}

void Mailbox::run_waiting() {
  std::vector<UniqueFunction<void()>> batch;
  {
    const std::lock_guard lock(mutex_);
    batch.swap(waiting_);
  }
  for (auto& function : batch) function();
}

}  // namespace deltapost::net
