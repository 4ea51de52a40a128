// Leads: routes in Apten's shape.
#include "record/lead.hpp"

#include <fmt/format.h>

#include "api/input.hpp"
#include "api/listing.hpp"
#include "api/problem.hpp"
#include "api/reading.hpp"
#include "api/routes.hpp"
#include "api/writing.hpp"
#include "base/encoding.hpp"
#include "record/present.hpp"
#include "store/history.hpp"

namespace deltapost::api {
namespace {

constexpr std::size_t kDefaultPage = 100, kMaxPage = 1000;

JsonObject present(const Record& record) {
  return lead::present(record.document, record.updated_at, record.version);
}

constexpr std::size_t kUsualAnswer = 1024;

/// Written in one go: every update is answered with the whole lead.
std::string updated_body(const intake::Written& written, std::string_view message) {
  const Record& record = written.record;
  JsonWriter out(kUsualAnswer);
  out.open_object();
  out.key("message").string(written.changed ? message : "Nothing changed.");
  out.key("changed").boolean(written.changed);
  out.key("version").number(std::to_string(record.version));
  out.key("lead");
  write_written(out, written);
  out.close_object();
  return out.take();
}

net::Reply record_reply(const Record& record) {
  net::Reply reply = json_reply(200, present(record));
  reply.headers.push_back({"ETag", etag(record.version)});
  return reply;
}

void create(Services& services, Call call, net::Respond respond) {
  if (auto refusal = refuse_unless_json(call)) return respond(*std::move(refusal));
  auto input = json_body(call);
  if (!input) return respond(problem(input.error()));
  const std::string id =
      "lead_" + time_ordered_id(services.random, services.clock.now().time_since_epoch().count());
  write_record(services, call,
               {.key = {call.caller.account, Kind::lead, id},
                .decide = [input = *std::move(input), id](const Record*,
                                                          Time now) { return lead::create(input, id, now); },
                .body = [](const intake::Written& written) -> JsonObject {
                  return {{"message", "Lead created successfully."},
                          {"id", written.record.key.id},
                          {"version", written.record.version},
                          {"lead", present(written.record)}};
                }},
               std::move(respond));
}

/// What an update makes of the lead, given the request's body.
using Update = Result<Edited> (*)(JsonObject current, const JsonObject& input);

/// A route that changes an existing lead with a JSON body.
AnswerLater updating(Update update, UniqueFunction<AnswerBody(const intake::Written&)> (*body)()) {
  return [update, body](Services& services, Call call, net::Respond respond) {
    if (auto refusal = refuse_unless_json(call)) return respond(*std::move(refusal));
    auto input = json_body(call);
    if (!input) return respond(problem(input.error()));
    auto key = record_param(call, Kind::lead);
    if (!key) return respond(problem(key.error()));
    write_record(services, call,
                 {.key = *key,
                  .decide = [input = *std::move(input), key = *key, update](Record* current,
                                                                            Time) -> Result<intake::Wanted> {
                    auto record = must_exist(current, key);
                    if (!record) return record.error();
                    return update(std::move(current->document), input);
                  },
                  .body = body()},
                 std::move(respond));
  };
}

UniqueFunction<AnswerBody(const intake::Written&)> update_answer() {
  return [](const intake::Written& written) { return updated_body(written, "Lead updated successfully."); };
}

UniqueFunction<AnswerBody(const intake::Written&)> context_answer() {
  return [](const intake::Written& written) { return updated_body(written, "Success"); };
}

UniqueFunction<AnswerBody(const intake::Written&)> tags_answer() {
  return [](const intake::Written& written) -> JsonObject {
    return {{"tags", written.record.document.at("tags")},
            {"changed", written.changed},
            {"version", written.record.version}};
  };
}

void remove(Services& services, Call call, net::Respond respond) {
  auto key = record_param(call, Kind::lead);
  if (!key) return respond(problem(key.error()));
  write_record(services, call,
               {.key = *key,
                .decide = [key = *key](const Record* current, Time now) -> Result<JsonObject> {
                  auto record = must_exist(current, key);
                  if (!record) return record.error();
                  return lead::remove((*record)->document, now);
                },
                .body =
                    [](const intake::Written& written) {
                      return updated_body(written, "Lead deleted successfully.");
                    }},
               std::move(respond));
}

net::Reply get(Services& services, const Call& call) {
  if (auto known = only_params(call, {"at"}); !known) return problem(known.error());
  auto key = record_param(call, Kind::lead);
  if (!key) return problem(key.error());
  auto record = read_record(services, call, *key);
  return record ? record_reply(*record) : problem(record.error());
}

net::Reply lookup(Services& services, const Call& call) {
  if (auto known = only_params(call, {"phone"}); !known) return problem(known.error());
  std::string given(call.request.param("phone").value_or(""));
  // In a query `+` means a space, and callers forget to escape it.
  if (given.starts_with(' ')) given[0] = '+';
  if (!given.empty() && given[0] != '+') given.insert(given.begin(), '+');
  auto phone = lead::normalise_phone(given);
  if (!phone) return problem(phone.error());
  auto holder = services.store.holder_of({call.caller.account, "lead.phone", *phone});
  if (!holder) return problem(holder.error());
  if (!*holder) return problem(not_found(Kind::lead, "with phone " + *phone));
  auto stored = services.store.find({call.caller.account, Kind::lead, **holder});
  if (!stored) return problem(stored.error());
  if (!*stored) return problem(not_found(Kind::lead, **holder));
  auto record = store::to_record(**stored);
  return record ? record_reply(*record) : problem(record.error());
}

net::Reply history(Services& services, const Call& call) {
  auto key = record_param(call, Kind::lead);
  if (!key) return problem(key.error());
  return history_page(services, call, *key);
}

net::Reply list(Services& services, const Call& call) {
  if (auto known = only_params(call, {"updatedSince", "createdSince", "limit", "nextToken"}); !known)
    return problem(known.error());
  auto limit = limit_param(call, kDefaultPage, kMaxPage);
  if (!limit) return problem(limit.error());
  auto updated_since = time_param(call, "updatedSince");
  if (!updated_since) return problem(updated_since.error());
  auto created_since = time_param(call, "createdSince");
  if (!created_since) return problem(created_since.error());

  // With both, the order is that of updates, and the creation time is a filter.
  const bool by_update = updated_since->has_value() || !created_since->has_value();
  LogListing listing{.kind = Kind::lead,
                     .by = by_update ? LogListing::By::last_change : LogListing::By::creation,
                     .since = by_update ? updated_since->value_or(Time{}) : created_since->value_or(Time{}),
                     .created_since = by_update ? *created_since : std::nullopt,
                     .limit = *limit};
  auto page = list_by_log(services, call, listing);
  if (!page) return problem(page.error());
  JsonArray leads;
  for (const auto& stored : page->records) {
    auto record = store::to_record(stored);
    if (!record) return problem(record.error());
    leads.push_back(present(*record));
  }
  return json_reply(200, {{"leads", std::move(leads)}, {"nextToken", std::move(page->next)}});
}

}  // namespace

std::vector<Route> lead_routes() {
  std::vector<Route> routes{
      {"POST", "/v1/leads/create", Scope::write, create},
      route("GET", "/v1/leads", Scope::read, list),
      route("GET", "/v1/leads/lookup", Scope::read, lookup),
      route("GET", "/v1/leads/{leadId}", Scope::read, get),
      {"DELETE", "/v1/leads/{leadId}", Scope::write, remove},
      {"POST", "/v1/leads/{leadId}/addContext", Scope::write, updating(lead::add_context, context_answer)},
      {"PUT", "/v1/leads/{leadId}/tags", Scope::write, updating(lead::replace_tags, tags_answer)},
      route("GET", "/v1/leads/{leadId}/changes", Scope::read, history),
  };
  // Apten does not show the method of its update; all three merge.
  for (const char* method : {"PATCH", "PUT", "POST"})
    routes.push_back({method, "/v1/leads/{leadId}", Scope::write, updating(lead::update, update_answer)});
  return routes;
}

}  // namespace deltapost::api
