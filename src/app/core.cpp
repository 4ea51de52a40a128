#include "app/core.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "api/accounts.hpp"
#include "app/log.hpp"
#include "intake/audit.hpp"

namespace deltapost::app {
namespace {

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

void log_guessing(const std::string& address) {
  log(Level::warn, "keys or tokens guessed", {{"address", address}});
}

/// One line per entry of an audit log.
void log_audited(const std::vector<store::LogEntry>& entries) {
  for (const auto& entry : entries) {
    if (entry.key.kind != Kind::audit || !entry.step) continue;
    const JsonObject told = intake::audit_entry(entry.step->after.document);
    if (told.empty()) continue;
    const JsonObject& subject = told.at("subject").as_object();
    log(Level::info, "audit",
        {{"action", told.at("action")},
         {"kind", subject.at("kind")},
         {"id", subject.at("id")},
         {"actor", entry.origin.actor},
         {"account", entry.key.account.text()},
         {"number", entry.version}});
  }
}

}  // namespace

Core::Core(std::unique_ptr<store::Store> store_in, MasterKey master_key_in, Surroundings outside,
           CoreOptions options)
    : store(std::move(store_in)),
      master_key(std::move(master_key_in)),
      committer(*store, outside.clock, options.commits),
      tail(*store, options.tail),
      writer(committer),
      sources(*store, master_key.sealer),
      receiver(*store, committer, sources, outside.clock),
      runner({*store, tail, committer, outside.sender, outside.turns, outside.clock, outside.random,
              master_key.sealer},
             std::move(options.runner)),
      keys(outside.clock),
      guesses(outside.clock, std::move(options.guesses), log_guessing),
      cursors(master_key.cursor_key),
      feed(tail, cursors),
      services{.store = *store,
               .tail = tail,
               .committer = committer,
               .writer = writer,
               .receiver = receiver,
               .sources = sources,
               .runner = runner,
               .keys = keys,
               .guesses = guesses,
               .feed = feed,
               .metrics = metrics,
               .guard = outside.guard,
               .sealer = master_key.sealer,
               .cursors = cursors,
               .clock = outside.clock,
               .random = outside.random,
               .accepting = [this] { return accepting.load(); },
               .http = [this] { return http(); }},
      router(services, api::all_routes()),
      outside_(outside) {}

Result<void> Core::open() {
  if (auto started = tail.start(); !started) return started;
  committer.on_committed([this](std::vector<store::LogEntry> entries) { follow(std::move(entries)); });
  if (auto made = make_first_account(); !made) return made;
  if (auto loaded = keys.load(*store); !loaded) return loaded;
  sources.on_trouble([](const Error& trouble) {
    log(Level::error, "source left out", {{"error", trouble.message}});
  });
  receiver.on_receipt([this](const intake::ReceiptNote& note) {
    metrics.count_receipt(intake::to_string(note.acknowledgement.outcome.verdict()));
    log_receipt(note);
  });
  runner.on_disable([this](const AccountId& account, const EndpointId& endpoint, const std::string& reason) {
    disable(account, endpoint, reason);
  });
  return sources.load();
}

/// On the committing thread.
void Core::follow(std::vector<store::LogEntry> entries) {
  metrics.count_committed(entries.size());
  log_audited(entries);
  keys.follow(entries);
  sources.follow(entries);
  tail.append(std::move(entries));
}

/// What a new endpoint state means is the engine's to find and the record's to keep.
void Core::disable(const AccountId& account, const EndpointId& endpoint, const std::string& reason) {
  log(Level::warn, "endpoint disabled", {{"endpoint", endpoint.text()}, {"reason", reason}});
  writer.write({.key = {account, Kind::endpoint, endpoint.text()},
                .origin = {.actor = "system:delivery", .source = "delivery"},
                .decide = [reason, endpoint](const Record* current, Time now) -> Result<JsonObject> {
                  if (current == nullptr || current->deleted)
                    return Error{.fault = Fault::not_found,
                                 .message = "endpoint " + endpoint.text() + " is gone"};
                  return delivery::disable_endpoint(current->document, reason, now);
                },
                .answer = [](const intake::Written&) { return std::string(); },
                .wait = store::Wait::any},
               [endpoint](Result<intake::Answered> written) {
                 if (!written && written.error().fault != Fault::not_found)
                   log(Level::error, "endpoint not disabled",
                       {{"endpoint", endpoint.text()}, {"error", written.error().message}});
               });
}

/// A new store gets an account and a key that may do everything.
Result<void> Core::make_first_account() {
  auto accounts = store->list_all(Kind::account);
  if (!accounts) return accounts.error();
  if (!accounts->empty()) return ok();
  const api::NewAccount made = api::new_account(outside_.random, outside_.clock.now());
  return committer.run([&](store::Draft& draft) -> Result<void> {
    const deltapost::Origin origin{.actor = "system:first-start", .source = "system"};
    const Record nothing{.key = api::account_record(made.id)};
    Record account{.key = nothing.key, .document = api::account_document(made.id, "default", draft.now())};
    Diff changes = diff({}, account.document);
    const auto step = intake::put_step(draft, nothing, {std::move(changes), std::move(account)}, origin);
    if (auto audited = intake::audit_step(draft, *step, origin); !audited) return audited;
    auto put = api::put_first_key(draft, made, api::Scope::system, origin);
    if (put) show_first_key(made.key.text);
    return put;
  });
}

}  // namespace deltapost::app
