// ServerWorker: one thread of the server, with its own io_context, listener and connections; nothing of it is
// shared with the others but a few counters.
#pragma once

#include <atomic>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <memory>
#include <string_view>
#include <thread>
#include <unordered_set>

#include "net/body_budget.hpp"
#include "net/deadlines.hpp"
#include "net/mailbox.hpp"
#include "net/server.hpp"
#include "net/socket_watch.hpp"
#include "net/tls.hpp"
#include "net/types.hpp"

namespace deltapost::net {

class ServerConnection;

/// What all workers of a server share; it outlives them.
struct ServerShared {
  ServerOptions options;
  Handler handler;
  SslContext tls;
  std::atomic<std::uint64_t> connections{0};
  std::atomic<std::uint64_t> requests{0};
  BodyBudget bodies{options.max_body_memory};
  std::atomic<std::uint64_t> refused_connections{0}, refused_bodies{0};
};

class ServerWorker {
 public:
  explicit ServerWorker(ServerShared& shared);
  ~ServerWorker();

  /// Binds and listens. Fault::unavailable names the address.
  Result<std::uint16_t> listen(std::uint16_t port, bool reuse_port);
  void start(const std::string& name);
  /// Accepts no more and ends what is idle at once, what is in progress within `patience`.
  void begin_stop(std::chrono::milliseconds patience);
  void join();

  // For connections, on the worker's thread.
  ServerShared& shared() { return shared_; }
  asio::io_context& context() { return context_; }
  SocketWatch& watch() { return watch_; }
  Deadlines& deadlines() { return deadlines_; }
  const std::shared_ptr<Mailbox>& mailbox() const { return mailbox_; }
  bool stopping() const { return stopping_; }
  std::string_view date();
  void add(ServerConnection& connection);
  void remove(ServerConnection& connection);

 private:
  void wait_for_clients();
  void wait_for_clients_after(std::chrono::milliseconds pause);
  void accept_waiting();
  void serve(TcpSocket socket);
  void refuse(TcpSocket socket);
  void drain(std::chrono::milliseconds patience);
  void close_all();

  ServerShared& shared_;
  asio::io_context context_{1};
  std::shared_ptr<Mailbox> mailbox_ = std::make_shared<Mailbox>(context_);
  SocketWatch watch_{context_};
  Deadlines deadlines_;
  asio::basic_socket_acceptor<asio::ip::tcp, Executor> acceptor_{context_};
  Timer pause_{context_};     // in accepting
  Timer patience_{context_};  // while stopping
  std::unordered_set<ServerConnection*> connections_;
  bool stopping_ = false;
  std::size_t refusing_ = 0;
  std::string date_;
  long long date_second_ = 0;
  std::thread thread_;
};

}  // namespace deltapost::net
