#include "net/reply_slot.hpp"

#include "net/reply_text.hpp"

namespace deltapost::net {
namespace {

/// The slot whose handler runs on this thread just now.
thread_local const ReplySlot* asking = nullptr;

}  // namespace

/// The Respond that a handler gets. Dropped unused, it answers for the handler.
class ReplySlot::Answer {
 public:
  explicit Answer(std::shared_ptr<ReplySlot> slot) : slot_(std::move(slot)) {}
  Answer(Answer&&) noexcept = default;
  Answer& operator=(Answer&&) = delete;
  ~Answer() {
    if (slot_) slot_->answer(problem_reply(500, "The server gave no answer to this request."));
  }

  void operator()(Reply reply) {
    DP_CHECK(slot_ != nullptr);  // a request is answered once
    std::exchange(slot_, nullptr)->answer(std::move(reply));
  }

 private:
  std::shared_ptr<ReplySlot> slot_;
};

void ReplySlot::ask(const Handler& handler, Request request) {
  asking = this;
  try {
    handler(std::move(request), Respond(Answer(shared_from_this())));
  } catch (...) {
    // Nothing to add: whether it still holds its Respond or not decides about the answer.
  }
  asking = nullptr;
}

void ReplySlot::answer(Reply reply) {
  if (asking == this) {
    reply_ = std::move(reply);
    return;
  }
  mailbox_->post([self = shared_from_this(), reply = std::move(reply)]() mutable {
    self->reply_ = std::move(reply);
    self->waker_.wake();
  });
}

}  // namespace deltapost::net
