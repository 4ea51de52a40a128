#include "app/bench/channel.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace deltapost::app::bench {
namespace {

constexpr std::size_t kFirstBuffer = 8 * 1024, kMaxMessage = 1 << 20;
constexpr int kBacklog = 4096;

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

Error failed(const char* what, std::uint16_t port) {
  return {.fault = Fault::unavailable,
          .message = fmt::format("cannot {} 127.0.0.1:{}: {}", what, port, std::strerror(errno))};
}

}  // namespace

Channel::Channel(EventLoop& loop, int socket, Owner& owner, std::size_t number)
    : loop_(loop), socket_(socket), owner_(owner), number_(number), in_(kFirstBuffer) {
  const int on = 1;
  ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  ::fcntl(socket_, F_SETFL, O_NONBLOCK);
  loop_.watch(socket_, *this, EPOLLIN);
}

Channel::~Channel() {
  close();
}

void Channel::close() {
  if (socket_ >= 0) ::close(socket_);
  socket_ = -1;
}

void Channel::lose(const std::string& why) {
  if (!open()) return;
  close();
  owner_.lost(*this, why);
}

void Channel::send(std::string_view bytes) {
  if (!open()) return;
  if (!out_.empty()) {
    out_ += bytes;
    return;
  }
  const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  if (sent < 0 && errno != EAGAIN) return lose(std::strerror(errno));
  const auto taken = static_cast<std::size_t>(std::max<ssize_t>(sent, 0));
  if (taken == bytes.size()) return;
  out_ = bytes.substr(taken);
  loop_.change(socket_, *this, EPOLLIN | EPOLLOUT);
}

void Channel::flush() {
  const ssize_t sent = ::send(socket_, out_.data(), out_.size(), MSG_NOSIGNAL);
  if (sent < 0 && errno != EAGAIN) return lose(std::strerror(errno));
  out_.erase(0, static_cast<std::size_t>(std::max<ssize_t>(sent, 0)));
  if (out_.empty()) loop_.change(socket_, *this, EPOLLIN);
}

void Channel::ready(std::uint32_t events) {
  if (open() && (events & EPOLLOUT) != 0) flush();
  if (open() && (events & ~std::uint32_t{EPOLLOUT}) != 0) receive();
}

void Channel::receive() {
  if (in_used_ == in_.size()) in_.resize(2 * in_.size());
  const ssize_t got = ::recv(socket_, in_.data() + in_used_, in_.size() - in_used_, 0);
  if (got < 0 && errno == EAGAIN) return;
  if (got <= 0) return lose(got == 0 ? "the connection was closed" : std::strerror(errno));
  in_used_ += static_cast<std::size_t>(got);
  std::size_t begin = 0;
  while (begin < in_used_) {
    const auto message = read_message({in_.data() + begin, in_used_ - begin});
    if (!message) return lose(message.error().message);
    if (message->bytes == 0) break;
    begin += message->bytes;
    owner_.received(*this, *message);
    if (!open()) return;
    if (message->last) return lose("Connection: close; the benchmark's connections must be kept");
  }
  in_used_ -= begin;
  if (in_used_ > 0 && begin > 0) std::memmove(in_.data(), in_.data() + begin, in_used_);
  if (in_used_ >= kMaxMessage) lose("a message must be below 1 MiB");
}

Result<int> connect_to(std::uint16_t port) {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in address = loopback(port);
  if (socket >= 0 && ::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0)
    return socket;
  const Error error = failed("connect to", port);
  ::close(socket);
  return error;
}

Result<int> listen_on(std::uint16_t port) {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  const int on = 1;
  ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  const sockaddr_in address = loopback(port);
  if (::bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
      ::listen(socket, kBacklog) == 0)
    return socket;
  const Error error = failed("listen on", port);
  ::close(socket);
  return error;
}

std::uint16_t port_of(int socket) {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  ::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size);
  return ntohs(address.sin_port);
}

}  // namespace deltapost::app::bench
