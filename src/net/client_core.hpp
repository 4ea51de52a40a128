// ClientCore: the connections of a Client, which of them are idle, and the requests that wait for one.
#pragma once

#include <list>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "net/client.hpp"
#include "net/deadlines.hpp"
#include "net/exchange.hpp"
#include "net/name_cache.hpp"
#include "net/socket_watch.hpp"
#include "net/tls.hpp"

namespace deltapost::net {

/// The loop's thread alone, but for the constructor.
class ClientCore : public std::enable_shared_from_this<ClientCore> {
 public:
  ClientCore(Loop& loop, ClientOptions options);

  void send(OutRequest request, Done done);
  /// Fails whatever is in progress and closes everything.
  void close(const std::string& reason);
  /// The loop has ended: drops what is in progress, unanswered.
  void abandon();

  /// What connections to one scheme, host and port share.
  struct Host {
    std::vector<ClientConnection*> idle;  // the last used at the back
    std::size_t connections = 0;
  };

  // For connections.
  const ClientOptions& options() const { return options_; }
  asio::io_context& context() { return context_; }
  SocketWatch& watch() { return watch_; }
  Deadlines& deadlines() { return deadlines_; }
  NameCache& names() { return *names_; }
  /// Made for the first request that needs it: reading the system's certificates takes a while.
  const Result<SslContext>& tls();

  void joined(ClientConnection& connection);
  /// The connection has ended: what waits may take its place.
  void left(ClientConnection& connection);
  /// Another request for this connection; null when there is none, and then it is parked or, to make room for
  /// another host, closed, as `park` tells.
  std::unique_ptr<Exchange> next_for(ClientConnection& connection, bool& park);
  void park(ClientConnection& connection);
  void unpark(ClientConnection& connection);
  /// Once more, on a connection of its own.
  void send_again(std::unique_ptr<Exchange> exchange);

 private:
  void assign(std::unique_ptr<Exchange> exchange);
  void open(std::unique_ptr<Exchange> exchange);
  ClientConnection* take_idle(const std::string& pool_key);
  bool evict_idle();
  void wait(std::unique_ptr<Exchange> exchange);
  void expired(Exchange& exchange);
  void serve_waiting();

  ClientOptions options_;
  asio::io_context& context_;
  SocketWatch watch_;
  Deadlines deadlines_;
  Destinations destinations_;
  std::shared_ptr<NameCache> names_;
  std::optional<Result<SslContext>> tls_;
  std::unordered_set<ClientConnection*> connections_;
  std::unordered_map<std::string, Host> hosts_;  // by Destination::pool_key, those with connections
  std::list<ClientConnection*> idle_order_;      // of all hosts, the longest idle at the front
  std::list<std::unique_ptr<Exchange>> waiting_;
  bool closed_ = false;
};

}  // namespace deltapost::net
