// ReplySlot: where a request's answer arrives, from whatever thread, and wakes the connection that waits for
// it.
#pragma once

#include <memory>
#include <optional>
#include <utility>

#include "net/http.hpp"
#include "net/mailbox.hpp"
#include "net/waker.hpp"

namespace deltapost::net {

/// One per connection, for one request after the other. Outlives the connection for as long as a Respond is
/// held.
class ReplySlot : public std::enable_shared_from_this<ReplySlot> {
 public:
  explicit ReplySlot(std::shared_ptr<Mailbox> mailbox) : mailbox_(std::move(mailbox)) {}

  /// Calls the handler; what it answers before it returns is there at once. A handler that throws drops its
  /// Respond.
  void ask(const Handler& handler, Request request);

  /// The connection's side: null until an answer has come.
  std::optional<Reply> take() { return std::exchange(reply_, std::nullopt); }
  Task<void> wait() { return waker_.wait(); }
  /// Wakes the connection without an answer, to be closed.
  void give_up() { waker_.wake(); }

 private:
  class Answer;
  void answer(Reply reply);

  std::shared_ptr<Mailbox> mailbox_;
  std::optional<Reply> reply_;
  Waker waker_;
};

}  // namespace deltapost::net
