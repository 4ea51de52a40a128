#include "api/reading.hpp"

#include <fmt/format.h>

#include "api/input.hpp"
#include "api/problem.hpp"
#include "format/event.hpp"
#include "store/chain.hpp"
#include "store/history.hpp"

namespace deltapost::api {
namespace {

constexpr std::size_t kDefaultPage = 100, kMaxPage = 1000;

Json receipt_or_null(store::ReceiptNumber number) {
  if (number == 0) return nullptr;
  return boost::json::string(intake::receipt_id(number));
}

}  // namespace

Json wire_id_json(const RecordKey& key) {
  if (key.kind == Kind::contact) return std::stoull(key.id);
  return boost::json::string(key.id);
}

Result<Record> read_record(Services& services, const Call& call, const RecordKey& key) {
  auto at = time_param(call, "at");
  if (!at) return at.error();
  if (*at) {
    auto then = store::at_time(services.store, key, **at);
    if (!then) return then.error();
    if (*then) return **std::move(then);
    return Error{.fault = Fault::not_found,
                 .message = fmt::format("there was no {} {} at {}", to_string(key.kind), wire_id(key),
                                        iso_millis(**at)),
                 .field = "at"};
  }
  auto stored = services.store.find(key);
  if (!stored) return stored.error();
  if (!*stored) return not_found(key.kind, wire_id(key));
  return store::to_record(**stored);
}

Result<Record> live_record(Services& services, const RecordKey& key) {
  auto stored = services.store.find(key);
  if (!stored) return stored.error();
  if (!*stored || (*stored)->deleted) return not_found(key.kind, wire_id(key));
  return store::to_record(**stored);
}

net::Reply list_kind(Services& services, const Call& call, Kind kind, const ListShape& shape,
                     const std::function<JsonObject(const Record&)>& present) {
  if (auto known = only_params(call, {"limit", "nextToken"}); !known) return problem(known.error());
  auto limit = limit_param(call, shape.default_page, shape.max_page);
  if (!limit) return problem(limit.error());
  std::string after;
  if (auto token = call.request.param("nextToken")) {
    auto position = services.cursors.decode(call.caller.account, shape.listing, *token, "nextToken");
    if (!position) return problem(position.error());
    after = position->as_string();
  }
  auto rows = services.store.list(call.caller.account, kind, after, *limit);
  if (!rows) return problem(rows.error());
  JsonArray shown;
  for (const auto& row : *rows) {
    if (row.deleted) continue;
    auto record = store::to_record(row);
    if (!record) return problem(record.error());
    shown.push_back(present(*record));
  }
  Json next = nullptr;
  if (rows->size() == *limit)
    next = boost::json::string(services.cursors.encode(call.caller.account, shape.listing,
                                                       boost::json::string(rows->back().key.id)));
  return json_reply(200, {{shape.member, std::move(shown)}, {"nextToken", std::move(next)}});
}

Result<JsonObject> present_change(const store::LogEntry& entry) {
  JsonObject shown{{"kind", to_string(entry.key.kind)},
                   {"id", wire_id_json(entry.key)},
                   {"version", entry.version},
                   {"at", iso_millis(entry.at)},
                   {"actor", entry.origin.actor},
                   {"source", entry.origin.source},
                   {"receipt", receipt_or_null(entry.origin.receipt)}};
  if (store::is_redacted(entry.changes)) {
    shown["redacted"] = true;
    shown["events"] = JsonArray{};
    return shown;
  }
  auto change = store::to_change(entry);
  if (!change) return change.error();
  JsonArray events;
  for (const auto& event : format::events_of(*change)) {
    JsonObject told{{"type", event.type}, {"id", event.id}};
    if (!event.subject.empty()) told["subject"] = event.subject;
    events.push_back(std::move(told));
  }
  shown["changes"] = diff_to_json(change->fields);
  shown["events"] = std::move(events);
  return shown;
}

net::Reply history_page(Services& services, const Call& call, const RecordKey& key) {
  if (auto known = only_params(call, {"after", "limit", "order"}); !known) return problem(known.error());
  auto limit = limit_param(call, kDefaultPage, kMaxPage);
  if (!limit) return problem(limit.error());
  auto after = number_param(call, "after");
  if (!after) return problem(after.error());
  const auto order = call.request.param("order").value_or("asc");
  if (order != "asc" && order != "desc")
    return problem({.fault = Fault::invalid, .message = "order must be asc or desc", .field = "order"});

  auto stored = services.store.find(key);
  if (!stored) return problem(stored.error());
  if (!*stored) return problem(not_found(key.kind, wire_id(key)));
  store::HistoryQuery query{.newest_first = order == "desc", .limit = *limit + 1};
  if (*after) {
    if (query.newest_first && **after == 0)
      query.up_to = 0;
    else if (query.newest_first)
      query.up_to = **after - 1;
    else
      query.after = **after;
  }
  auto entries = services.store.history(key, query);
  if (!entries) return problem(entries.error());
  Json next = nullptr;
  if (entries->size() > *limit) {
    entries->resize(*limit);
    next = entries->back().version;
  }
  JsonArray changes;
  for (const auto& entry : *entries) {
    auto shown = present_change(entry);
    if (!shown) return problem(shown.error());
    changes.push_back(*std::move(shown));
  }
  return json_reply(200, {{"changes", std::move(changes)}, {"next", std::move(next)}});
}

}  // namespace deltapost::api
