// Accounts and their API keys.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "api/accounts.hpp"
#include "api/audit.hpp"
#include "api/input.hpp"
#include "api/problem.hpp"
#include "api/reading.hpp"
#include "api/routes.hpp"
#include "api/writing.hpp"
#include "base/encoding.hpp"
#include "intake/audit.hpp"
#include "store/history.hpp"

namespace deltapost::api {
namespace {

constexpr std::size_t kDefaultPage = 20, kMaxPage = 100, kMaxName = 200;

JsonObject present_key(Services& services, const JsonObject& document) {
  return {{"id", document.at("id")},
          {"name", document.at("name")},
          {"scopes", document.at("scopes")},
          {"expiresAt", document.at("expiresAt")},
          {"lastUsedAt", time_or_null(services.keys.last_used(std::string(document.at("id").as_string())))},
          {"createdAt", document.at("createdAt")}};
}

void create_key(Services& services, Call call, net::Respond respond) {
  if (auto refusal = refuse_unless_json(call)) return respond(*std::move(refusal));
  auto input = json_body(call);
  if (!input) return respond(problem(input.error()));
  const NewKey key = make_key(services.random);
  write_record(services, call,
               {.key = {call.caller.account, Kind::api_key, key.id},
                .decide = [input = *std::move(input), key, most = call.caller.scope](
                              const Record*, Time now) { return key_document(input, key, most, now); },
                .body = [&services, key](const intake::Written& written) -> JsonObject {
                  return {{"apiKey", present_key(services, written.record.document)}, {"key", key.text}};
                },
                .status = 201,
                .confidential = true},
               std::move(respond));
}

net::Reply list_keys(Services& services, const Call& call) {
  return list_kind(services, call, Kind::api_key,
                   {.listing = "keys", .member = "keys", .default_page = kDefaultPage, .max_page = kMaxPage},
                   [&](const Record& record) { return present_key(services, record.document); });
}

/// Whether a key of the account other than `key` may administer it, as the draft leaves things. Decided where
/// commits are, so that two last ones cannot revoke each other.
Result<bool> another_admin(Services& services, store::Draft& draft, const RecordKey& key) {
  for (std::string after;;) {
    auto rows = services.store.list(key.account, Kind::api_key, after, kMaxPage);
    if (!rows) return rows.error();
    for (const auto& row : *rows) {
      if (row.key == key) continue;
      auto stored = draft.find(row.key);
      if (!stored) return stored.error();
      if (!*stored) continue;
      auto record = store::to_record(**stored);
      if (!record) return record.error();
      if (may_administer(*record, draft.now())) return true;
    }
    if (rows->size() < kMaxPage) return false;
    after = rows->back().key.id;
  }
}

void delete_key(Services& services, Call call, net::Respond respond) {
  auto key = record_param(call, Kind::api_key);
  if (!key) return respond(problem(key.error()));
  write_record(services, call,
               {.key = *key,
                .decide = [key = *key](const Record* current, Time now) -> Result<JsonObject> {
                  if (current == nullptr || current->deleted) return not_found(Kind::api_key, key.id);
                  JsonObject document = current->document;
                  document["deleted"] = true;
                  document["deletedAt"] = iso_millis(now);
                  return document;
                },
                .body = [](const intake::Written&) { return JsonObject{}; },
                .status = 204,
                .also = [&services, key = *key](store::Draft& draft, const intake::Written&) -> Result<void> {
                  auto another = another_admin(services, draft, key);
                  if (!another) return another.error();
                  if (*another) return ok();
                  return Error{.fault = Fault::conflict,
                               .message = "this is the account's last admin key; make another one first"};
                }},
               std::move(respond));
}

net::Reply get_account(Services& services, const Call& call) {
  if (auto known = only_params(call, {}); !known) return problem(known.error());
  auto stored = services.store.find({call.caller.account, Kind::account, call.caller.account.text()});
  if (!stored) return problem(stored.error());
  if (!*stored) return problem(not_found(Kind::account, call.caller.account.text()));
  auto account = store::to_record(**stored);
  if (!account) return problem(account.error());
  auto key = services.store.find({call.caller.account, Kind::api_key, call.caller.key_id});
  if (!key) return problem(key.error());
  if (!*key) return problem(not_found(Kind::api_key, call.caller.key_id));
  auto key_record = store::to_record(**key);
  if (!key_record) return problem(key_record.error());
  return json_reply(200,
                    {{"account", account->document}, {"key", present_key(services, key_record->document)}});
}

void create_account(Services& services, Call call, net::Respond respond) {
  if (auto refusal = refuse_unless_json(call)) return respond(*std::move(refusal));
  auto input = json_body(call);
  if (!input) return respond(problem(input.error()));
  const Json* name = input->if_contains("name");
  if (input->size() != (name != nullptr ? 1u : 0u))
    return respond(
        problem({.fault = Fault::invalid,
                 .message = "an account has only a name",
                 .field = std::string(input->begin()->key() == "name" ? std::next(input->begin())->key()
                                                                      : input->begin()->key())}));
  if (name == nullptr || !name->is_string() || name->get_string().empty() ||
      name->get_string().size() > kMaxName)
    return respond(problem({.fault = Fault::invalid,
                            .message = fmt::format("name is required, a text of 1 to {} bytes", kMaxName),
                            .field = "name"}));

  const NewAccount made = new_account(services.random, services.clock.now());
  write_record(services, call,
               {.key = account_record(made.id),
                .decide = [made, name = std::string(name->get_string())](const Record*, Time now)
                    -> Result<JsonObject> { return account_document(made.id, name, now); },
                .body = [made](const intake::Written& written) -> JsonObject {
                  return {{"account", written.record.document}, {"key", made.key.text}};
                },
                .status = 201,
                .confidential = true,
                .also =
                    [made, origin = origin_of(call)](store::Draft& draft, const intake::Written&) {
                      return put_first_key(draft, made, Scope::admin, origin);
                    }},
               std::move(respond));
}

/// {"receiptsDays": 30, …}: whole days, 0 for ever, null for what the server is set to.
Result<Json> check_retention(const Json& value) {
  constexpr std::array<std::string_view, 3> kMembers{"receiptsDays", "attemptsDays", "changesDays"};
  constexpr std::int64_t kMost = 36'500;
  const auto refuse = [](std::string field, std::string message) {
    return Error{.fault = Fault::invalid, .message = std::move(message), .field = std::move(field)};
  };
  if (value.is_null()) return value;
  if (!value.is_object())
    return refuse("retention",
                  "retention must be an object with receiptsDays, attemptsDays and changesDays, or null");
  for (const auto& [name, days] : value.get_object()) {
    const std::string field = fmt::format("retention.{}", std::string_view(name));
    if (std::ranges::find(kMembers, std::string_view(name)) == kMembers.end())
      return refuse(field, "there are receiptsDays, attemptsDays and changesDays");
    if (days.is_null()) continue;
    if (!days.is_int64() || days.get_int64() < 0 || days.get_int64() > kMost)
      return refuse(field,
                    fmt::format("must be a number of days from 0 (for ever) to {}, or null for what the "
                                "server is set to",
                                kMost));
  }
  return value;
}

void update_account(Services& services, Call call, net::Respond respond) {
  if (auto refusal = refuse_unless_json(call)) return respond(*std::move(refusal));
  auto input = json_body(call);
  if (!input) return respond(problem(input.error()));
  for (const auto& [name, value] : *input) {
    const bool good_name = name == "name" && value.is_string() && !value.get_string().empty() &&
                           value.get_string().size() <= kMaxName;
    if (good_name) continue;
    if (name == "name")
      return respond(problem({.fault = Fault::invalid,
                              .message = fmt::format("name must be a text of 1 to {} bytes", kMaxName),
                              .field = "name"}));
    if (name != "retention")
      return respond(problem({.fault = Fault::invalid,
                              .message = "an account has a name and a retention",
                              .field = std::string(name)}));
    if (auto checked = check_retention(value); !checked) return respond(problem(checked.error()));
  }
  const RecordKey key = account_record(call.caller.account);
  write_record(
      services, call,
      {.key = key,
       .decide = [input = *std::move(input), key](const Record* current, Time) -> Result<JsonObject> {
         auto record = must_exist(current, key);
         if (!record) return record.error();
         JsonObject document = (*record)->document;
         for (const auto& [name, value] : input) document[name] = value;
         return document;
       },
       .body = [](const intake::Written& written) -> JsonObject {
         return {{"account", written.record.document},
                 {"changed", written.changed},
                 {"version", written.record.version}};
       }},
      std::move(respond));
}

net::Reply list_accounts(Services& services, const Call& call) {
  if (auto known = only_params(call, {"limit", "nextToken"}); !known) return problem(known.error());
  auto limit = limit_param(call, kDefaultPage, kMaxPage);
  if (!limit) return problem(limit.error());
  std::string after;
  if (auto token = call.request.param("nextToken")) {
    auto position = services.cursors.decode(call.caller.account, "accounts", *token, "nextToken");
    if (!position) return problem(position.error());
    after = position->as_string();
  }
  auto rows = services.store.list_all(Kind::account);
  if (!rows) return problem(rows.error());
  std::ranges::sort(*rows, {}, [](const auto& row) { return row.key.id; });
  std::erase_if(*rows, [&](const auto& row) { return row.key.id <= after; });
  JsonArray accounts;
  for (const auto& row : *rows) {
    if (accounts.size() == *limit) break;
    auto record = store::to_record(row);
    if (!record) return problem(record.error());
    accounts.push_back(record->document);
  }
  Json next = nullptr;
  if (rows->size() > *limit)
    next = boost::json::string(
        services.cursors.encode(call.caller.account, "accounts", accounts.back().at("id")));
  return json_reply(200, {{"accounts", std::move(accounts)}, {"nextToken", std::move(next)}});
}

}  // namespace

NewAccount new_account(Random& random, Time now) {
  return {.id = AccountId("acc_" + time_ordered_id(random, now.time_since_epoch().count())),
          .key = make_key(random)};
}

RecordKey account_record(const AccountId& id) {
  return {id, Kind::account, id.text()};
}

JsonObject account_document(const AccountId& id, std::string_view name, Time now) {
  return {{"id", id.text()}, {"name", name}, {"createdAt", iso_millis(now)}};
}

Result<void> put_first_key(store::Draft& draft, const NewAccount& account, Scope scope,
                           const Origin& origin) {
  auto document = key_document({{"name", "first key"}, {"scopes", JsonArray{to_string(scope)}}}, account.key,
                               Scope::system, draft.now());
  if (!document) return document.error();
  Record record{.key = {account.id, Kind::api_key, account.key.id}, .document = *std::move(document)};
  const Record nothing{.key = record.key};
  Diff changes = diff({}, record.document);
  const auto step = intake::put_step(draft, nothing, {std::move(changes), std::move(record)}, origin);
  return intake::audit_step(draft, *step, origin);
}

std::vector<Route> account_routes() {
  return {
      route("GET", "/v1/account", Scope::read, get_account),
      {"PATCH", "/v1/account", Scope::admin, update_account},
      {"POST", "/v1/accounts", Scope::system, create_account},
      route("GET", "/v1/accounts", Scope::system, list_accounts),
      {"POST", "/v1/keys", Scope::admin, create_key},
      route("GET", "/v1/keys", Scope::admin, list_keys),
      {"DELETE", "/v1/keys/{keyId}", Scope::admin, delete_key},
  };
}

}  // namespace deltapost::api
