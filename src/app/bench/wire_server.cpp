#include "app/bench/wire_server.hpp"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace deltapost::app::bench {

WireServer::~WireServer() {
  if (socket_ >= 0) ::close(socket_);
}

Result<void> WireServer::open() {
  if (socket_ >= 0) return ok();
  auto socket = listen_on(port_);
  if (!socket) return socket.error();
  socket_ = *socket;
  port_ = port_of(socket_);
  loop_.watch(socket_, *this, EPOLLIN);
  return ok();
}

void WireServer::close() {
  if (socket_ >= 0) ::close(socket_);
  socket_ = -1;
  for (auto& channel : channels_) channel->close();
}

void WireServer::ready(std::uint32_t) {
  while (socket_ >= 0) {
    const int accepted = ::accept4(socket_, nullptr, nullptr, SOCK_CLOEXEC);
    if (accepted < 0) return;
    channels_.push_back(std::make_unique<Channel>(loop_, accepted, *this, channels_.size()));
  }
}

}  // namespace deltapost::app::bench
