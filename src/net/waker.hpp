// Waker: one coroutine waits, another piece of the same thread wakes it. A wake before the wait is not lost.
#pragma once

#include <utility>

#include "base/unique_function.hpp"
#include "net/types.hpp"

namespace deltapost::net {

/// The loop's thread alone; at most one waits.
class Waker {
 public:
  void wake() {
    if (!waiting_) {
      woken_ = true;
      return;
    }
    auto resume = std::exchange(waiting_, {});
    resume();
  }

  Task<void> wait() {
    return asio::async_initiate<const asio::use_awaitable_t<Executor>, void()>(
        [this](auto handler) {
          waiting_ = [handler = std::move(handler)]() mutable { std::move(handler)(); };
          if (std::exchange(woken_, false)) wake();
        },
        kAsTask);
  }

 private:
  UniqueFunction<void()> waiting_;
  bool woken_ = false;
};

}  // namespace deltapost::net
