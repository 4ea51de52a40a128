#include "net/socket_watch.hpp"

#include "base/check.hpp"

namespace deltapost::net {
namespace {

int make_epoll() {
  const int descriptor = ::epoll_create1(EPOLL_CLOEXEC);
  DP_CHECK(descriptor >= 0);
  return descriptor;
}

}  // namespace

SocketWatch::SocketWatch(asio::io_context& context) : epoll_(context, make_epoll()) {
  wait();
}

bool SocketWatch::add(int socket, Watcher& watcher) {
  epoll_event event{};
  event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
  event.data.ptr = &watcher;
  return ::epoll_ctl(epoll_.native_handle(), EPOLL_CTL_ADD, socket, &event) == 0;
}

void SocketWatch::remove(const Watcher& watcher) {
  for (std::size_t i = next_; i < end_; ++i) {
    if (ready_[i].data.ptr == &watcher) ready_[i].data.ptr = nullptr;
  }
}

void SocketWatch::wait() {
  epoll_.async_wait(epoll_.wait_read, [this, alive = std::weak_ptr<bool>(alive_)](const error_code& error) {
    if (!error && !alive.expired()) tell();
  });
}

void SocketWatch::tell() {
  const std::weak_ptr<bool> alive = alive_;
  const int count = ::epoll_wait(epoll_.native_handle(), ready_.data(), static_cast<int>(kTogether), 0);
  end_ = count > 0 ? static_cast<std::size_t>(count) : 0;
  for (next_ = 0; next_ < end_;) {
    const epoll_event& event = ready_[next_++];
    auto* const watcher = static_cast<Watcher*>(event.data.ptr);
    if (watcher == nullptr) continue;
    watcher->ready((event.events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0);
    if (alive.expired()) return;
  }
  wait();
}

}  // namespace deltapost::net
