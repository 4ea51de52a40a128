// Channel: one TCP connection that carries HTTP messages, without blocking. Used by both sides.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "app/bench/event_loop.hpp"
#include "app/bench/http_message.hpp"
#include "base/result.hpp"

namespace deltapost::app::bench {

class Channel final : public EventLoop::Watcher {
 public:
  class Owner {
   public:
    virtual ~Owner() = default;
    /// A whole message; its views are good until this returns. The channel may be closed from here.
    virtual void received(Channel& channel, const Message& message) = 0;
    /// The peer has gone or sent what is not understood; the channel is closed.
    virtual void lost(Channel& channel, const std::string& why) = 0;
  };

  /// Takes the connected socket over. `number`: the owner's, to know it by.
  Channel(EventLoop& loop, int socket, Owner& owner, std::size_t number);
  ~Channel() override;
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;

  std::size_t number() const { return number_; }
  bool open() const { return socket_ >= 0; }
  /// At once as far as the socket takes it, the rest when it takes more. Nothing on a closed channel.
  void send(std::string_view bytes);
  void close();

  void ready(std::uint32_t events) override;

 private:
  void flush();
  void receive();
  void lose(const std::string& why);

  EventLoop& loop_;
  int socket_;
  Owner& owner_;
  std::size_t number_;
  std::vector<char> in_;  // received: the first in_used_ bytes
  std::size_t in_used_ = 0;
  std::string out_;  // what the socket has not taken yet
};

/// A socket connected to a port of 127.0.0.1.
Result<int> connect_to(std::uint16_t port);
/// One that listens there; 0: on any free port.
Result<int> listen_on(std::uint16_t port);
std::uint16_t port_of(int socket);

}  // namespace deltapost::app::bench
