#include "app/server.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>

#include "api/accounts.hpp"
#include "api/feed.hpp"
#include "api/metrics.hpp"
#include "api/router.hpp"
#include "app/log.hpp"
#include "app/master_key.hpp"
#include "app/upkeep.hpp"
#include "base/encoding.hpp"
#include "delivery/runner.hpp"
#include "intake/writer.hpp"
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
  log(good ? Level::info : Level::warn, "attempt",
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

/// One line per receipt: which record, which of its fields.
void log_receipt(const intake::ReceiptNote& note) {
  const intake::Outcome& outcome = note.acknowledgement.outcome;
  const intake::Verdict verdict = outcome.verdict();
  std::vector<std::string> records, changed;
  for (const auto& item : outcome.items) {
    if (item.record)
      records.push_back(fmt::format("{} {}", to_string(item.record->kind), wire_id(*item.record)));
    changed.insert(changed.end(), item.changed.begin(), item.changed.end());
  }
  const bool trouble = verdict == intake::Verdict::quarantined || verdict == intake::Verdict::rejected;
  log(trouble ? Level::warn : Level::info, "receipt",
      {{"receipt", intake::receipt_id(note.acknowledgement.receipt)},
       {"source", note.source.key.id},
       {"verdict", intake::to_string(verdict)},
       {"record", fmt::to_string(fmt::join(records, ","))},
       {"changed", fmt::to_string(fmt::join(changed, ","))},
       {"reason", outcome.reason}});
}

}  // namespace

struct Server::Parts {
  Parts(const Config& config_in, std::unique_ptr<store::Store> store_in, MasterKey master_key_in)
      : config(config_in), store(std::move(store_in)), master_key(std::move(master_key_in)) {}

  Config config;
  SystemClock clock;
  SystemRandom random;
  net::AddressGuard guard{config.allow_network};

  // What is remembered.
  std::unique_ptr<store::Store> store;
  MasterKey master_key;
  store::GroupCommitter committer{*store, clock};
  store::LogTail tail{*store};
  intake::Writer writer{committer};
  intake::SourceDirectory sources{*store, master_key.sealer};
  intake::Receiver receiver{*store, committer, sources, clock};

  // What goes out.
  net::Loop delivery_loop;
  net::Client client{delivery_loop, client_options(config, guard)};
  delivery::Runner runner{{*store, tail, committer, client, delivery_loop, clock, random, master_key.sealer},
                          runner_options(config, random)};

  // What is asked for.
  api::KeyRing keys{clock};
  api::CursorSigner cursors{master_key.cursor_key};
  api::Feed feed{tail, cursors};
  api::Metrics metrics;
  std::atomic<bool> accepting = false;
  api::Services services{.store = *store,
                         .tail = tail,
                         .committer = committer,
                         .writer = writer,
                         .receiver = receiver,
                         .sources = sources,
                         .runner = runner,
                         .keys = keys,
                         .feed = feed,
                         .metrics = metrics,
                         .guard = guard,
                         .sealer = master_key.sealer,
                         .cursors = cursors,
                         .clock = clock,
                         .random = random,
                         .audit =
                             [](const std::string& what) {
                               log(Level::info, "audit", {{"action", what}});
                             },
                         .accepting = [this] { return accepting.load(); }};
  api::Router router{services, api::all_routes()};
  net::Server server{server_options(config), [this](net::Request request, net::Respond respond) {
                       router.handle(std::move(request), std::move(respond));
                     }};

  net::Loop upkeep_loop;
  std::optional<std::string> first_key;
  bool started = false;
};

namespace {

/// What a new endpoint state means is the engine's to find and the record's to keep.
void write_disabled(intake::Writer& writer, const AccountId& account, const EndpointId& endpoint,
                    const std::string& reason) {
  log(Level::warn, "endpoint disabled", {{"endpoint", endpoint.text()}, {"reason", reason}});
  writer.write({.key = {account, Kind::endpoint, endpoint.text()},
                .origin = {.actor = "system:delivery", .source = "delivery"},
                .decide = [reason, endpoint](const Record* current, Time now) -> Result<JsonObject> {
                  if (current == nullptr || current->deleted)
                    return Error{.fault = Fault::not_found,
                                 .message = "endpoint " + endpoint.text() + " is gone"};
                  return delivery::disable_endpoint(current->document, reason, now);
                },
                .answer = [](const intake::Written&) { return std::string(); }},
               [endpoint](Result<intake::Answered> written) {
                 if (!written && written.error().fault != Fault::not_found)
                   log(Level::error, "endpoint not disabled",
                       {{"endpoint", endpoint.text()}, {"error", written.error().message}});
               });
}

/// A new store gets an account and a key that may do everything.
Result<std::optional<std::string>> make_first_account(store::Store& store, store::GroupCommitter& committer,
                                                      const Clock& clock, Random& random) {
  auto accounts = store.list_all(Kind::account);
  if (!accounts) return accounts.error();
  if (!accounts->empty()) return std::optional<std::string>{};
  const api::NewAccount made = api::new_account(random, clock.now());
  auto written = committer.run([&](store::Draft& draft) -> Result<void> {
    const deltapost::Origin origin{.actor = "system:first-start", .source = "system"};
    const Record nothing{.key = api::account_record(made.id)};
    Record account{.key = nothing.key, .document = api::account_document(made.id, "default", draft.now())};
    Diff changes = diff({}, account.document);
    intake::put_step(draft, nothing, {std::move(changes), std::move(account)}, origin);
    return api::put_first_key(draft, made, api::Scope::system, origin);
  });
  if (!written) return written.error();
  return std::optional(made.key.text);
}

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
  const bool fresh = !std::filesystem::exists(config.store);
  auto store = store::SqliteStore::open(
      {.path = config.store,
       .on_trouble = [on_lost = std::move(on_lost)](const std::optional<store::Trouble>& trouble) {
         log_trouble(trouble);
         if (trouble && trouble->final && on_lost) on_lost();
       }});
  if (!store) return store.error();
  auto key = load_master_key(master_key_variable, config.master_key_file, fresh, random);
  if (!key) return key.error();
  auto server = std::unique_ptr<Server>(
      new Server(std::make_unique<Parts>(config, *std::move(store), *std::move(key))));
  return server;
}

const std::optional<std::string>& Server::first_key() const {
  return parts_->first_key;
}

Result<void> Server::start() {
  Parts& p = *parts_;
  p.started = true;
  if (auto started = p.tail.start(); !started) return started;
  p.committer.on_committed([&p](std::vector<store::LogEntry> entries) {
    p.metrics.count_committed(entries.size());
    p.keys.follow(entries);
    p.sources.follow(entries);
    p.tail.append(std::move(entries));
  });
  p.committer.start();
  auto first_key = make_first_account(*p.store, p.committer, p.clock, p.random);
  if (!first_key) return first_key.error();
  p.first_key = *std::move(first_key);
  if (auto loaded = p.keys.load(*p.store); !loaded) return loaded;
  p.sources.on_trouble([](const Error& trouble) {
    log(Level::error, "source left out", {{"error", trouble.message}});
  });
  p.receiver.on_receipt([&p](const intake::ReceiptNote& note) {
    p.metrics.count_receipt(intake::to_string(note.acknowledgement.outcome.verdict()));
    log_receipt(note);
  });
  if (auto loaded = p.sources.load(); !loaded) return loaded;

  p.runner.on_disable([&p](const AccountId& account, const EndpointId& endpoint, const std::string& reason) {
    write_disabled(p.writer, account, endpoint, reason);
  });
  p.runner.on_attempt(log_attempt);
  p.delivery_loop.start("delivery");
  if (auto started = p.runner.start(); !started) return started;
  p.feed.start();
  p.upkeep_loop.start("upkeep");
  start_upkeep(*p.store, p.clock, p.upkeep_loop, p.config.retention);
  if (auto listening = p.server.start(); !listening) return listening;
  p.accepting = true;
  if (!p.config.port_file.empty())
    if (auto written = write_port(p.config.port_file, p.server.port()); !written) return written;
  return ok();
}

std::optional<Error> Server::lost() const {
  const auto trouble = parts_->store->trouble();
  return trouble && trouble->final ? std::optional(trouble->error) : std::nullopt;
}

std::uint16_t Server::port() const {
  return parts_->server.port();
}

void Server::stop() {
  Parts& p = *parts_;
  if (!p.started) return;
  p.started = false;
  p.accepting = false;
  p.feed.stop();
  p.server.stop(p.config.drain);
  p.runner.stop(p.config.drain);
  p.upkeep_loop.stop();
  p.committer.stop();
  p.delivery_loop.stop();
}

}  // namespace deltapost::app
