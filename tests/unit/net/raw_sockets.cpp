#include "unit/net/raw_sockets.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <utility>

#include "base/check.hpp"

namespace deltapost::net::testing {
namespace {

constexpr int kGiveUpMillis = 20'000;
constexpr std::string_view kSilence = "(silence)";

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

int listen_on_loopback(std::uint16_t& port) {
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = loopback(0);
  DP_CHECK(::bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  DP_CHECK(::listen(listener, 64) == 0);
  socklen_t size = sizeof address;
  DP_CHECK(::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size) == 0);
  port = ntohs(address.sin_port);
  return listener;
}

std::size_t content_length(std::string_view head) {
  for (std::size_t line = head.find("\r\n"); line != std::string_view::npos;
       line = head.find("\r\n", line + 2)) {
    constexpr std::string_view kName = "content-length:";
    const auto rest = head.substr(line + 2);
    if (rest.size() > kName.size() && strncasecmp(rest.data(), kName.data(), kName.size()) == 0) {
      return std::stoul(std::string(rest.substr(kName.size(), 12)));
    }
  }
  return 0;
}

}  // namespace

RawConnection::RawConnection(RawConnection&& other) noexcept
    : socket_(std::exchange(other.socket_, -1)), unread_(std::move(other.unread_)) {}

RawConnection::~RawConnection() {
  close();
}

RawConnection RawConnection::to(std::uint16_t port, int receive_buffer) {
  const int made = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (receive_buffer > 0) setsockopt(made, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
  const sockaddr_in address = loopback(port);
  DP_CHECK(::connect(made, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  return RawConnection(made);
}

bool RawConnection::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

void RawConnection::send_last(std::string_view bytes) {
  const int on = 1;
  DP_CHECK(setsockopt(socket_, IPPROTO_TCP, TCP_CORK, &on, sizeof on) == 0);
  send(bytes);
  shutdown_send();
}

bool RawConnection::readable_within(int milliseconds) const {
  pollfd waiting{socket_, POLLIN, 0};
  return ::poll(&waiting, 1, milliseconds) == 1;
}

std::string RawConnection::read_some() {
  if (!unread_.empty()) return std::exchange(unread_, {});
  if (!readable_within(kGiveUpMillis)) return std::string(kSilence);
  std::array<char, 16 * 1024> bytes{};
  const auto received = ::recv(socket_, bytes.data(), bytes.size(), 0);
  return received > 0 ? std::string(bytes.data(), static_cast<std::size_t>(received)) : std::string();
}

std::string RawConnection::read_all() {
  std::string all;
  for (std::string some = read_some(); !some.empty(); some = read_some()) {
    all += some;
    if (some == kSilence) break;
  }
  return all;
}

std::string RawConnection::read_until(std::string_view mark) {
  std::string all;
  for (;;) {
    const std::string some = read_some();
    if (some.empty() || some == kSilence) return all + some;
    all += some;
    const auto found = all.find(mark);
    if (found == std::string::npos) continue;
    unread_ = all.substr(found + mark.size());
    all.resize(found + mark.size());
    return all;
  }
}

std::string RawConnection::read_message() {
  std::string message = read_until("\r\n\r\n");
  const std::size_t whole = message.size() + content_length(message);
  while (message.size() < whole) {
    const std::string some = read_some();
    if (some.empty() || some == kSilence) return message + some;
    message += some;
  }
  unread_ = message.substr(whole);
  message.resize(whole);
  return message;
}

void RawConnection::shutdown_send() {
  ::shutdown(socket_, SHUT_WR);
}

void RawConnection::reset() {
  const linger at_once{1, 0};
  setsockopt(socket_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  close();
}

void RawConnection::close() {
  if (socket_ >= 0) ::close(std::exchange(socket_, -1));
}

ScriptedServer::ScriptedServer(std::vector<Act> acts)
    : acts_(std::move(acts)), listener_(listen_on_loopback(port_)), accepting_([this] { accept_all(); }) {}

ScriptedServer::~ScriptedServer() {
  ::shutdown(listener_, SHUT_RDWR);
  accepting_.join();
  for (std::thread& playing : playing_) playing.join();
  ::close(listener_);
}

std::string ScriptedServer::url(std::string_view target) const {
  return "http://127.0.0.1:" + std::to_string(port_) + std::string(target);
}

void ScriptedServer::accept_all() {
  for (;;) {
    const int accepted = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (accepted < 0) return;
    const auto number = static_cast<std::size_t>(connections_++);
    const Act& act = number < acts_.size() ? acts_[number] : acts_.back();
    playing_.emplace_back([&act, accepted] { act(RawConnection(accepted)); });
  }
}

ScriptedServer::Act answer(std::string bytes) {
  return [bytes = std::move(bytes)](RawConnection peer) {
    peer.read_message();
    peer.send(bytes);
  };
}

ScriptedServer::Act keep_answering(std::string bytes) {
  return [bytes = std::move(bytes)](RawConnection peer) {
    while (!peer.read_message().empty() && peer.send(bytes)) {
    }
  };
}

std::uint16_t closed_port() {
  std::uint16_t port = 0;
  ::close(listen_on_loopback(port));
  return port;
}

}  // namespace deltapost::net::testing
