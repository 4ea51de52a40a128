#include "intake/audit.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "intake/writer.hpp"
#include "record/diff.hpp"
#include "store/history.hpp"

namespace deltapost::intake {
namespace {

constexpr const char* kEntry = "entry";
constexpr std::string_view kSecretRevision = "secretRevision", kTokenRevision = "tokenRevision";
constexpr std::string_view kHash = "secretHash";

bool is_configuration(Kind kind) {
  return kind != Kind::lead && kind != Kind::contact && kind != Kind::audit;
}

std::string action_of(const Step& step) {
  const auto only = [&](std::string_view name) {
    return std::ranges::all_of(step.changes,
                               [&](const FieldChange& change) { return dotted(change.path) == name; });
  };
  const std::string_view kind = to_string(step.after.key.kind);
  if (step.after.version == 1) return fmt::format("{}.created", kind);
  if (step.after.deleted) return fmt::format("{}.deleted", kind);
  if (only(kSecretRevision)) return fmt::format("{}.secret.rotated", kind);
  if (only(kTokenRevision)) return fmt::format("{}.token.rotated", kind);
  return fmt::format("{}.updated", kind);
}

JsonObject entry_document(AuditEntry entry) {
  JsonObject told{{"action", std::move(entry.action)},
                  {"subject", {{"kind", std::move(entry.kind)}, {"id", std::move(entry.id)}}}};
  if (entry.version != 0) {
    told["version"] = entry.version;
    told["changes"] = std::move(entry.changes);
  }
  if (!entry.details.empty()) told["details"] = std::move(entry.details);
  return told;
}

}  // namespace

RecordKey audit_key(const AccountId& account) {
  return {account, Kind::audit, account.text()};
}

Result<void> put_audit(store::Draft& draft, const AccountId& account, AuditEntry entry,
                       const Origin& origin) {
  const RecordKey key = audit_key(account);
  auto stored = draft.find(key);
  if (!stored) return stored.error();
  Record before{.key = key};
  if (*stored) {
    auto record = store::to_record(**stored);
    if (!record) return record.error();
    before = *std::move(record);
  }
  // In an array, because arrays are compared whole: each change then holds its entry whole. The number tells
  // two entries apart that say the same.
  JsonObject told = entry_document(std::move(entry));
  told["number"] = before.version + 1;
  Record after{.key = key, .document = {{kEntry, JsonArray{std::move(told)}}}};
  Diff changes = diff(before.document, after.document);
  put_step(draft, before, {std::move(changes), std::move(after)}, origin);
  return ok();
}

std::optional<AuditEntry> audit_of(const Step& step) {
  const Record& record = step.after;
  if (!is_configuration(record.key.kind)) return {};
  AuditEntry entry{.action = action_of(step),
                   .kind = std::string(to_string(record.key.kind)),
                   .id = wire_id(record.key),
                   .version = record.version};
  entry.changes = diff_to_json(step.changes);
  erase_key(entry.changes, kHash);
  return entry;
}

Result<void> audit_step(store::Draft& draft, const Step& step, const Origin& origin) {
  auto entry = audit_of(step);
  if (!entry) return ok();
  return put_audit(draft, step.after.key.account, *std::move(entry), origin);
}

JsonObject audit_entry(const JsonObject& document) {
  const Json* entry = document.if_contains(kEntry);
  if (entry == nullptr || !entry->is_array() || entry->get_array().size() != 1) return {};
  const Json& told = entry->get_array().front();
  return told.is_object() ? told.get_object() : JsonObject{};
}

}  // namespace deltapost::intake
