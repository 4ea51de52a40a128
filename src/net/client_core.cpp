#include "net/client_core.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>

#include "net/client_connection.hpp"
#include "net/limits.hpp"

namespace deltapost::net {
namespace {

constexpr std::chrono::milliseconds kTick{10};

}  // namespace

ClientCore::ClientCore(Loop& loop, ClientOptions options)
    : options_(std::move(options)),
      context_(loop.context()),
      watch_(context_),
      deadlines_(context_, kTick),
      names_(std::make_shared<NameCache>(
          loop.mailbox(), options_.resolver ? options_.resolver : system_resolver(), options_.dns_cache)) {}

const Result<SslContext>& ClientCore::tls() {
  if (!tls_) tls_.emplace(client_tls(options_.verify_tls, options_.ca_file));
  return *tls_;
}

void ClientCore::send(OutRequest request, Done done) {
  auto exchange = std::make_unique<Exchange>([this](Exchange& late) { expired(late); }, std::move(done));
  exchange->started = SteadyClock::now();
  if (closed_) return exchange->fail("the client was closed");
  if (auto ready = prepare(*exchange, std::move(request), destinations_, options_.user_agent); !ready) {
    return exchange->fail(ready.error().message);
  }
  deadlines_.set(exchange->deadline, exchange->started + exchange->timeout);
  assign(std::move(exchange));
}

void ClientCore::assign(std::unique_ptr<Exchange> exchange) {
  while (ClientConnection* idle = take_idle(exchange->destination->pool_key)) {
    if (idle->take(exchange)) return;
  }
  if (connections_.size() < options_.max_connections || evict_idle()) return open(std::move(exchange));
  wait(std::move(exchange));
}

void ClientCore::open(std::unique_ptr<Exchange> exchange) {
  auto connection = std::make_shared<ClientConnection>(shared_from_this(), std::move(exchange));
  joined(*connection);
  asio::co_spawn(context_, ClientConnection::run(std::move(connection)), asio::detached);
}

void ClientCore::wait(std::unique_ptr<Exchange> exchange) {
  if (waiting_.size() >= kMaxWaitingRequests) {
    return exchange->fail("too many requests are waiting for a connection");
  }
  Exchange& queued = *exchange;
  waiting_.push_back(std::move(exchange));
  queued.place = std::prev(waiting_.end());
}

void ClientCore::expired(Exchange& exchange) {
  const std::string reason = "timed out after " + std::to_string(exchange.timeout.count()) + " ms";
  if (exchange.connection) return exchange.connection->abort(reason);
  const std::unique_ptr<Exchange> queued = std::move(*exchange.place);
  waiting_.erase(exchange.place);
  queued->fail(reason + ", waiting for a free connection");
}

ClientConnection* ClientCore::take_idle(const std::string& pool_key) {
  const auto host = hosts_.find(pool_key);
  if (host == hosts_.end() || host->second.idle.empty()) return nullptr;
  ClientConnection* connection = host->second.idle.back();
  unpark(*connection);
  return connection;
}

bool ClientCore::evict_idle() {
  if (idle_order_.empty()) return false;
  idle_order_.front()->abort("evicted");
  return true;
}

void ClientCore::joined(ClientConnection& connection) {
  connections_.insert(&connection);
  connection.its_host = &hosts_[connection.pool_key()];
  ++connection.its_host->connections;
}

void ClientCore::left(ClientConnection& connection) {
  connections_.erase(&connection);
  if (--connection.its_host->connections == 0) hosts_.erase(connection.pool_key());
  // Not at once: a request that fails at once would end up here again, and so on for all that wait.
  if (!waiting_.empty()) asio::post(context_, [self = shared_from_this()] { self->serve_waiting(); });
}

void ClientCore::serve_waiting() {
  while (!waiting_.empty() && connections_.size() < options_.max_connections) {
    auto exchange = std::move(waiting_.front());
    waiting_.pop_front();
    open(std::move(exchange));
  }
}

std::unique_ptr<Exchange> ClientCore::next_for(ClientConnection& connection, bool& park) {
  park = waiting_.empty() && !closed_;
  if (waiting_.empty() || waiting_.front()->destination->pool_key != connection.pool_key()) return nullptr;
  auto exchange = std::move(waiting_.front());
  waiting_.pop_front();
  return exchange;
}

void ClientCore::park(ClientConnection& connection) {
  auto& of_host = connection.its_host->idle;
  of_host.push_back(&connection);
  idle_order_.splice(idle_order_.end(), connection.own_place);
  connection.parked = true;
  if (of_host.size() > options_.max_idle_per_host) of_host.front()->abort("too many idle connections");
}

void ClientCore::unpark(ClientConnection& connection) {
  auto& of_host = connection.its_host->idle;
  of_host.erase(std::find(of_host.rbegin(), of_host.rend(), &connection).base() - 1);
  connection.own_place.splice(connection.own_place.end(), idle_order_, connection.place);
  connection.parked = false;
}

void ClientCore::send_again(std::unique_ptr<Exchange> exchange) {
  exchange->sent_again = true;
  exchange->connection = nullptr;
  if (closed_) return exchange->fail("the client was closed");
  if (connections_.size() < options_.max_connections || evict_idle()) return open(std::move(exchange));
  wait(std::move(exchange));
}

void ClientCore::close(const std::string& reason) {
  closed_ = true;
  while (!waiting_.empty()) {
    auto exchange = std::move(waiting_.front());
    waiting_.pop_front();
    exchange->fail(reason);
  }
  std::vector<std::shared_ptr<ClientConnection>> all;
  for (ClientConnection* connection : connections_) all.push_back(connection->shared_from_this());
  for (const auto& connection : all) connection->abort(reason);
}

void ClientCore::abandon() {
  closed_ = true;
  waiting_.clear();
  std::vector<std::shared_ptr<ClientConnection>> all;
  for (ClientConnection* connection : connections_) all.push_back(connection->shared_from_this());
  for (const auto& connection : all) connection->abandon();
}

}  // namespace deltapost::net
