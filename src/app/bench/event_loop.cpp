#include "app/bench/event_loop.hpp"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>

#include "base/check.hpp"

namespace deltapost::app::bench {
namespace {

constexpr int kEventsPerRound = 256;

void control(int epoll, int operation, int descriptor, EventLoop::Watcher* watcher, std::uint32_t events) {
  epoll_event event{};
  event.events = events;
  event.data.ptr = watcher;
  DP_CHECK(::epoll_ctl(epoll, operation, descriptor, &event) == 0);
}

}  // namespace

EventLoop::EventLoop()
    : epoll_(::epoll_create1(EPOLL_CLOEXEC)), waker_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
  DP_CHECK(epoll_ >= 0 && waker_ >= 0);
  control(epoll_, EPOLL_CTL_ADD, waker_, nullptr, EPOLLIN);
}

EventLoop::~EventLoop() {
  ::close(waker_);
  ::close(epoll_);
}

void EventLoop::watch(int descriptor, Watcher& watcher, std::uint32_t events) {
  control(epoll_, EPOLL_CTL_ADD, descriptor, &watcher, events);
}

void EventLoop::change(int descriptor, Watcher& watcher, std::uint32_t events) {
  control(epoll_, EPOLL_CTL_MOD, descriptor, &watcher, events);
}

void EventLoop::wait(std::chrono::nanoseconds longest) {
  constexpr std::int64_t kPerSecond = 1'000'000'000;
  const std::int64_t wait = longest.count() < 0 ? 0 : longest.count();
  const timespec timeout{.tv_sec = wait / kPerSecond, .tv_nsec = wait % kPerSecond};
  std::array<epoll_event, kEventsPerRound> events;
  const int count = ::epoll_pwait2(epoll_, events.data(), kEventsPerRound, &timeout, nullptr);
  for (int i = 0; i < count; ++i) {
    const epoll_event& event = events[static_cast<std::size_t>(i)];
    if (event.data.ptr != nullptr) {
      static_cast<Watcher*>(event.data.ptr)->ready(event.events);
      continue;
    }
    std::uint64_t wakes = 0;
    [[maybe_unused]] const auto read = ::read(waker_, &wakes, sizeof wakes);
  }
}

void EventLoop::wake() {
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(waker_, &one, sizeof one);
}

}  // namespace deltapost::app::bench
