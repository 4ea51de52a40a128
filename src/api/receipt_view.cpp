#include "api/receipt_view.hpp"

#include "api/reading.hpp"
#include "base/encoding.hpp"
#include "intake/outcome.hpp"
#include "record/contact.hpp"
#include "record/lead.hpp"
#include "store/history.hpp"

namespace deltapost::api {
namespace {

constexpr std::size_t kMaxRecords = 10;  // shown beside a receipt

Json parsed_or_null(const std::string& text) {
  if (text.empty()) return nullptr;
  auto parsed = parse_json(text, store::kStoredJsonLimits);
  return parsed ? *std::move(parsed) : Json(nullptr);
}

/// The records that a shown receipt names.
std::vector<RecordKey> named_records(const AccountId& account, const JsonObject& shown) {
  std::vector<RecordKey> keys;
  const Json* items = shown.if_contains("items");
  if (items == nullptr || !items->is_array()) return keys;
  for (const Json& item : items->get_array()) {
    const Json* record = item.is_object() ? item.get_object().if_contains("record") : nullptr;
    if (record == nullptr || keys.size() == kMaxRecords) continue;
    const auto kind = parse_kind(record->at("kind").as_string());
    if (!kind) continue;
    const Json& id = record->at("id");
    RecordKey key{
        account, *kind,
        *kind == Kind::contact ? contact_key_id(id.to_number<std::uint64_t>()) : std::string(id.as_string())};
    if (std::ranges::find(keys, key) == keys.end()) keys.push_back(std::move(key));
  }
  return keys;
}

}  // namespace

JsonObject present(const store::Receipt& receipt) {
  JsonObject shown{{"id", intake::receipt_id(receipt.number)},
                   {"source", receipt.source},
                   {"at", iso_millis(receipt.at)},
                   {"verdict", intake::to_string(receipt.verdict)}};
  if (const Json outcome = parsed_or_null(receipt.outcome); outcome.is_object())
    for (const auto& member : outcome.get_object()) shown[member.key()] = member.value();
  shown["resolution"] = parsed_or_null(receipt.resolution);
  return shown;
}

Result<JsonObject> present_whole(Services& services, const store::Receipt& receipt) {
  JsonObject shown = present(receipt);
  JsonArray records;
  for (const RecordKey& key : named_records(receipt.account, shown)) {
    auto stored = services.store.find(key);
    if (!stored) return stored.error();
    if (!*stored) continue;
    auto record = store::to_record(**stored);
    if (!record) return record.error();
    JsonObject document = key.kind == Kind::lead
                              ? lead::present(record->document, record->updated_at, record->version)
                              : contact::present(record->document, record->updated_at, record->version);
    records.push_back(JsonObject{
        {"kind", to_string(key.kind)}, {"id", wire_id_json(key)}, {"record", std::move(document)}});
  }
  shown["records"] = std::move(records);
  shown["headers"] = parsed_or_null(receipt.headers);
  const bool text = valid_utf8(receipt.body);
  shown["body"] = text ? Json(boost::json::string(receipt.body)) : Json(nullptr);
  if (!text) shown["bodyBase64"] = base64(receipt.body);
  return shown;
}

Result<store::ReceiptNumber> receipt_number(std::string_view id) {
  if (const auto number = intake::parse_receipt_id(id)) return *number;
  return Error{.fault = Fault::not_found, .message = "there is no receipt " + std::string(id)};
}

Error no_such_receipt(store::ReceiptNumber number) {
  return {.fault = Fault::not_found, .message = "there is no receipt " + intake::receipt_id(number)};
}

}  // namespace deltapost::api
