#include "simulation/core/ledger.hpp"

#include <fmt/format.h>

#include "record/json.hpp"

namespace deltapost::simulation {
namespace {

constexpr std::size_t kPage = 1000;

std::string name_of(const RecordKey& key, Version version) {
  return fmt::format("{} {} version {}", to_string(key.kind), wire_id(key), version);
}

/// The object that holds the last name of the path, made on the way when `make` is set.
JsonObject* holder(JsonObject& document, std::string_view path, std::string_view& last) {
  JsonObject* at = &document;
  for (std::size_t dot = path.find('.'); dot != std::string_view::npos; dot = path.find('.')) {
    Json* inside = at->if_contains(path.substr(0, dot));
    if (inside == nullptr || !inside->is_object()) return nullptr;
    at = &inside->get_object();
    path.remove_prefix(dot + 1);
  }
  last = path;
  return at;
}

bool is_redaction(const JsonObject& changes) {
  return changes.size() == 1 && changes.contains("redacted") && changes.at("redacted").is_string();
}

}  // namespace

std::string text_of(const Json& value) {
  return value.is_string() ? std::string(value.get_string()) : std::string();
}

const Json* value_at(const JsonObject& document, const std::string& path) {
  std::string_view last;
  JsonObject* at = holder(const_cast<JsonObject&>(document), path, last);
  return at != nullptr ? at->if_contains(last) : nullptr;
}

void Ledger::follow(store::Store& store) {
  for (store::Part part = 0; part < store.partitions(); ++part) {
    for (;;) {
      const auto page = store.read_log(part, read_[part], kPage);
      if (!page) return timeline_.break_promise(whose_ + ": the log cannot be read: " + page.error().message);
      if (page->entries.empty()) break;
      for (const auto& entry : page->entries) {
        if (entry.seq != read_[part] + 1)
          return timeline_.break_promise(fmt::format("{}: the log has a gap before {}", whose_, entry.seq));
        read_[part] = entry.seq;
        take(store, entry);
      }
    }
  }
}

void Ledger::take(store::Store& store, const store::LogEntry& entry) {
  const std::string name = fmt::format("{}: {}", whose_, name_of(entry.key, entry.version));
  std::vector<Known>& versions = records_[entry.key];
  if (entry.version != versions.size() + 1) return timeline_.break_promise(name + " is not the next version");
  if (entry.at < newest_time_[entry.part])
    return timeline_.break_promise(name + " was committed before the change before it");
  newest_time_[entry.part] = entry.at;

  Known known{.part = entry.part,
              .seq = entry.seq,
              .version = entry.version,
              .at = entry.at,
              .origin = entry.origin,
              .changes = *parse_json_object(entry.changes),
              .document = versions.empty() ? JsonObject{} : versions.back().document,
              .text = entry.changes};
  known.redacted = is_redaction(known.changes);
  if (known.redacted) {
    known.changes.clear();
  } else if (known.changes.empty()) {
    return timeline_.break_promise(name + " changes nothing");
  } else if (versions.empty() || !versions.back().redacted) {  // else nobody saw what it was
    fold(known.document, known.changes, name);
  }
  // An erasure does not tell what it emptied.
  if (known.redacted || known.changes.contains("erasedAt")) {
    const auto stored = store.find(entry.key);
    if (!stored || !*stored) return timeline_.break_promise(name + " has no record");
    known.document = *parse_json_object((*stored)->document);
  }
  for (const auto& member : known.changes)
    if (const Json* set = member.value().get_object().if_contains("new"); set != nullptr && set->is_string())
      ++times_set_[{std::string(member.key()), std::string(set->get_string())}];
  if (entry.origin.receipt != 0) ++of_receipt_[entry.origin.receipt];
  if (entry.key.kind == Kind::lead || entry.key.kind == Kind::contact) timeline_.count("change");
  timeline_.tell(fmt::format("{} at {}.{}: {}", name, entry.part, entry.seq,
                             known.redacted ? "redacted" : entry.changes.substr(0, 200)));
  log_.emplace_back(entry.key, entry.version);
  versions.push_back(std::move(known));
}

void Ledger::fold(JsonObject& document, const JsonObject& changes, const std::string& name) {
  for (const auto& member : changes) {
    const std::string path(member.key());
    const JsonObject& sides = member.value().as_object();
    const Json *was = sides.if_contains("old"), *is = sides.if_contains("new");
    std::string_view last;
    JsonObject* at = holder(document, path, last);
    if (at == nullptr) return timeline_.break_promise(name + ": nothing holds " + path);
    const Json* here = at->if_contains(last);
    if ((here == nullptr) != (was == nullptr) || (here != nullptr && *here != *was))
      return timeline_.break_promise(fmt::format("{}: {} was {}, not {}", name, path,
                                                 here != nullptr ? to_text(*here) : "absent",
                                                 was != nullptr ? to_text(*was) : "absent"));
    if ((was == nullptr) == (is == nullptr) && (was == nullptr || *was == *is))
      return timeline_.break_promise(name + ": " + path + " did not change");
    if (is != nullptr)
      (*at)[last] = *is;
    else
      at->erase(last);
  }
}

void Ledger::recheck(store::Store& store) {
  std::map<store::Part, std::vector<store::LogEntry>> logs;
  for (store::Part part = 0; part < store.partitions(); ++part)
    logs[part] = store.read_log(part, 0, 1'000'000)->entries;
  for (const auto& [key, versions] : records_) {
    for (const Known& known : versions) {
      const std::string name = fmt::format("{}: {}", whose_, name_of(key, known.version));
      const auto& log = logs[known.part];
      if (known.seq > log.size()) return timeline_.break_promise(name + " was lost");
      const store::LogEntry& entry = log[known.seq - 1];
      if (!(entry.key == key) || entry.version != known.version || entry.at != known.at)
        return timeline_.break_promise(name + " is another change now");
      const bool erased = versions.back().document.contains("erasedAt") && known.version < versions.size();
      if (erased && !is_redaction(*parse_json_object(entry.changes)))
        return timeline_.break_promise(name + " still tells of somebody who was erased");
      if (entry.changes == known.text) continue;
      if (!is_redaction(*parse_json_object(entry.changes)))
        return timeline_.break_promise(name + " was altered");
      redacted_since_.insert({known.part, known.seq});
    }
  }
}

void Ledger::compare_records(store::Store& store) {
  for (const auto& [key, versions] : records_) {
    const auto stored = store.find(key);
    const std::string name = fmt::format("{}: {}", whose_, name_of(key, versions.size()));
    if (!stored || !*stored) return timeline_.break_promise(name + " is gone");
    if ((*stored)->version != versions.size()) return timeline_.break_promise(name + " has another version");
    if (!same_json(Json(*parse_json_object((*stored)->document)), Json(versions.back().document)))
      return timeline_.break_promise(fmt::format("{} is {}, its changes fold to {}", name,
                                                 (*stored)->document, to_text(versions.back().document)));
  }
}

const Known* Ledger::find(const RecordKey& record, Version version) const {
  const auto found = records_.find(record);
  if (found == records_.end() || version == 0 || version > found->second.size()) return nullptr;
  return &found->second[version - 1];
}

const Known* Ledger::newest(const RecordKey& record) const {
  const auto found = records_.find(record);
  return found == records_.end() ? nullptr : &found->second.back();
}

const Known* Ledger::at_time(const RecordKey& record, Time time) const {
  const Known* then = nullptr;
  for (const Known& known : records_.at(record))
    if (known.at <= time) then = &known;
  return then;
}

std::size_t Ledger::times_set(const std::string& path, const std::string& value) const {
  const auto found = times_set_.find({path, value});
  return found == times_set_.end() ? 0 : found->second;
}

std::size_t Ledger::changes_of(store::ReceiptNumber receipt) const {
  const auto found = of_receipt_.find(receipt);
  return found == of_receipt_.end() ? 0 : found->second;
}

std::optional<RecordKey> Ledger::record_with(const AccountId& account, Kind kind,
                                             const std::string& id) const {
  for (const auto& [key, versions] : records_)
    if (key.account == account && key.kind == kind && wire_id(key) == id) return key;
  return std::nullopt;
}

}  // namespace deltapost::simulation
