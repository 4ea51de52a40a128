#include "net/server_worker.hpp"

#include <pthread.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <ctime>
#include <vector>

#include "net/reply_text.hpp"
#include "net/server_connection.hpp"

namespace deltapost::net {
namespace {

constexpr int kAcceptBatch = 64;  // then the connections have their turn
constexpr std::size_t kMaxRefusing =
    64;  // clients that are told that we are full; beyond it they are just closed
constexpr std::chrono::milliseconds kPauseWithoutDescriptors{100};
// Refusing must not take the time of those who are served: meanwhile, clients wait in the kernel's queue.
constexpr std::chrono::milliseconds kPauseWhenFull{10};

std::chrono::milliseconds tick_for(const ServerOptions& options) {
  const auto shortest =
      std::min({options.header_timeout, options.body_timeout, options.write_timeout, options.idle_timeout});
  return std::clamp(shortest / 8, std::chrono::milliseconds{5}, std::chrono::milliseconds{500});
}

void prepare(TcpSocket& socket) {
  error_code ignored;
  socket.set_option(asio::ip::tcp::no_delay(true), ignored);
}

}  // namespace

ServerWorker::ServerWorker(ServerShared& shared)
    : shared_(shared), deadlines_(context_, tick_for(shared.options)) {}

ServerWorker::~ServerWorker() {
  DP_CHECK(!thread_.joinable());
}

Result<std::uint16_t> ServerWorker::listen(std::uint16_t port, bool reuse_port) {
  const std::string where = shared_.options.address + ":" + std::to_string(port);
  error_code error;
  const auto address = asio::ip::make_address(shared_.options.address, error);
  if (error) return Error{Fault::unavailable, "Cannot listen on " + where + ": not a numeric address."};
  const asio::ip::tcp::endpoint endpoint(address, port);
  using ReusePort = asio::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>;
  acceptor_.open(endpoint.protocol(), error);
  if (!error) acceptor_.set_option(asio::socket_base::reuse_address(true), error);
  if (!error && reuse_port) acceptor_.set_option(ReusePort(true), error);
  if (!error) acceptor_.bind(endpoint, error);
  if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
  if (!error) acceptor_.non_blocking(true, error);
  if (error) return Error{Fault::unavailable, "Cannot listen on " + where + ": " + error.message() + "."};
  return acceptor_.local_endpoint().port();
}

void ServerWorker::start(const std::string& name) {
  wait_for_clients();
  thread_ = std::thread([this] {
    auto work = asio::make_work_guard(context_);
    context_.run();
    mailbox_->close();
  });
  pthread_setname_np(thread_.native_handle(), name.c_str());
}

void ServerWorker::begin_stop(std::chrono::milliseconds patience) {
  mailbox_->post([this, patience] { drain(patience); });
}

void ServerWorker::join() {
  if (thread_.joinable()) thread_.join();
}

std::string_view ServerWorker::date() {
  const long long now = std::time(nullptr);
  if (now != date_second_) {
    date_ = http_date(now);
    date_second_ = now;
  }
  return date_;
}

void ServerWorker::add(ServerConnection& connection) {
  connections_.insert(&connection);
}

void ServerWorker::remove(ServerConnection& connection) {
  connections_.erase(&connection);
  if (stopping_ && connections_.empty()) context_.stop();
}

void ServerWorker::wait_for_clients() {
  acceptor_.async_wait(asio::socket_base::wait_read, [this](const error_code& error) {
    if (!error) accept_waiting();
  });
}

void ServerWorker::wait_for_clients_after(std::chrono::milliseconds pause) {
  pause_.expires_after(pause);
  pause_.async_wait([this](const error_code& stopped) {
    if (!stopped && !stopping_) wait_for_clients();
  });
}

void ServerWorker::accept_waiting() {
  bool full = false;
  for (int i = 0; i < kAcceptBatch; ++i) {
    TcpSocket socket(context_);
    error_code error;
    acceptor_.accept(socket, error);
    if (error == asio::error::would_block || error == asio::error::connection_aborted) break;
    if (error) return wait_for_clients_after(kPauseWithoutDescriptors);
    prepare(socket);
    if (shared_.connections.fetch_add(1) < shared_.options.max_connections) {
      serve(std::move(socket));
    } else {
      shared_.connections.fetch_sub(1);
      shared_.refused_connections.fetch_add(1, std::memory_order_relaxed);
      refuse(std::move(socket));
      full = true;
    }
  }
  if (full) return wait_for_clients_after(kPauseWhenFull);
  wait_for_clients();
}

void ServerWorker::serve(TcpSocket socket) {
  const auto leave = [this] { shared_.connections.fetch_sub(1); };
  auto connection = std::make_shared<ServerConnection>(*this, std::move(socket), leave);
  asio::co_spawn(context_, ServerConnection::serve(std::move(connection)), asio::detached);
}

void ServerWorker::refuse(TcpSocket socket) {
  if (shared_.tls || refusing_ >= kMaxRefusing) return;
  ++refusing_;
  const auto leave = [this] { --refusing_; };
  auto connection = std::make_shared<ServerConnection>(*this, std::move(socket), leave);
  asio::co_spawn(context_, ServerConnection::refuse(std::move(connection)), asio::detached);
}

void ServerWorker::drain(std::chrono::milliseconds patience) {
  stopping_ = true;
  error_code ignored;
  acceptor_.close(ignored);
  // Ending one may end others and shorten the set, so it is copied first.
  std::vector<std::shared_ptr<ServerConnection>> all;
  for (ServerConnection* connection : connections_) all.push_back(connection->shared_from_this());
  for (const auto& connection : all) connection->drain();
  all.clear();
  if (connections_.empty()) return context_.stop();
  patience_.expires_after(patience);
  patience_.async_wait([this](const error_code& error) {
    if (!error) close_all();
  });
}

void ServerWorker::close_all() {
  std::vector<std::shared_ptr<ServerConnection>> all;
  for (ServerConnection* connection : connections_) all.push_back(connection->shared_from_this());
  for (const auto& connection : all) connection->close();
}

}  // namespace deltapost::net
