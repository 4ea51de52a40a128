#include "app/server.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "app/core.hpp"
#include "app/log.hpp"
#include "app/upkeep.hpp"
#include "base/encoding.hpp"
#include "net/client.hpp"
#include "net/server.hpp"
#include "store/sqlite/sqlite_store.hpp"

namespace deltapost::app {
namespace {

net::ClientOptions client_options(const Config& config, const net::AddressGuard& guard) {
  net::ClientOptions options;
  options.guard = guard;
  options.verify_tls = config.verify_tls;
  options.ca_file = config.ca_file;
  return options;
}

net::ServerOptions server_options(const Config& config) {
  net::ServerOptions options;
  options.address = config.listen_address;
  options.port = config.port;
  options.threads = config.threads;
  options.max_body_bytes = config.max_body_bytes;
  options.max_body_memory = config.max_body_memory;
  options.hand_over_oversized = true;
  options.max_connections = config.max_connections;
  options.tls_certificate_file = config.tls_certificate;
  options.tls_key_file = config.tls_key;
  return options;
}

delivery::RunnerOptions runner_options(const Config& config, Random& random) {
  delivery::RunnerOptions options;
  options.disable_after = config.disable_after;
  options.owner = "node-" + hex(random_bytes(random, 8));
  return options;
}

void log_attempt(const store::Attempt& attempt, const delivery::Endpoint& endpoint) {
  const bool good = attempt.outcome == store::Outcome::delivered;
  const Level level = good ? Level::info : Level::warn;
  if (!logs(level)) return;
  log(level, "attempt",
      {{"endpoint", endpoint.id.text()},
       {"event", attempt.event_type},
       {"event_id", attempt.event_id},
       {"record", wire_id(attempt.record)},
       {"version", attempt.version},
       {"attempt", attempt.attempt},
       {"status", attempt.status},
       {"latency_ms", attempt.latency_ms},
       {"outcome", good                                      ? "delivered"
                   : attempt.outcome == store::Outcome::dead ? "dead"
                                                             : "retrying"},
       {"error", attempt.error}});
}

void log_trouble(const std::optional<store::Trouble>& trouble) {
  if (!trouble)
    log(Level::info, "the store takes writes again", {});
  else
    log(trouble->final ? Level::error : Level::warn, "the store takes no writes",
        {{"error", trouble->error.message}});
}

}  // namespace

struct Server::Parts {
  Parts(const Config& config_in, std::unique_ptr<store::Store> store, MasterKey master_key)
      : config(config_in),
        core(std::move(store), std::move(master_key), {clock, random, delivery_loop, client, guard},
             {.runner = runner_options(config, random),
              .guesses = {.wrong_per_minute = config.wrong_keys_per_minute,
                          .trusted_proxies = config.trusted_proxies}}) {}

  Config config;
  SystemClock clock;
  SystemRandom random;
  net::AddressGuard guard{config.allow_network};
  net::Loop delivery_loop;
  net::Client client{delivery_loop, client_options(config, guard)};
  Core core;
  net::Server server{server_options(config), [this](net::Request request, net::Respond respond) {
                       core.router.handle(std::move(request), std::move(respond));
                     }};
  net::Loop upkeep_loop;
  bool started = false;
};

namespace {

Result<void> write_port(const std::string& file, std::uint16_t port) {
  // Written beside and renamed, so that a reader never sees half of it.
  const std::string partial = file + ".partial";
  std::ofstream out(partial);
  out << port << '\n';
  out.close();
  std::error_code error;
  std::filesystem::rename(partial, file, error);
  if (!out || error)
    return Error{.fault = Fault::unavailable, .message = fmt::format("cannot write the port to {}", file)};
  return ok();
}

}  // namespace

Server::Server(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

Server::~Server() {
  stop();
}

Result<std::unique_ptr<Server>> Server::open(const Config& config, const std::string& master_key_variable,
                                             std::function<void()> on_lost) {
  static SystemRandom random;  // the sealer's, alive as long as the process
  auto store = store::SqliteStore::open(
      {.path = config.store,
       .on_trouble = [on_lost = std::move(on_lost)](const std::optional<store::Trouble>& trouble) {
         log_trouble(trouble);
         if (trouble && trouble->final && on_lost) on_lost();
       }});
  if (!store) return store.error();
  // Without an account nothing was sealed yet: the store is new, or its first start did not get far.
  auto accounts = (*store)->list_all(Kind::account);
  if (!accounts) return accounts.error();
  auto key = load_master_key(master_key_variable, config.master_key_file, accounts->empty(), random);
  if (!key) return key.error();
  auto server = std::unique_ptr<Server>(
      new Server(std::make_unique<Parts>(config, *std::move(store), *std::move(key))));
  return server;
}

void Server::on_first_key(std::function<void(const std::string& key)> show) {
  parts_->core.show_first_key = std::move(show);
}

Result<void> Server::start() {
  Parts& p = *parts_;
  p.started = true;
  if (auto opened = p.core.open(); !opened) return opened;
  p.core.committer.start();
  p.core.runner.on_attempt(log_attempt);
  p.delivery_loop.start("delivery");
  if (auto started = p.core.runner.start(); !started) return started;
  p.core.feed.start();
  p.upkeep_loop.start("upkeep");
  start_upkeep(*p.core.store, p.clock, p.upkeep_loop, p.config.retention);
  p.core.http = [&server = p.server] { return server.stats(); };
  if (auto listening = p.server.start(); !listening) return listening;
  p.core.accepting = true;
  if (!p.config.port_file.empty())
    if (auto written = write_port(p.config.port_file, p.server.port()); !written) return written;
  return ok();
}

std::optional<Error> Server::lost() const {
  const auto trouble = parts_->core.store->trouble();
  return trouble && trouble->final ? std::optional(trouble->error) : std::nullopt;
}

std::uint16_t Server::port() const {
  return parts_->server.port();
}

void Server::stop() {
  Parts& p = *parts_;
  if (!p.started) return;
  p.started = false;
  p.core.accepting = false;
  p.core.feed.stop();
  p.server.stop(p.config.drain);
  p.core.runner.stop(p.config.drain);
  p.upkeep_loop.stop();
  p.core.committer.stop();
  p.delivery_loop.stop();
}

}  // namespace deltapost::app
