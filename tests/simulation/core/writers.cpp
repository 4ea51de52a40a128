#include "simulation/core/writers.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace deltapost::simulation {
namespace {

/// Ids that only senders of webhooks use.
bool is_a_senders(const RecordKey& record) {
  return record.id.starts_with("apt-") || (record.kind == Kind::contact && std::stoull(record.id) >= 900'000);
}

std::string target_of(const RecordKey& record) {
  return fmt::format("/v1/{}/{}", record.kind == Kind::lead ? "leads" : "contacts", wire_id(record));
}

/// The changes that a merge of plain fields, one level deep, makes of a document.
JsonObject merged(const JsonObject& document, const JsonObject& patch) {
  JsonObject changes;
  const auto set = [&](const std::string& path, const Json* before, const Json* after) {
    if (before == nullptr && after == nullptr) return;
    if (before != nullptr && after != nullptr && *before == *after) return;
    JsonObject sides;
    if (before != nullptr) sides["old"] = *before;
    if (after != nullptr) sides["new"] = *after;
    changes[path] = std::move(sides);
  };
  for (const auto& member : patch) {
    const std::string name(member.key());
    const Json* before = document.if_contains(name);
    if (!member.value().is_object()) {
      set(name, before, &member.value());
      continue;
    }
    for (const auto& inner : member.value().get_object())
      set(fmt::format("{}.{}", name, std::string(inner.key())),
          before != nullptr && before->is_object() ? before->get_object().if_contains(inner.key()) : nullptr,
          inner.value().is_null() ? nullptr : &inner.value());
  }
  return changes;
}

/// Whether all of the document is shown as it is.
bool shows(const JsonObject& shown, const JsonObject& document) {
  return std::ranges::all_of(document, [&](const auto& member) {
    const Json* value = shown.if_contains(member.key());
    return value != nullptr && same_json(*value, member.value());
  });
}

}  // namespace

Writers::Writers(Timeline& timeline, ApiClient& api, System& system, Ledger& ledger)
    : timeline_(timeline), api_(api), system_(system), ledger_(ledger) {}

void Writers::add_account(AccountId account, std::string key) {
  accounts_.push_back({std::move(account), std::move(key)});
}

std::string Writers::token_path(Kind kind) const {
  return kind == Kind::lead ? "additionalInfo.last" : "tracking.last";
}

std::optional<RecordKey> Writers::some_record(const Account& account) {
  std::vector<RecordKey> known;
  for (const auto& [key, versions] : ledger_.records())
    if (key.account == account.id && (key.kind == Kind::lead || key.kind == Kind::contact) &&
        !is_a_senders(key))
      known.push_back(key);
  if (known.empty()) return std::nullopt;
  return timeline_.one_of(known);
}

void Writers::write() {
  const Account& account = timeline_.one_of(accounts_);
  const auto record = some_record(account);
  if (!record || timeline_.below(5) == 0) return create(account);
  update(account, *record);
}

/// From few values, so that some writes change nothing; nulls among them.
JsonObject Writers::some_fields(Kind kind, const std::string& token) {
  JsonObject fields;
  const std::vector<Json> names{nullptr, "Ada", "Grace", "Edsger", "Barbara"};
  if (timeline_.chance(0.5)) fields["firstName"] = timeline_.one_of(names);
  if (timeline_.chance(0.3)) fields["lastName"] = timeline_.one_of(names);
  const char* inner = kind == Kind::lead ? "additionalInfo" : "tracking";
  JsonObject members;
  for (const char* key : {"state", "plan"})
    if (timeline_.chance(0.3)) members[key] = timeline_.one_of<Json>({nullptr, "", "CA", "NY"});
  if (!token.empty()) members["last"] = token;
  if (!members.empty()) fields[inner] = std::move(members);
  if (kind == Kind::lead && timeline_.chance(0.3)) fields["isHot"] = timeline_.chance(0.5);
  if (kind == Kind::contact && timeline_.chance(0.3))
    fields["status"] = timeline_.one_of<Json>({"POTENTIAL", "QUALIFIED"});
  return fields;
}

void Writers::create(const Account& account) {
  const Kind kind = timeline_.chance(0.6) ? Kind::lead : Kind::contact;
  auto write = std::make_shared<Write>();
  write->account = account.id;
  write->record = {account.id, kind, ""};
  write->method = "POST";
  write->creates = true;
  write->token = fmt::format("write {}", writes_.size());
  write->patch = some_fields(kind, write->token);
  if (kind == Kind::lead)  // now and then one that is taken already
    write->patch["phone"] =
        fmt::format("+1555555{:04}", timeline_.chance(0.1) ? timeline_.below(phones_ + 1) : phones_++);
  send(account, std::move(write), kind == Kind::lead ? "/v1/leads/create" : "/v1/contacts");
}

void Writers::update(const Account& account, const RecordKey& record) {
  auto write = std::make_shared<Write>();
  write->account = account.id;
  write->record = record;
  const bool deletes = timeline_.below(40) == 0;
  write->method = deletes ? "DELETE" : "PATCH";
  if (!deletes) {
    if (timeline_.chance(0.8)) write->token = fmt::format("write {}", writes_.size());
    write->patch = some_fields(record.kind, write->token);
  }
  if (timeline_.below(4) == 0) {
    const Version now = ledger_.newest(record)->version;
    write->if_match = timeline_.chance(0.8) ? now : now + 1 - std::min<Version>(now, timeline_.below(3));
  }
  send(account, std::move(write), target_of(record));
}

void Writers::send(const Account& account, std::shared_ptr<Write> write, std::string target) {
  write->keyed = timeline_.chance(0.6);
  const std::string key = write->keyed ? fmt::format("key-{}", writes_.size()) : "";
  writes_.push_back(write);
  std::optional<JsonObject> body;
  if (write->method != "DELETE") body = write->patch;
  api_.ask({.method = write->method,
            .target = std::move(target),
            .body = std::move(body),
            .idempotency_key = key,
            .if_match = write->if_match,
            .api_key = account.key},
           [this, write](const Told& told) { hear(*write, told); });
}

void Writers::erase() {
  const Account& account = timeline_.one_of(accounts_);
  const auto record = some_record(account);
  if (!record) return;
  timeline_.count("erasure");
  api_.ask({.method = "POST", .target = target_of(*record) + "/erase", .api_key = account.key},
           [](const Told&) {});
}

void Writers::look_back() {
  const Account& account = timeline_.one_of(accounts_);
  const auto record = some_record(account);
  if (!record) return;
  const auto& versions = ledger_.records().at(*record);
  const Time time = versions[timeline_.below(versions.size())].at;
  api_.ask({.method = "GET",
            .target = fmt::format("{}?at={}", target_of(*record), iso_millis(time)),
            .api_key = account.key},
           [this, record = *record, time, first = ledger_.at_time(*record, time)->version](const Told& told) {
             if (!told.good() || ledger_.newest(record)->document.contains("erasedAt")) return;
             timeline_.count("look back");
             const JsonObject& shown =
                 record.kind == Kind::lead ? told.body : told.body.at("data").at("contact").as_object();
             // The time may still be now, while the clock is behind: what comes meanwhile may be in the
             // answer.
             const Known* then = ledger_.at_time(record, time);
             for (Version version = first; version <= then->version; ++version)
               if (shows(shown, ledger_.find(record, version)->document)) return;
             timeline_.break_promise(fmt::format("{} {} at {} was told to be {}, its changes fold to {}",
                                                 to_string(record.kind), wire_id(record), iso_millis(time),
                                                 told.text, to_text(then->document)));
           });
}

// ---- answers

void Writers::hear(Write& write, const Told& told) {
  write.told = told;
  timeline_.tell(fmt::format("{} {} \"{}\" was answered with {} after {} tries", write.method,
                             wire_id(write.record), write.token, told.status, told.tries));
  if (!told.good()) return;
  timeline_.count("write acknowledged");
  const JsonObject& body = told.body;
  const Json* changed = body.if_contains("changed");
  write.changed = write.creates || (changed != nullptr && *changed == true);
  write.version = body.at("version").to_number<Version>();
  if (write.creates && write.record.kind == Kind::lead)
    write.record.id = std::string(body.at("id").as_string());
  if (write.creates && write.record.kind == Kind::contact)
    write.record.id = contact_key_id(body.at("data").at("contact").at("id").to_number<std::uint64_t>());
  if (system_.readable()) ledger_.follow(system_.truth());
  check_answer(write);
}

void Writers::check_answer(Write& write) {
  const std::string name = fmt::format("{} of {} \"{}\"", write.method, wire_id(write.record), write.token);
  const Known* known = ledger_.find(write.record, write.version);
  if (known == nullptr)
    return timeline_.break_promise(name + " was acknowledged and is not stored: " + write.told->text);
  if (write.creates || known->redacted) return;
  if (!write.changed || write.method == "DELETE") return;
  if (write.if_match && write.keyed && known->version != *write.if_match + 1)
    return timeline_.break_promise(name + " was applied to another version than If-Match said");
  const Known* before = ledger_.find(write.record, write.version - 1);
  if (before == nullptr || before->redacted) return;
  const JsonObject expected = merged(before->document, write.patch);
  if (known->changes != expected)
    timeline_.break_promise(fmt::format("{} changed {}, not {}", name, known->text, to_text(expected)));
}

void Writers::check() {
  for (const auto& write : writes_) {
    const std::string name =
        fmt::format("{} of {} \"{}\"", write->method, wire_id(write->record), write->token);
    const bool good = write->told && write->told->good();
    if (good && ledger_.find(write->record, write->version) == nullptr)
      return timeline_.break_promise(name + " was acknowledged and is gone");
    if (write->token.empty()) continue;
    std::size_t times = ledger_.times_set(token_path(write->record.kind), write->token);
    if (write->creates) times = 0;  // additionalInfo came whole; see below
    if (write->creates) {
      const char* whole = write->record.kind == Kind::lead ? "additionalInfo" : "tracking";
      for (const auto& [key, versions] : ledger_.records()) {
        const Json* made =
            key.account == write->account && key.kind == write->record.kind && !versions.front().redacted
                ? versions.front().document.if_contains(whole)
                : nullptr;
        const Json* last =
            made != nullptr && made->is_object() ? made->get_object().if_contains("last") : nullptr;
        times += last != nullptr && text_of(*last) == write->token ? 1 : 0;
      }
    }
    const bool doubtful = !write->told || write->told->doubtful;
    const std::size_t most = write->keyed  ? 1
                             : write->told ? static_cast<std::size_t>(write->told->tries)
                                           : 1'000;
    if (times > most) return timeline_.break_promise(fmt::format("{} was applied {} times", name, times));
    if (good && ledger_.find(write->record, write->version)->redacted) continue;
    if (good && write->changed && times == 0)
      return timeline_.break_promise(name + " was acknowledged and has changed nothing");
    if (!good && !doubtful && times > 0) return timeline_.break_promise(name + " was refused and applied");
  }
}

}  // namespace deltapost::simulation
