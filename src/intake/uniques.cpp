#include "intake/uniques.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>

#include "record/diff.hpp"

namespace deltapost::intake {
namespace {

Error taken(const store::UniqueValue& unique, const std::string& holder) {
  // The scope is "<kind>.<field>".
  const auto dot = unique.scope.find('.');
  const std::string kind = unique.scope.substr(0, dot), field = unique.scope.substr(dot + 1);
  return {.fault = Fault::conflict,
          .message = fmt::format("{} {} belongs to {} {} already; update that {} or give another {}", field,
                                 unique.value, kind, holder, kind, field),
          .field = field,
          .other = holder};
}

std::string text_of(const JsonObject& document, std::string_view field) {
  const Json* value = document.if_contains(field);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

/// E-mail addresses are the same whatever their case.
std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text;
}

std::string scope(Kind kind, std::string_view field) {
  return fmt::format("{}.{}", to_string(kind), field);
}

std::string link_scope(Kind kind, const std::string& source) {
  return fmt::format("{}@{}", to_string(kind), source);
}

/// What unique_values and lookup_values look at.
constexpr std::array<std::string_view, 3> kLookedAt{"phone", "email", "phoneNumber"};

bool hold_the_same(const Record& before, const Record& after, const Diff& changes) {
  return before.version > 0 && before.deleted == after.deleted &&
         std::ranges::none_of(changes, [](const FieldChange& change) {
           return std::ranges::find(kLookedAt, change.path.front()) != kLookedAt.end();
         });
}

/// What the document had of it.
JsonObject looked_at_before(const JsonObject& after, const Diff& changes) {
  JsonObject before;
  for (const std::string_view field : kLookedAt) {
    const auto change = std::ranges::find_if(changes, [&](const FieldChange& each) {
      return each.path.size() == 1 && each.path.front() == field;
    });
    const Json* now = after.if_contains(field);
    if (change == changes.end() && now != nullptr) before.emplace(field, *now);
    if (change != changes.end() && change->old_value) before.emplace(field, *change->old_value);
  }
  return before;
}

bool holds(const std::vector<store::UniqueValue>& values, const store::UniqueValue& value) {
  return std::ranges::find(values, value) != values.end();
}

Result<void> move_claims(store::Draft& draft, const std::string& id,
                         const std::vector<store::UniqueValue>& before,
                         const std::vector<store::UniqueValue>& after, bool exclusive) {
  std::vector<store::UniqueClaim> moves;
  for (const auto& value : before) {
    if (holds(after, value)) continue;
    auto holder = draft.holder_of(value);
    if (!holder) return holder.error();
    if (*holder == id) moves.push_back({value, ""});
  }
  for (const auto& value : after) {
    if (holds(before, value)) continue;
    auto holder = draft.holder_of(value);
    if (!holder) return holder.error();
    if (*holder && **holder != id) {
      if (exclusive) return taken(value, **holder);
      continue;
    }
    if (!*holder) moves.push_back({value, id});
  }
  for (auto& move : moves) draft.claim(std::move(move));
  return ok();
}

}  // namespace

std::vector<store::UniqueValue> unique_values(const RecordKey& key, const JsonObject& document,
                                              bool deleted) {
  if (key.kind != Kind::lead || deleted) return {};
  const std::string phone = text_of(document, "phone");
  if (phone.empty()) return {};
  return {{key.account, scope(Kind::lead, "phone"), phone}};
}

std::vector<store::UniqueValue> lookup_values(const RecordKey& key, const JsonObject& document,
                                              bool deleted) {
  std::vector<store::UniqueValue> values;
  if (deleted || (key.kind != Kind::lead && key.kind != Kind::contact)) return values;
  if (const std::string email = lower(text_of(document, "email")); !email.empty())
    values.push_back({key.account, scope(key.kind, "email"), email});
  if (const std::string phone = text_of(document, "phoneNumber"); !phone.empty())
    values.push_back({key.account, scope(key.kind, "phoneNumber"), phone});
  return values;
}

Result<void> claim_values(store::Draft& draft, const Record& before, const Record& after,
                          const Diff& changes) {
  if (hold_the_same(before, after, changes)) return ok();
  const JsonObject was = looked_at_before(after.document, changes);
  const auto claimed = move_claims(draft, after.key.id, unique_values(after.key, was, before.deleted),
                                   unique_values(after.key, after.document, after.deleted), true);
  if (!claimed) return claimed;
  return move_claims(draft, after.key.id, lookup_values(after.key, was, before.deleted),
                     lookup_values(after.key, after.document, after.deleted), false);
}

Result<std::optional<std::string>> holder_of(store::Draft& draft, const AccountId& account, Kind kind,
                                             std::string_view field, const std::string& value) {
  return draft.holder_of({account, scope(kind, field), field == "email" ? lower(value) : value});
}

Result<std::optional<std::string>> linked(store::Draft& draft, const AccountId& account, Kind kind,
                                          const std::string& source, const std::string& their_id) {
  return draft.holder_of({account, link_scope(kind, source), their_id});
}

void link(store::Draft& draft, const RecordKey& record, const std::string& source,
          const std::string& their_id) {
  draft.claim({{record.account, link_scope(record.kind, source), their_id}, record.id});
}

}  // namespace deltapost::intake
