// The part of ServerConnection that sends a reply which is produced over time.
#include <fmt/format.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "net/server_connection.hpp"

namespace deltapost::net {

Task<void> ServerConnection::stream(Reply& reply, BodyFraming framing) {
  const auto cut_off = [self = weak_from_this()] {
    if (const auto connection = self.lock()) connection->transport_.close();
  };
  stream_ =
      std::make_shared<ServerStream>(worker_.mailbox(), worker_.shared().options.max_stream_buffer, cut_off);
  const auto frame = [framing](const std::string& bytes) {
    if (framing != BodyFraming::chunked || bytes.empty()) return bytes;
    return fmt::format("{:x}\r\n{}\r\n", bytes.size(), bytes);
  };
  reply.stream(stream_);
  asio::co_spawn(worker_.context(), watch_for_end(shared_from_this()), asio::detached);
  const std::string first = frame(reply.body);
  bool sent = co_await send_all(out_, first);
  enter(Phase::streaming);
  while (sent && !closing_ && !stream_->overflowed()) {
    std::optional<std::string> bytes = stream_->take();
    if (bytes) {
      const std::string framed = frame(*bytes);
      sent = co_await send_all(framed, {});
      enter(Phase::streaming);
    } else if (stream_->ended()) {
      break;
    } else {
      co_await stream_->wait();
    }
  }
  const bool whole = sent && !closing_ && !stream_->overflowed();
  stream_->end();
  if (whole && framing == BodyFraming::chunked) sent = co_await send_all("0\r\n\r\n", {});
  transport_.shutdown_send();
  transport_.close();
}

/// A client that streams to nobody sends nothing more; what it sends is dropped, and its end ends the stream.
Task<void> ServerConnection::watch_for_end(std::shared_ptr<ServerConnection> self) {
  std::string dropped(1024, '\0');
  for (;;) {
    const IoResult result = self->transport_.try_read(dropped.data(), dropped.size());
    if (result.state == IoState::closed || result.state == IoState::failed) break;
    if (result.state != IoState::done) co_await self->transport_.wait(result.state);
    if (self->stream_->ended() && !self->transport_.is_open()) co_return;
  }
  self->stream_->end();
}

}  // namespace deltapost::net
