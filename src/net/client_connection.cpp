#include "net/client_connection.hpp"

#include <algorithm>
#include <boost/asio/connect.hpp>
#include <boost/asio/redirect_error.hpp>

#include "net/limits.hpp"
#include "net/text.hpp"

namespace deltapost::net {
namespace {

/// A connection that has been idle for longer is looked at before it is used: the peer may have closed it.
constexpr std::chrono::milliseconds kTrustedIdle{100};

bool is_over(IoState state) {
  return state == IoState::closed || state == IoState::failed;
}

bool is_numeric(const std::string& host) {
  error_code error;
  asio::ip::make_address(host, error);
  return !error;
}

}  // namespace

ClientConnection::ClientConnection(std::shared_ptr<ClientCore> core, std::unique_ptr<Exchange> first)
    : core_(std::move(core)),
      exchange_(std::move(first)),
      pool_key_(exchange_->destination->pool_key),
      connecting_(core_->context()),
      transport_(core_->watch()),
      buffer_(kMaxAnswerHeader),
      limit_([this] { on_limit(); }) {
  exchange_->connection = this;
}

Task<void> ClientConnection::run(std::shared_ptr<ClientConnection> self) {
  bool usable = co_await self->connect();
  while (usable) {
    usable = co_await self->exchange_once();
    if (!usable) break;
    self->used_before_ = true;
    bool park = false;
    self->exchange_ = self->core_->next_for(*self, park);
    if (park) {
      self->idle_since_ = SteadyClock::now();
      self->core_->deadlines().set(self->limit_, self->idle_since_ + self->core_->options().idle_timeout);
      self->core_->park(*self);
      co_await self->waker_.wait();
      self->limit_.clear();
    }
    if (!self->exchange_) break;
    self->exchange_->connection = self.get();
  }
  self->transport_.close();
  self->core_->left(*self);
  if (self->exchange_) self->core_->send_again(std::move(self->exchange_));
}

bool ClientConnection::take(std::unique_ptr<Exchange>& exchange) {
  if (exchange->started - idle_since_ > kTrustedIdle) {
    char* const room = buffer_.room();
    const bool quiet = transport_.try_read(room, buffer_.room_size()).state == IoState::wants_read;
    if (!quiet) {
      abort("the idle connection was closed");
      return false;
    }
  }
  exchange_ = std::move(exchange);
  exchange_->connection = this;
  waker_.wake();
  return true;
}

void ClientConnection::abort(std::string reason) {
  if (aborted_) return;
  aborted_ = true;
  if (parked) core_->unpark(*this);
  error_code ignored;
  connecting_.close(ignored);
  transport_.close();
  const auto keep_alive = shared_from_this();
  if (exchange_) fail(std::move(reason));
  waker_.wake();
}

void ClientConnection::abandon() {
  aborted_ = true;
  exchange_.reset();
  waker_.abandon();
  transport_.abandon();
}

void ClientConnection::on_limit() {
  if (parked) return abort("idle for too long");
  error_code ignored;
  connecting_.cancel(ignored);
}

void ClientConnection::fail(std::string reason, bool refused_by_guard) {
  const auto failed = std::exchange(exchange_, nullptr);
  failed->fail(std::move(reason), refused_by_guard);
}

Task<bool> ClientConnection::connect() {
  const Resolver::Addresses addresses = co_await allowed_addresses();
  if (aborted_ || !exchange_) co_return false;
  bool connected = false;
  for (std::size_t i = 0; i < addresses.size() && !connected && !aborted_; ++i) {
    connected = co_await connect_to(addresses[i], addresses.size() - i);
  }
  if (connected && !aborted_ && exchange_->destination->url.https) connected = co_await secure();
  if (aborted_) co_return false;
  if (!connected) fail(io_failure_);
  co_return connected;
}

Task<Resolver::Addresses> ClientConnection::allowed_addresses() {
  const std::string host = exchange_->destination->url.host;
  if (is_numeric(host)) {
    looked_up_ = Resolver::Addresses{host};
  } else {
    const auto answered = [weak = weak_from_this()](Result<Resolver::Addresses> answer) {
      const auto self = weak.lock();
      if (!self) return;
      self->looked_up_ = std::move(answer);
      self->waker_.wake();
    };
    core_->names().look_up(host, exchange_->asker, answered);
    co_await waker_.wait();
  }
  if (aborted_) co_return Resolver::Addresses{};
  if (!*looked_up_) {
    fail("cannot resolve " + host + ": " + looked_up_->error().message);
    co_return Resolver::Addresses{};
  }
  for (const std::string& address : **looked_up_) {
    const auto allowed = core_->options().guard.check(address);
    if (!allowed) {
      fail(allowed.error().message, true);
      co_return Resolver::Addresses{};
    }
  }
  co_return std::move(**looked_up_);
}

/// To exactly the address that was checked; a name is never resolved again on the way.
Task<bool> ClientConnection::connect_to(const std::string& address, std::size_t addresses_left) {
  const asio::ip::tcp::endpoint endpoint(asio::ip::make_address(address), exchange_->destination->url.port);
  error_code error;
  connecting_.close(error);
  connecting_.open(endpoint.protocol(), error);
  if (error) {
    io_failure_ = lower_first(error.message());
    co_return false;
  }
  connecting_.set_option(asio::ip::tcp::no_delay(true), error);
  if (addresses_left > 1) {
    // An address that swallows packets must leave time for the next one.
    const auto left = exchange_->timeout - exchange_->age();
    core_->deadlines().set(limit_, SteadyClock::now() + left / static_cast<int>(addresses_left));
  }
  co_await connecting_.async_connect(endpoint, asio::redirect_error(kAsTask, error));
  limit_.clear();
  if (error) {
    io_failure_ =
        error == asio::error::operation_aborted ? "connecting took too long" : lower_first(error.message());
    co_return false;
  }
  transport_.open(std::move(connecting_));
  if (!transport_.is_open()) io_failure_ = "the system watches no more connections";
  co_return transport_.is_open();
}

Task<bool> ClientConnection::secure() {
  if (!core_->tls()) {
    io_failure_ = core_->tls().error().message;
    co_return false;
  }
  transport_.use_tls(client_session(**core_->tls(), transport_.socket(), exchange_->destination->url.host));
  for (;;) {
    const IoResult result = transport_.try_handshake();
    if (result.state == IoState::done) co_return true;
    if (is_over(result.state)) {
      io_failure_ = result.state == IoState::failed ? transport_.failure()
                                                    : "the connection was closed during the TLS handshake";
      co_return false;
    }
    co_await transport_.wait(result.state);
    if (aborted_) co_return false;
  }
}

/// True when the connection can carry another request. An exchange that is to be sent again is left in place.
Task<bool> ClientConnection::exchange_once() {
  reader_.begin(exchange_->is_head_method, exchange_->max_response_bytes, exchange_->kept_header);
  answer_begun_ = written_ = false;
  io_failure_.clear();
  co_await write_request();
  if (!aborted_) co_await read_answer();
  co_return !aborted_ && conclude();
}

Task<void> ClientConnection::write_request() {
  std::string_view rest = exchange_->message;
  while (!rest.empty()) {
    const IoResult result = transport_.try_write(rest, {});
    if (is_over(result.state)) {
      io_failure_ = transport_.failure();
      co_return;
    }
    if (result.state == IoState::done) {
      rest.remove_prefix(result.bytes);
      continue;
    }
    // The peer may answer before it has read everything, and then read no more.
    co_await transport_.wait(result.state);
    if (aborted_) co_return;
    const IoState received = receive();
    if (is_over(received) || reader_.state() != ResponseReader::State::reading) co_return;
  }
  written_ = true;
}

Task<void> ClientConnection::read_answer() {
  // What was just asked for is hardly there yet, so a try would be in vain.
  bool try_first = !written_ || answer_begun_;
  while (reader_.state() == ResponseReader::State::reading) {
    IoState state = IoState::wants_read;
    if (try_first) state = receive();
    try_first = true;
    if (is_over(state)) co_return;
    if (state == IoState::done) continue;
    co_await transport_.wait(state);
    if (aborted_) co_return;
  }
}

/// Reads what is there, without waiting.
IoState ClientConnection::receive() {
  char* const room = buffer_.room();
  if (buffer_.room_size() == 0) {
    reader_.overflow();
    return IoState::failed;
  }
  const IoResult result = transport_.try_read(room, buffer_.room_size());
  if (result.state == IoState::done) {
    answer_begun_ = true;
    buffer_.add(result.bytes);
    buffer_.consume(reader_.feed(buffer_.unread()));
  } else if (result.state == IoState::closed) {
    reader_.feed_end();
  } else if (result.state == IoState::failed) {
    io_failure_ = transport_.failure();
  }
  return result.state;
}

bool ClientConnection::conclude() {
  if (reader_.state() == ResponseReader::State::complete) {
    const bool reusable = written_ && reader_.keep_alive() && buffer_.empty();
    const auto finished = std::exchange(exchange_, nullptr);
    finished->succeed(reader_.take());
    return reusable;
  }
  const bool stale = used_before_ && !answer_begun_;
  if (stale && !exchange_->sent_again) return false;
  fail(reader_.state() == ResponseReader::State::failed ? reader_.failure() : io_failure_);
  return false;
}

}  // namespace deltapost::net
