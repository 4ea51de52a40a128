// Mailbox: functions that other threads hand to a loop's thread. Those that wait are run together, so one
// wake-up of the thread serves many; once closed, it takes and keeps nothing.
#pragma once

#include <boost/asio/io_context.hpp>
#include <memory>
#include <mutex>
#include <vector>

#include "base/unique_function.hpp"

namespace deltapost::net {

/// Held by shared_ptr, since answers may come after the loop has gone.
class Mailbox : public std::enable_shared_from_this<Mailbox> {
 public:
  explicit Mailbox(boost::asio::io_context& context) : context_(context) {}

  /// Any thread. False, and the function is dropped, once the mailbox is closed.
  bool post(UniqueFunction<void()> function);

  /// Drops what waits. The context may end after this returns.
  void close();

 private:
  void run_waiting();

  boost::asio::io_context& context_;
  std::mutex mutex_;
  std::vector<UniqueFunction<void()>> waiting_;
  bool closed_ = false;
};

}  // namespace deltapost::net
