// EventLoop: epoll, as thin as can be. One thread runs it; only wake() may be called from others.
#pragma once

#include <chrono>
#include <cstdint>

namespace deltapost::app::bench {

class EventLoop {
 public:
  class Watcher {
   public:
    virtual ~Watcher() = default;
    virtual void ready(std::uint32_t events) = 0;
  };

  EventLoop();
  ~EventLoop();
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  /// Level-triggered. The watcher lives until the loop's next wait() after its descriptor was closed.
  void watch(int descriptor, Watcher& watcher, std::uint32_t events);
  void change(int descriptor, Watcher& watcher, std::uint32_t events);

  /// Tells watchers what is ready; returns after one round, after wake(), or when `longest` is over.
  void wait(std::chrono::nanoseconds longest);
  void wake();

 private:
  int epoll_ = -1, waker_ = -1;
};

}  // namespace deltapost::app::bench
