#include "torture/oracle.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace deltapost::torture {
namespace {

bool same(const std::optional<Json>& a, const std::optional<Json>& b) {
  return a.has_value() == b.has_value() && (!a || same_json(*a, *b));
}

std::string text(const std::optional<Json>& value) {
  return value ? to_text(*value) : "absent";
}

/// Why the log's change is not the one that was acknowledged; empty: it is.
std::string difference(const Claim& claim, const Fields& stored) {
  for (const auto& [path, sides] : claim.fields) {
    const auto found = stored.find(path);
    if (found == stored.end()) return fmt::format("does not say that {} became {}", path, text(sides.now));
    if (!same(found->second.now, sides.now) || (claim.whole && !same(found->second.old, sides.old)))
      return fmt::format("says {}: {} -> {}, not {} -> {}", path, text(found->second.old),
                         text(found->second.now), text(sides.old), text(sides.now));
  }
  if (!claim.whole) return {};
  for (const auto& [path, sides] : stored)
    if (!claim.fields.contains(path))
      return fmt::format("says that {} became {}, which nobody wrote", path, text(sides.now));
  return {};
}

bool has_event(const StoredChange& change, std::string_view type) {
  return std::ranges::any_of(change.events, [&](const Event& event) { return event.type == type; });
}

/// The event that the change must mean whatever else it means; empty: none is certain.
std::string_view certain_event(const Claim& claim) {
  if (claim.record.kind == Kind::contact) return claim.version == 1 ? "newContactCreated" : "contactUpdated";
  for (const auto& [path, sides] : claim.fields)
    if (path.starts_with("additionalInfo")) return "lead.additionalInfo.updated";
  return claim.fields.contains("deleted") ? "lead.deleted" : "";
}

/// `additionalInfo.plan` is a member of a member; anything else is a member.
void set(JsonObject& document, std::string_view path, const std::optional<Json>& value) {
  const std::size_t dot = path.find('.');
  JsonObject* object = &document;
  if (dot != std::string_view::npos) {
    Json& parent = document[path.substr(0, dot)];
    if (!parent.is_object()) parent = JsonObject();
    object = &parent.get_object();
  }
  const std::string_view name = path.substr(dot == std::string_view::npos ? 0 : dot + 1);
  if (value)
    (*object)[name] = *value;
  else
    erase_key(*object, name);
}

}  // namespace

JsonObject folded(const std::map<Version, Claim>& history) {
  JsonObject document;
  for (const auto& [version, claim] : history)
    for (const auto& [path, sides] : claim.fields) set(document, path, sides.now);
  return document;
}

void Oracle::acknowledged(Claim claim) {
  ++writes_;
  const RecordName record = claim.record;
  const Version version = claim.version;
  if (!records_[record].try_emplace(version, std::move(claim)).second)
    wrong(fmt::format("{} version {} was acknowledged for two writes", record.text(), version));
}

void Oracle::acknowledged(StoredReceipt receipt) {
  const std::string id = receipt.id;
  if (!receipts_.try_emplace(id, std::move(receipt)).second)
    wrong(fmt::format("receipt {} was acknowledged for two webhooks", id));
}

void Oracle::judge(const Stored& stored, Findings& findings) const {
  for (const std::string& what : answers_.told()) findings.add(Broken::wrong, what);
  judge_changes(stored, findings);
  judge_documents(stored, findings);
  judge_receipts(stored, findings);
}

void Oracle::judge_changes(const Stored& stored, Findings& findings) const {
  std::map<RecordName, std::map<Version, const StoredChange*>> logged;
  for (const StoredChange& change : stored.changes) {
    const bool first = logged[change.record].try_emplace(change.version, &change).second;
    if (!first)
      findings.add(Broken::wrong,
                   fmt::format("{} version {} is in the log twice", change.record.text(), change.version));
    const auto record = records_.find(change.record);
    if (record == records_.end() || !record->second.contains(change.version))
      findings.add(Broken::wrong, fmt::format("{} version {} is in the log, and nobody asked for it",
                                              change.record.text(), change.version));
  }
  for (const auto& [record, history] : records_) {
    for (const auto& [version, claim] : history) {
      const auto found = logged[record].find(version);
      if (found == logged[record].end()) {
        findings.add(Broken::lost, fmt::format("{} version {} was acknowledged and is not in the log",
                                               record.text(), version));
        continue;
      }
      if (const std::string why = difference(claim, found->second->fields); !why.empty())
        findings.add(Broken::wrong, fmt::format("{} version {}: the log {}", record.text(), version, why));
      if (const auto event = certain_event(claim); !event.empty() && !has_event(*found->second, event))
        findings.add(Broken::lost, fmt::format("{} version {} means no {}", record.text(), version, event));
    }
  }
}

void Oracle::judge_documents(const Stored& stored, Findings& findings) const {
  for (const auto& [record, history] : records_) {
    const auto found = stored.documents.find(record);
    if (found == stored.documents.end()) {
      findings.add(Broken::lost, fmt::format("{} was acknowledged and is not there", record.text()));
      continue;
    }
    const JsonObject expected = folded(history);
    for (const auto& field : expected) {
      const Json* value = found->second.if_contains(field.key());
      if (value == nullptr || !same_json(*value, field.value()))
        findings.add(Broken::wrong,
                     fmt::format("{}: {} is {}, not {}", record.text(), std::string(field.key()),
                                 value == nullptr ? "absent" : to_text(*value), to_text(field.value())));
    }
  }
}

void Oracle::judge_receipts(const Stored& stored, Findings& findings) const {
  std::map<std::string, const StoredReceipt*> kept;
  std::uint64_t unknown = 0;
  for (const StoredReceipt& receipt : stored.receipts) {
    kept[receipt.id] = &receipt;
    if (!receipts_.contains(receipt.id)) ++unknown;
  }
  for (const auto& [id, receipt] : receipts_) {
    const auto found = kept.find(id);
    if (found == kept.end())
      findings.add(Broken::lost, fmt::format("receipt {} was acknowledged and is not there", id));
    else if (found->second->verdict != receipt.verdict)
      findings.add(Broken::wrong, fmt::format("receipt {} is {}, but was answered {}", id,
                                              found->second->verdict, receipt.verdict));
    else if (found->second->digest != receipt.digest)
      findings.add(Broken::wrong, fmt::format("receipt {} does not keep what was sent", id));
  }
  if (unknown > unanswered_webhooks_)
    findings.add(Broken::wrong,
                 fmt::format("{} receipts that nobody was told of, and only {} webhooks without "
                             "an answer",
                             unknown, unanswered_webhooks_));
}

}  // namespace deltapost::torture
