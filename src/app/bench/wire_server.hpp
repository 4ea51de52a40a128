// WireServer: the listening side of the benchmark's wire. On its loop's thread, but for its making.
#pragma once

#include <memory>
#include <vector>

#include "app/bench/channel.hpp"

namespace deltapost::app::bench {

class WireServer final : public EventLoop::Watcher, public Channel::Owner {
 public:
  class Handler {
   public:
    virtual ~Handler() = default;
    /// Answers with channel.send(), now or later. Channels live as long as their server.
    virtual void handle(Channel& channel, const Message& request) = 0;
  };

  WireServer(EventLoop& loop, Handler& handler) : loop_(loop), handler_(handler) {}
  ~WireServer() override;

  /// The first time on any free port, afterwards on the same one.
  Result<void> open();
  /// Listens no more and closes its connections.
  void close();
  std::uint16_t port() const { return port_; }

  void ready(std::uint32_t events) override;
  void received(Channel& channel, const Message& message) override { handler_.handle(channel, message); }
  void lost(Channel&, const std::string&) override {}

 private:
  EventLoop& loop_;
  Handler& handler_;
  int socket_ = -1;
  std::uint16_t port_ = 0;
  std::vector<std::unique_ptr<Channel>> channels_;  // closed ones too: somebody may still want to answer
};

}  // namespace deltapost::app::bench
