// Loop: one thread that waits. Timers and posted functions run on it one after the other; the HTTP client and
// the server's connections live on loops too. Callers need to know nothing of the library beneath.
#pragma once

#include <chrono>
#include <memory>
#include <thread>

#include "base/unique_function.hpp"
#include "net/turns.hpp"

namespace boost::asio {
class io_context;
}

namespace deltapost::net {

class Mailbox;

class Loop final : public Turns {
 public:
  Loop();
  ~Loop() override;  // stops and joins
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  /// Starts the thread, named for debuggers (at most 15 characters).
  void start(const char* name);
  /// Drops what has not run yet, ends the thread and joins it. Not from the loop's own thread.
  void stop();

  /// Runs the function on the loop's thread, soon. Any thread.
  void post(UniqueFunction<void()> function) override;
  /// Runs it not before `delay` has passed. Any thread.
  void after(std::chrono::milliseconds delay, UniqueFunction<void()> function) override;

  /// True between start() and stop().
  bool running() const override;

  /// For net/ itself.
  boost::asio::io_context& context();
  const std::shared_ptr<Mailbox>& mailbox() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace deltapost::net
