#include "intake/outcome.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "record/contact.hpp"
#include "store/history.hpp"

namespace deltapost::intake {
namespace {

constexpr std::string_view kReceiptPrefix = "rc_";

constexpr std::array<std::pair<Verdict, std::string_view>, 6> kVerdicts{
    {{Verdict::accepted, "accepted"},
     {Verdict::duplicate, "duplicate"},
     {Verdict::stale, "stale"},
     {Verdict::no_change, "no_change"},
     {Verdict::quarantined, "quarantined"},
     {Verdict::rejected, "rejected"}}};

/// Of a request with several items, the verdict that a person must know of first.
constexpr std::array kGravest{Verdict::rejected, Verdict::quarantined, Verdict::accepted,
                              Verdict::stale,    Verdict::no_change,   Verdict::duplicate};

JsonArray texts(const std::vector<std::string>& list) {
  JsonArray array;
  for (const std::string& text : list) array.push_back(boost::json::string(text));
  return array;
}

/// As a record's id is written: a contact's as a number.
Json shown_id(const RecordKey& key) {
  if (key.kind == Kind::contact) return std::stoull(key.id);
  return boost::json::string(wire_id(key));
}

std::optional<RecordKey> read_record(const AccountId& account, const Json& value) {
  const auto kind = parse_kind(value.at("kind").as_string());
  if (!kind) return std::nullopt;
  const Json& id = value.at("id");
  if (*kind == Kind::contact) return RecordKey{account, *kind, contact_key_id(id.to_number<std::uint64_t>())};
  return RecordKey{account, *kind, std::string(id.as_string())};
}

/// Throws what boost::json throws for an outcome that we did not write.
Decided read_decided(const AccountId& account, const JsonObject& item) {
  Decided decided;
  if (const auto verdict = parse_verdict(item.at("verdict").as_string())) decided.verdict = *verdict;
  if (const Json* record = item.if_contains("record")) decided.record = read_record(account, *record);
  if (const Json* version = item.if_contains("version")) decided.version = version->to_number<Version>();
  return decided;
}

void put_text(JsonObject& object, std::string_view name, const std::string& text) {
  if (!text.empty()) object[name] = text;
}

}  // namespace

std::string_view to_string(Verdict verdict) {
  return std::ranges::find(kVerdicts, verdict, &std::pair<Verdict, std::string_view>::first)->second;
}

std::optional<Verdict> parse_verdict(std::string_view text) {
  const auto found = std::ranges::find(kVerdicts, text, &std::pair<Verdict, std::string_view>::second);
  return found == kVerdicts.end() ? std::nullopt : std::optional(found->first);
}

std::string receipt_id(store::ReceiptNumber number) {
  return fmt::format("{}{}", kReceiptPrefix, number);
}

std::optional<store::ReceiptNumber> parse_receipt_id(std::string_view text) {
  if (!text.starts_with(kReceiptPrefix)) return std::nullopt;
  text.remove_prefix(kReceiptPrefix.size());
  store::ReceiptNumber number = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool whole = read.ec == std::errc() && read.ptr == text.data() + text.size();
  constexpr store::ReceiptNumber kMost = ~store::ReceiptNumber{0} >> 1;
  if (!whole || text.front() == '0' || number > kMost) return std::nullopt;
  return number;
}

Verdict Outcome::verdict() const {
  if (whole) return *whole;
  for (const Verdict verdict : kGravest)
    if (std::ranges::find(items, verdict, &ItemOutcome::verdict) != items.end()) return verdict;
  return Verdict::accepted;
}

bool Outcome::has_flag(std::string_view name) const {
  return std::ranges::any_of(items, [&](const ItemOutcome& item) {
    return std::ranges::find(item.flags, name, &Flag::name) != item.flags.end();
  });
}

std::vector<Decided> decided_items(const AccountId& account, std::string_view outcome) {
  auto parsed = parse_json_object(outcome, store::kStoredJsonLimits);
  const Json* items = parsed ? parsed->if_contains("items") : nullptr;
  if (items == nullptr || !items->is_array()) return {};
  std::vector<Decided> decided;
  try {
    for (const Json& item : items->get_array()) decided.push_back(read_decided(account, item.as_object()));
  } catch (const std::exception&) {
    return {};
  }
  return decided;
}

JsonObject to_json(const ItemOutcome& item) {
  JsonObject object{{"verdict", to_string(item.verdict)}};
  put_text(object, "event", item.event);
  put_text(object, "eventId", item.event_id);
  if (item.record)
    object["record"] = JsonObject{{"kind", to_string(item.record->kind)}, {"id", shown_id(*item.record)}};
  if (item.version > 0) object["version"] = item.version;
  if (item.time) object["time"] = iso_millis(*item.time);
  if (!item.changed.empty()) object["changed"] = texts(item.changed);
  if (item.updated_attributes) object["updatedAttributes"] = texts(*item.updated_attributes);
  if (!item.flags.empty()) {
    JsonArray flags;
    for (const Flag& flag : item.flags) {
      JsonObject one{{"flag", flag.name}};
      put_text(one, "field", flag.field);
      put_text(one, "message", flag.message);
      flags.push_back(std::move(one));
    }
    object["flags"] = std::move(flags);
  }
  if (!item.ignored.empty()) object["ignored"] = texts(item.ignored);
  put_text(object, "reason", item.reason);
  put_text(object, "field", item.field);
  if (item.first > 0) object["receipt"] = receipt_id(item.first);
  return object;
}

JsonObject to_json(const Outcome& outcome) {
  JsonObject object;
  put_text(object, "reason", outcome.reason);
  put_text(object, "field", outcome.field);
  if (!outcome.items.empty()) {
    JsonArray items;
    for (const ItemOutcome& item : outcome.items) items.push_back(to_json(item));
    object["items"] = std::move(items);
  }
  return object;
}

}  // namespace deltapost::intake
