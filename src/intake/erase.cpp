#include "intake/erase.hpp"

#include <fmt/format.h>

#include "intake/audit.hpp"
#include "intake/uniques.hpp"
#include "intake/writer.hpp"
#include "store/history.hpp"

namespace deltapost::intake {
namespace {

Json emptied(const Json& value) {
  if (value.is_object()) return JsonObject{};
  if (value.is_array()) return JsonArray{};
  if (value.is_bool()) return false;
  return nullptr;
}

/// What this step says of itself: nothing of what was there. The fields that it emptied are redacted with the
/// rest.
Diff told(const JsonObject& before, const JsonObject& after) {
  Diff changes;
  for (const char* name : {"deleted", "deletedAt", "erasedAt"}) {
    const Json* was = before.if_contains(name);
    const Json* is = after.if_contains(name);
    if (is == nullptr || (was != nullptr && same_json(*was, *is))) continue;
    changes.push_back({{name}, was == nullptr ? std::nullopt : std::optional(*was), *is});
  }
  return changes;
}

}  // namespace

JsonObject erased_document(const JsonObject& document, Time now) {
  JsonObject erased;
  for (const auto& member : document) {
    const std::string_view name = member.key();
    const bool stays = name == "id" || name == "createdAt" || name == "deletedAt";
    erased[name] = stays ? member.value() : emptied(member.value());
  }
  if (erased.contains("deleted")) erased["deleted"] = true;
  if (erased["deletedAt"].is_null()) erased["deletedAt"] = iso_millis(now);
  erased["erasedAt"] = iso_millis(now);
  return erased;
}

Result<bool> erase(store::Draft& draft, const RecordKey& key, const Origin& origin) {
  auto stored = draft.find(key);
  if (!stored) return stored.error();
  if (!*stored)
    return Error{Fault::not_found, fmt::format("there is no {} {}", to_string(key.kind), wire_id(key))};
  auto before = store::to_record(**stored);
  if (!before) return before.error();
  if (before->document.contains("erasedAt")) return false;
  Record after{.key = key, .document = erased_document(before->document, draft.now())};
  after.deleted = true;
  const Diff all = diff(before->document, after.document);
  if (auto released = claim_values(draft, *before, after, all); !released) return released.error();
  Diff changes = told(before->document, after.document);
  put_step(draft, *before, {std::move(changes), std::move(after)}, origin);
  draft.put(store::Erasure{key, before->version});
  const std::string kind(to_string(key.kind));
  auto audited =
      put_audit(draft, key.account, {.action = kind + ".erased", .kind = kind, .id = wire_id(key)}, origin);
  if (!audited) return audited.error();
  return true;
}

}  // namespace deltapost::intake
