#include "torture/stored.hpp"

#include <fmt/format.h>

#include <functional>

#include "torture/api_writer.hpp"

namespace deltapost::torture {
namespace {

using Item = std::function<void(const JsonObject& item)>;

/// A list to read to its end. `items`: a JSON pointer; `next`: the member that holds the cursor, `parameter`:
/// the query's that takes it.
struct List {
  std::string path, items, next, parameter;
};

Result<void> read_all(app::ApiClient& api, const List& list, const Item& item) {
  std::string cursor;
  for (;;) {
    const std::string from =
        cursor.empty() ? "" : fmt::format("&{}={}", list.parameter, app::escaped(cursor));
    auto page = api.ask("GET", list.path + from);
    if (!page) return page.error();
    const JsonArray& items = page->at_pointer(list.items).as_array();
    for (const Json& one : items) item(one.as_object());
    cursor = page->at(list.next).is_string() ? text_at(*page, list.next) : "";
    if (cursor.empty() || items.empty()) return ok();
  }
}

RecordName name_of(const JsonObject& change) {
  return {parse_kind(text_at(change, "kind")).value_or(Kind::lead), text_at(change, "id")};
}

std::optional<Json> side(const Json& field, std::string_view name) {
  const Json* value = field.as_object().if_contains(name);
  return value == nullptr ? std::nullopt : std::optional(*value);
}

StoredChange read_change(const JsonObject& change) {
  StoredChange stored{.record = name_of(change), .version = number_at(change, "version")};
  for (const auto& field : change.at("changes").as_object())
    stored.fields[field.key()] = {.old = side(field.value(), "old"), .now = side(field.value(), "new")};
  for (const Json& event : change.at("events").as_array())
    stored.events.push_back({text_at(event, "type"), text_at(event, "id")});
  return stored;
}

}  // namespace

Result<Stored> read_stored(app::ApiClient& api) {
  Stored stored;
  const auto document_of = [&stored](Kind kind) -> Item {
    return [&stored, kind](const JsonObject& record) {
      stored.documents[{kind, text_at(record, "id")}] = record;
    };
  };
  const std::pair<List, Item> lists[] = {
      {{"/v1/changes?limit=1000", "/changes", "next", "after"},
       [&](const JsonObject& change) { stored.changes.push_back(read_change(change)); }},
      {{"/v1/leads?limit=1000", "/leads", "nextToken", "nextToken"}, document_of(Kind::lead)},
      {{"/v1/contacts?limit=100", "/data/contacts", "nextToken", "nextToken"}, document_of(Kind::contact)},
      {{"/v1/receipts?limit=500&order=asc", "/receipts", "nextToken", "nextToken"},
       [&](const JsonObject& receipt) {
         stored.receipts.push_back(
             {text_at(receipt, "id"), text_at(receipt, "verdict"), text_at(receipt, "digest")});
       }}};
  for (const auto& [list, item] : lists)
    if (auto read = read_all(api, list, item); !read) return read.error();
  return stored;
}

}  // namespace deltapost::torture
