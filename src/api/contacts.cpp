// Contacts: routes in iClosed's shape.
#include "record/contact.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "api/input.hpp"
#include "api/problem.hpp"
#include "api/reading.hpp"
#include "api/routes.hpp"
#include "api/writing.hpp"
#include "base/encoding.hpp"
#include "record/present.hpp"
#include "store/history.hpp"

namespace deltapost::api {
namespace {

constexpr std::size_t kDefaultPage = 20, kMaxPage = 100;
constexpr std::size_t kMaxScanned = 20'000;  // contacts looked at for one page
constexpr std::size_t kReadAhead = 500;
constexpr std::string_view kListing = "contacts";

JsonObject present(const Record& record) {
  return contact::present(record.document, record.updated_at, record.version);
}

constexpr std::size_t kUsualAnswer = 2048;

/// Written in one go: every write is answered with the whole contact.
std::string written_body(const intake::Written& written) {
  const Record& record = written.record;
  JsonWriter out(kUsualAnswer);
  out.open_object();
  out.key("data").open_object().key("contact");
  write_written(out, written);
  out.close_object();
  out.key("changed").boolean(written.changed);
  out.key("version").number(std::to_string(record.version));
  out.close_object();
  return out.take();
}

net::Reply record_reply(const Record& record) {
  net::Reply reply =
      json_reply(200, {{"data", JsonObject{{"contact", present(record)}}}, {"version", record.version}});
  reply.headers.push_back({"ETag", etag(record.version)});
  return reply;
}

Result<std::uint64_t> id_member(const JsonObject& input) {
  const Json* id = input.if_contains("id");
  boost::json::error_code error;
  const std::uint64_t number = id != nullptr && id->is_number() ? id->to_number<std::uint64_t>(error) : 0;
  if (error || number == 0 || number > contact::kMaxId)
    return Error{.fault = Fault::invalid,
                 .message = "id must be the contact's number, from 1 to 2^53 - 1, not a text",
                 .field = "id"};
  return number;
}

void create(Services& services, Call call, net::Respond respond) {
  if (auto refusal = refuse_unless_json(call)) return respond(*std::move(refusal));
  auto input = json_body(call);
  if (!input) return respond(problem(input.error()));
  auto number = std::make_shared<std::uint64_t>(0);  // an import brings its own; else the writer numbers it
  if (input->contains("id")) {
    auto id = id_member(*input);
    if (!id) return respond(problem(id.error()));
    *number = *id;
    erase_key(*input, "id");
  }
  const std::string preview_id = "contact_" + random_base62(services.random, 12);
  write_record(services, call,
               {.key = {call.caller.account, Kind::contact, *number == 0 ? "" : contact_key_id(*number)},
                .decide = [input = *std::move(input), number, preview_id](const Record* current,
                                                                          Time now) -> Result<JsonObject> {
                  if (current != nullptr)
                    return Error{.fault = Fault::conflict,
                                 .message = fmt::format("contact {} exists already; update it with PATCH "
                                                        "/v1/contacts/{} or leave the id out for a new one",
                                                        *number, *number),
                                 .field = "id",
                                 .other = std::to_string(*number)};
                  return contact::create(input, *number, preview_id, now);
                },
                .body = written_body,
                .numbered = [number](const std::string& id) { *number = std::stoull(id); }},
               std::move(respond));
}

void update_key(Services& services, const Call& call, const RecordKey& key, JsonObject input,
                net::Respond respond) {
  write_record(services, call,
               {.key = key,
                .decide = [input = std::move(input), key](Record* current, Time) -> Result<intake::Wanted> {
                  auto record = must_exist(current, key);
                  if (!record) return record.error();
                  return contact::update(std::move(current->document), input);
                },
                .body = written_body},
               std::move(respond));
}

void update(Services& services, Call call, net::Respond respond) {
  if (auto refusal = refuse_unless_json(call)) return respond(*std::move(refusal));
  auto input = json_body(call);
  if (!input) return respond(problem(input.error()));
  auto key = record_param(call, Kind::contact);
  if (!key) return respond(problem(key.error()));
  update_key(services, call, *key, *std::move(input), std::move(respond));
}

void update_by_body(Services& services, Call call, net::Respond respond) {
  if (auto refusal = refuse_unless_json(call)) return respond(*std::move(refusal));
  auto input = json_body(call);
  if (!input) return respond(problem(input.error()));
  auto id = id_member(*input);
  if (!id) return respond(problem(id.error()));
  update_key(services, call, {call.caller.account, Kind::contact, contact_key_id(*id)}, *std::move(input),
             std::move(respond));
}

void remove(Services& services, Call call, net::Respond respond) {
  auto key = record_param(call, Kind::contact);
  if (!key) return respond(problem(key.error()));
  write_record(services, call,
               {.key = *key,
                .decide = [key = *key](const Record* current, Time now) -> Result<JsonObject> {
                  auto record = must_exist(current, key);
                  if (!record) return record.error();
                  return contact::remove((*record)->document, now);
                },
                .body = written_body},
               std::move(respond));
}

net::Reply get_key(Services& services, const Call& call, const RecordKey& key) {
  auto record = read_record(services, call, key);
  return record ? record_reply(*record) : problem(record.error());
}

net::Reply get(Services& services, const Call& call) {
  if (auto known = only_params(call, {"at"}); !known) return problem(known.error());
  auto key = record_param(call, Kind::contact);
  if (!key) return problem(key.error());
  return get_key(services, call, *key);
}

net::Reply detail(Services& services, const Call& call) {
  if (auto known = only_params(call, {"contactId", "at"}); !known) return problem(known.error());
  auto id = number_param(call, "contactId");
  if (!id) return problem(id.error());
  if (!*id)
    return problem({.fault = Fault::invalid, .message = "contactId is required", .field = "contactId"});
  if (**id == 0 || **id > contact::kMaxId) return problem(not_found(Kind::contact, std::to_string(**id)));
  return get_key(services, call, {call.caller.account, Kind::contact, contact_key_id(**id)});
}

net::Reply history(Services& services, const Call& call) {
  auto key = record_param(call, Kind::contact);
  if (!key) return problem(key.error());
  return history_page(services, call, *key);
}

/// What GET /v1/contacts keeps; deleted contacts are left out.
struct Filter {
  std::string search;  // lower case
  std::vector<std::string> statuses;
  std::optional<Time> joined_from, joined_to;

  bool keeps(const Record& record) const {
    if (record.deleted) return false;
    const JsonObject& contact = record.document;
    if (!statuses.empty() && std::ranges::find(statuses, text_of(contact, "status")) == statuses.end())
      return false;
    if (joined_from || joined_to) {
      auto joined = parse_iso(text_of(contact, "joinedTime"));
      if (!joined || (joined_from && *joined < *joined_from) || (joined_to && *joined > *joined_to))
        return false;
    }
    if (search.empty()) return true;
    return std::ranges::any_of(
        std::initializer_list<const char*>{"firstName", "lastName", "email", "secondary_email", "phoneNumber",
                                           "secondary_phoneNumber"},
        [&](const char* field) { return lower(text_of(contact, field)).find(search) != std::string::npos; });
  }

  static std::string text_of(const JsonObject& contact, std::string_view field) {
    const Json* value = contact.if_contains(field);
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
  }
  static std::string lower(std::string text) {
    std::ranges::transform(text, text.begin(), [](unsigned char c) { return std::tolower(c); });
    return text;
  }
};

Result<Filter> parse_filter(const Call& call) {
  Filter filter;
  filter.search = Filter::lower(std::string(call.request.param("search").value_or("")));
  std::string_view statuses = call.request.param("statuses").value_or("");
  while (!statuses.empty()) {
    const std::size_t comma = std::min(statuses.find(','), statuses.size());
    const std::string_view status = statuses.substr(0, comma);
    if (std::ranges::find(contact::kStatuses, status) == contact::kStatuses.end())
      return Error{.fault = Fault::invalid,
                   .message = fmt::format("{} is no status; there are {}", status,
                                          fmt::join(contact::kStatuses, ", ")),
                   .field = "statuses"};
    filter.statuses.emplace_back(status);
    statuses.remove_prefix(std::min(comma + 1, statuses.size()));
  }
  auto from = time_param(call, "timeFrom");
  if (!from) return from.error();
  auto to = time_param(call, "timeTo");
  if (!to) return to.error();
  filter.joined_from = *from;
  filter.joined_to = *to;
  return filter;
}

net::Reply list(Services& services, const Call& call) {
  if (auto known = only_params(call, {"search", "statuses", "timeFrom", "timeTo", "limit", "nextToken"});
      !known)
    return problem(known.error());
  auto limit = limit_param(call, kDefaultPage, kMaxPage);
  if (!limit) return problem(limit.error());
  auto filter = parse_filter(call);
  if (!filter) return problem(filter.error());
  std::string after;
  if (auto token = call.request.param("nextToken")) {
    auto position = services.cursors.decode(call.caller.account, kListing, *token, "nextToken");
    if (!position) return problem(position.error());
    after = position->as_string();
  }

  JsonArray contacts;
  bool ended = false;
  for (std::size_t scanned = 0; !ended && scanned < kMaxScanned && contacts.size() < *limit;) {
    auto rows = services.store.list(call.caller.account, Kind::contact, after, kReadAhead);
    if (!rows) return problem(rows.error());
    ended = rows->size() < kReadAhead;
    for (const auto& row : *rows) {
      auto record = store::to_record(row);
      if (!record) return problem(record.error());
      ++scanned;
      after = row.key.id;
      if (filter->keeps(*record)) contacts.push_back(present(*record));
      if (contacts.size() == *limit) {
        ended = ended && &row == &rows->back();
        break;
      }
    }
  }
  Json next = nullptr;
  if (!ended)
    next = boost::json::string(
        services.cursors.encode(call.caller.account, kListing, Json(boost::json::string(after))));
  return json_reply(
      200, {{"data", JsonObject{{"contacts", std::move(contacts)}}}, {"nextToken", std::move(next)}});
}

}  // namespace

std::vector<Route> contact_routes() {
  return {
      {"POST", "/v1/contacts", Scope::write, create},
      {"PUT", "/v1/contacts", Scope::write, update_by_body},
      route("GET", "/v1/contacts", Scope::read, list),
      route("GET", "/v1/contacts/detail", Scope::read, detail),
      route("GET", "/v1/contacts/{id}", Scope::read, get),
      {"PATCH", "/v1/contacts/{id}", Scope::write, update},
      {"PUT", "/v1/contacts/{id}", Scope::write, update},
      {"DELETE", "/v1/contacts/{id}", Scope::write, remove},
      route("GET", "/v1/contacts/{id}/changes", Scope::read, history),
  };
}

}  // namespace deltapost::api
