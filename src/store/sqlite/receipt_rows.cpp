#include "store/sqlite/receipt_rows.hpp"

#include "base/check.hpp"
#include "record/json.hpp"

namespace deltapost::store::sqlite {

Receipt to_receipt(Rows& row, Names& names, Database& database) {
  Receipt receipt;
  receipt.number = row.natural(0);
  receipt.account = AccountId(names.text(database, row.integer(1)));
  receipt.source = names.text(database, row.integer(2));
  receipt.at = row.time(3);
  receipt.verdict = static_cast<Verdict>(row.integer(4));
  receipt.resolution = row.text(5);
  receipt.about = about_from_text(receipt.account, row.text(6));
  receipt.outcome = row.text(7);
  return receipt;
}

std::string about_to_text(const std::vector<RecordKey>& about) {
  if (about.empty()) return {};
  JsonArray records;
  for (const auto& key : about) {
    records.push_back(JsonArray{static_cast<std::uint64_t>(key.kind), boost::json::string(key.id)});
  }
  return to_text(Json(std::move(records)));
}

std::vector<RecordKey> about_from_text(const AccountId& account, const std::string& text) {
  std::vector<RecordKey> about;
  if (text.empty()) return about;
  const Refusal corrupt{{Fault::corrupt, "a receipt does not tell which records it is about"}};
  auto records = parse_json(text);
  if (!records || !records->is_array()) throw corrupt;
  for (const Json& each : records->get_array()) {
    if (!each.is_array() || each.get_array().size() != 2) throw corrupt;
    const Json &kind = each.get_array()[0], &id = each.get_array()[1];
    if (!kind.is_int64() || !id.is_string()) throw corrupt;
    about.push_back({account, static_cast<Kind>(kind.get_int64()), std::string(id.get_string())});
  }
  return about;
}

}  // namespace deltapost::store::sqlite
