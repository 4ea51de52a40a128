#include "net/server_connection.hpp"

#include <algorithm>
#include <boost/asio/redirect_error.hpp>
#include <utility>

namespace deltapost::net {
namespace {

constexpr std::size_t kMinBuffer = 16 * 1024;
constexpr std::size_t kJoinedBody = 16 * 1024;  // a body up to this size is copied behind its head
constexpr std::size_t kKeptOut = 64 * 1024;     // a larger reply's buffer is given back
constexpr std::size_t kMaxLinger = 1 << 20;     // what a refused client may still send before we close
constexpr std::chrono::milliseconds kLingerTimeout{2000};

/// Of the client, without an IPv4 address's disguise as IPv6.
std::string peer_of(TcpSocket& socket) {
  error_code error;
  const auto endpoint = socket.remote_endpoint(error);
  if (error) return {};
  const auto address = endpoint.address();
  if (address.is_v6() && address.to_v6().is_v4_mapped()) {
    return asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6()).to_string();
  }
  return address.to_string();
}

std::size_t buffer_size(const ServerOptions& options) {
  return std::max(kMinBuffer, options.max_header_bytes);
}

}  // namespace

ServerConnection::ServerConnection(ServerWorker& worker, TcpSocket socket, UniqueFunction<void()> on_gone)
    : worker_(worker),
      on_gone_(std::move(on_gone)),
      transport_(worker.watch()),
      buffer_(buffer_size(worker.shared().options)),
      reader_(worker.shared().options.max_header_bytes, worker.shared().options.max_body_bytes),
      slot_(std::make_shared<ReplySlot>(worker.mailbox())),
      deadline_([this] { on_deadline(); }),
      body_share_(worker.shared().bodies),
      pause_(worker.context()),
      peer_(peer_of(socket)) {
  transport_.open(std::move(socket));
  worker_.add(*this);
}

ServerConnection::~ServerConnection() {
  on_gone_();
  worker_.remove(*this);
}

Task<void> ServerConnection::serve(std::shared_ptr<ServerConnection> self) {
  if (self->worker_.shared().tls) {
    const bool secured = co_await self->handshake();
    if (!secured) co_return;
  }
  for (;;) {
    const bool read = co_await self->read_request();
    if (!read) co_return;
    if (self->reader_.oversized() && self->worker_.shared().options.hand_over_oversized) {
      co_await self->answer();
      co_await self->linger();
      co_return;
    }
    if (self->reader_.state() == RequestReader::State::refused) {
      co_await self->send_refusal(self->reader_.refusal());
      co_return;
    }
    const bool go_on = co_await self->answer();
    if (!go_on) co_return;
  }
}

Task<void> ServerConnection::refuse(std::shared_ptr<ServerConnection> self) {
  const Refusal full{503, "The server has as many connections as it takes; try again later."};
  co_await self->send_refusal(full);
}

Task<bool> ServerConnection::handshake() {
  enter(Phase::handshake);
  transport_.use_tls(server_session(*worker_.shared().tls, transport_.socket()));
  for (;;) {
    const IoResult result = transport_.try_handshake();
    if (result.state == IoState::done) co_return true;
    if (result.state == IoState::closed || result.state == IoState::failed) co_return false;
    co_await transport_.wait(result.state);
    if (timed_out_ || closing_) co_return false;
  }
}

/// True when there is a request, or a refusal of one; false when the connection is over.
Task<bool> ServerConnection::read_request() {
  reader_.begin();
  enter(Phase::idle);
  for (;;) {
    if (!buffer_.empty()) {
      if (phase_ == Phase::idle) enter(Phase::head);
      buffer_.consume(reader_.feed(buffer_.unread()));
    }
    const auto state = reader_.state();
    if (!body_fits()) {
      co_await refuse_body();
      co_return false;
    }
    if (state == RequestReader::State::complete || state == RequestReader::State::refused) co_return true;
    if (state == RequestReader::State::body && phase_ == Phase::head) {
      enter(Phase::body);
      if (reader_.expects_continue() && buffer_.empty()) {
        const bool told = co_await send_all("HTTP/1.1 100 Continue\r\n\r\n", {});
        if (!told) co_return false;
        enter(Phase::body);
      }
    }
    const bool received = co_await receive();
    if (received) continue;
    if (timed_out_ && (phase_ == Phase::head || phase_ == Phase::body)) {
      const Refusal too_late{408, "The request did not arrive in time."};
      co_await send_refusal(too_late);
    }
    co_return false;
  }
}

/// Takes what the body takes so far; asks once, when the head has come, about all that it announces.
bool ServerConnection::body_fits() {
  const auto state = reader_.state();
  if (state != RequestReader::State::body && state != RequestReader::State::complete) return true;
  const bool announced = phase_ != Phase::head || worker_.shared().bodies.fits(reader_.announced_body());
  return announced && body_share_.grow_to(reader_.body_memory());
}

Task<void> ServerConnection::refuse_body() {
  reader_.forget_body();
  body_share_.give_back();
  worker_.shared().refused_bodies.fetch_add(1, std::memory_order_relaxed);
  const Refusal full{503, "The bodies of other requests take as much memory as they may; try again later."};
  co_await send_refusal(full);
}

Task<bool> ServerConnection::receive() {
  // The next request is hardly there right after the last answer, so a try would be in vain.
  bool wait_first = phase_ == Phase::idle && !transport_.is_tls();
  for (;;) {
    if (phase_ == Phase::idle && worker_.stopping()) co_return false;
    if (std::exchange(wait_first, false)) {
      co_await transport_.wait(IoState::wants_read);
      if (timed_out_ || closing_) co_return false;
    }
    char* const room = buffer_.room();
    const IoResult result = transport_.try_read(room, buffer_.room_size());
    if (result.state == IoState::done) {
      buffer_.add(result.bytes);
      co_return true;
    }
    if (result.state == IoState::closed || result.state == IoState::failed) co_return false;
    co_await transport_.wait(result.state);
    if (timed_out_ || closing_) co_return false;
  }
}

/// True when the connection may take another request.
Task<bool> ServerConnection::answer() {
  enter(Phase::handler);
  worker_.shared().requests.fetch_add(1, std::memory_order_relaxed);
  const bool oversized = reader_.oversized();
  Request request = oversized ? reader_.take_oversized() : reader_.take();
  request.peer = peer_;
  slot_->ask(worker_.shared().handler, std::move(request));
  std::optional<Reply> reply = slot_->take();
  while (!reply) {
    co_await slot_->wait();
    if (closing_) co_return false;
    reply = slot_->take();
  }
  body_share_.give_back();
  if (reply->breather) co_await pause();
  if (closing_) co_return false;
  const bool keep_alive = !oversized && reader_.keep_alive() && !worker_.stopping();
  co_return co_await send(*reply, keep_alive);
}

Task<void> ServerConnection::pause() {
  pause_.expires_after(worker_.shared().options.breather);
  error_code cut_short;
  co_await pause_.async_wait(asio::redirect_error(kAsTask, cut_short));
}

/// True when all has been sent and the connection is to be kept.
Task<bool> ServerConnection::send(Reply& reply, bool keep_alive) {
  const bool streams = static_cast<bool>(reply.stream) && has_body(reply.status);
  const auto stream_framing = reader_.http11() ? BodyFraming::chunked : BodyFraming::until_close;
  HeadStyle style{.framing = streams ? stream_framing : BodyFraming::length,
                  .keep_alive = keep_alive && (!streams || reader_.http11()),
                  .http11 = reader_.http11(),
                  .date = worker_.date()};
  if (out_.capacity() > kKeptOut) std::string().swap(out_);
  out_.clear();
  if (!append_head(out_, reply, style)) {
    reply = problem_reply(500, "The server's answer to this request cannot be sent.");
    style.framing = BodyFraming::length;
    append_head(out_, reply, style);
  }
  if (reader_.is_head() || !has_body(reply.status)) {
    reply.body.clear();
    reply.stream = {};
  }
  if (reply.stream) {
    co_await stream(reply, style.framing);
    co_return false;
  }
  std::string_view separate_body = reply.body;
  if (reply.body.size() <= kJoinedBody) {
    out_ += reply.body;
    separate_body = {};
  }
  const bool sent = co_await send_all(out_, separate_body);
  if (!sent) co_return false;
  co_return style.keep_alive;
}

Task<bool> ServerConnection::send_all(std::string_view head, std::string_view body) {
  for (bool waited = false; !head.empty() || !body.empty();) {
    const IoResult result = transport_.try_write(head, body);
    if (result.state == IoState::closed || result.state == IoState::failed) co_return false;
    if (result.state == IoState::done) {
      const std::size_t from_head = std::min(result.bytes, head.size());
      head.remove_prefix(from_head);
      body.remove_prefix(result.bytes - from_head);
      continue;
    }
    if (!waited) enter(Phase::sending);
    waited = true;
    co_await transport_.wait(result.state);
    if (timed_out_ || closing_) co_return false;
  }
  co_return true;
}

Task<void> ServerConnection::send_refusal(const Refusal& refusal) {
  timed_out_ = false;
  Reply reply = problem_reply(refusal.status, refusal.detail);
  if (refusal.status == 503) reply.headers.push_back({"Retry-After", "1"});
  co_await send(reply, false);
  co_await linger();
}

/// Reads and drops what the client still sends, so that closing does not cost it our answer (RFC 9112,
/// section 9.6).
Task<void> ServerConnection::linger() {
  transport_.shutdown_send();
  enter(Phase::lingering);
  for (std::size_t dropped = buffer_.unread().size(); dropped < kMaxLinger;) {
    buffer_.consume(buffer_.unread().size());
    const bool received = co_await receive();
    if (!received) co_return;
    dropped += buffer_.unread().size();
  }
}

void ServerConnection::drain() {
  if (phase_ == Phase::idle || phase_ == Phase::handshake || phase_ == Phase::lingering) close();
  if (stream_) stream_->end();
}

void ServerConnection::close() {
  closing_ = true;
  pause_.cancel();
  transport_.close();
  if (stream_) stream_->end();
  slot_->give_up();
}

void ServerConnection::enter(Phase phase) {
  phase_ = phase;
  const auto limit = limit_of(phase);
  if (limit.count() == 0) {
    deadline_.clear();
  } else {
    worker_.deadlines().set(deadline_, SteadyClock::now() + limit);
  }
}

std::chrono::milliseconds ServerConnection::limit_of(Phase phase) const {
  const ServerOptions& options = worker_.shared().options;
  switch (phase) {
    case Phase::handshake:
    case Phase::head:
      return options.header_timeout;
    case Phase::idle:
      return options.idle_timeout;
    case Phase::body:
      return options.body_timeout;
    case Phase::sending:
      return options.write_timeout;
    case Phase::lingering:
      return kLingerTimeout;
    case Phase::handler:
    case Phase::streaming:
      break;
  }
  return std::chrono::milliseconds{0};
}

void ServerConnection::on_deadline() {
  timed_out_ = true;
  transport_.stop_waiting();
}

}  // namespace deltapost::net
