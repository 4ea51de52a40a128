#include "net/server.hpp"

#include <sys/socket.h>

#include <vector>

#include "net/server_worker.hpp"

namespace deltapost::net {

struct Server::Impl {
  ServerShared shared;
  std::vector<std::unique_ptr<ServerWorker>> workers{};
  std::uint16_t port = 0;

  Result<void> listen();
};

/// SO_REUSEPORT would let a second server of the same user share the port without a word; so a port is first
/// bound without it.
Result<void> Server::Impl::listen() {
  const bool reuse_port = shared.options.threads > 1;
  port = shared.options.port;
  if (reuse_port) {
    ServerWorker probe(shared);
    auto probed = probe.listen(port, false);
    if (!probed) return probed.error();
    port = *probed;
  }
  for (int i = 0; i < shared.options.threads; ++i) {
    workers.push_back(std::make_unique<ServerWorker>(shared));
    auto listening = workers.back()->listen(port, reuse_port);
    if (!listening) return listening.error();
    port = *listening;
  }
  return ok();
}

Server::Server(ServerOptions options, Handler handler)
    : impl_(new Impl{{.options = std::move(options), .handler = std::move(handler), .tls = {}}}) {
  DP_CHECK(impl_->shared.options.threads >= 1);
  DP_CHECK(impl_->shared.options.max_body_memory >= impl_->shared.options.max_body_bytes);
}

Server::~Server() {
  stop(std::chrono::milliseconds{0});
}

Result<void> Server::start() {
  DP_CHECK(impl_->workers.empty());
  ServerOptions& options = impl_->shared.options;
  if (!options.tls_certificate_file.empty()) {
    auto tls = server_tls(options.tls_certificate_file, options.tls_key_file);
    if (!tls) return tls.error();
    impl_->shared.tls = std::move(*tls);
  }
  if (auto listening = impl_->listen(); !listening) {
    impl_->workers.clear();
    return listening;
  }
  int number = 0;
  for (auto& worker : impl_->workers) worker->start("http-" + std::to_string(number++));
  return ok();
}

std::uint16_t Server::port() const {
  return impl_->port;
}

void Server::stop(std::chrono::milliseconds patience) {
  for (auto& worker : impl_->workers) worker->begin_stop(patience);
  for (auto& worker : impl_->workers) worker->join();
  impl_->workers.clear();
}

ServerStats Server::stats() const {
  const ServerShared& shared = impl_->shared;
  return {.connections = shared.connections.load(),
          .requests = shared.requests.load(),
          .body_memory = shared.bodies.taken(),
          .refused_connections = shared.refused_connections.load(),
          .refused_bodies = shared.refused_bodies.load()};
}

}  // namespace deltapost::net
