// Waker: one coroutine waits, another piece of the same thread wakes it. A wake before the wait is not lost.
#pragma once

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/post.hpp>
#include <utility>

#include "base/unique_function.hpp"
#include "net/types.hpp"

namespace deltapost::net {

/// The loop's thread alone; at most one waits.
class Waker {
 public:
  /// Who waits goes on before this returns, and may destroy this waker.
  void wake() {
    if (auto resume = take()) resume();
  }
  /// Who waits goes on in a turn of its own.
  void wake_soon(const Executor& executor) {
    if (auto resume = take()) asio::post(executor, std::move(resume));
  }
  /// Who waits, to be called by the caller; null when nobody does, and then it is woken already.
  UniqueFunction<void()> take() {
    woken_ = !waiting_;
    return std::exchange(waiting_, {});
  }

  Task<void> wait() {
    return asio::async_initiate<const asio::use_awaitable_t<Executor>, void()>(
        [this](auto handler) {
          if (std::exchange(woken_, false)) {
            const auto executor = asio::get_associated_executor(handler);
            asio::post(executor, std::move(handler));
          } else {
            waiting_ = [handler = std::move(handler)]() mutable { std::move(handler)(); };
          }
        },
        kAsTask);
  }

  /// Lets go of the coroutine that waits; for when its loop has ended.
  void abandon() { waiting_ = {}; }

 private:
  UniqueFunction<void()> waiting_;
  bool woken_ = false;
};

}  // namespace deltapost::net
