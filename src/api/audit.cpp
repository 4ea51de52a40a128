// GET /v1/audit: who changed what, and who did what, the newest first.
#include "api/audit.hpp"

#include <fmt/format.h>

#include "api/input.hpp"
#include "api/problem.hpp"
#include "api/routes.hpp"
#include "store/chain.hpp"
#include "store/history.hpp"

namespace deltapost::api {
namespace {

constexpr std::size_t kDefaultPage = 50, kMaxPage = 500;
constexpr std::size_t kMaxScanned = 5'000;  // entries looked at for one page of one subject
constexpr std::string_view kListing = "audit";

/// nullopt for an entry about something else than `subject` (empty: about anything).
Result<std::optional<JsonObject>> present(const store::LogEntry& entry, std::string_view subject) {
  JsonObject shown{{"number", entry.version},
                   {"at", iso_millis(entry.at)},
                   {"actor", entry.origin.actor},
                   {"source", entry.origin.source}};
  if (store::is_redacted(entry.changes)) {
    shown["redacted"] = true;
    return subject.empty() ? std::optional(std::move(shown)) : std::optional<JsonObject>{};
  }
  auto change = store::to_change(entry);
  if (!change) return change.error();
  JsonObject document;
  for (FieldChange& field : change->fields)
    if (field.new_value) document[dotted(field.path)] = *std::move(field.new_value);
  JsonObject told = intake::audit_entry(document);
  if (told.empty())
    return Error{.fault = Fault::corrupt,
                 .message = fmt::format("entry {} of the audit log cannot be read", entry.version)};
  if (!subject.empty() && std::string_view(told.at("subject").at("id").as_string()) != subject)
    return std::optional<JsonObject>{};
  for (auto& [name, value] : told) shown[name] = std::move(value);
  return std::optional(std::move(shown));
}

net::Reply list(Services& services, const Call& call) {
  if (auto known = only_params(call, {"subject", "limit", "nextToken"}); !known)
    return problem(known.error());
  auto limit = limit_param(call, kDefaultPage, kMaxPage);
  if (!limit) return problem(limit.error());
  const std::string_view subject = call.request.param("subject").value_or("");
  Version up_to = ~Version{0};
  if (auto token = call.request.param("nextToken")) {
    auto position = services.cursors.decode(call.caller.account, kListing, *token, "nextToken");
    if (!position) return problem(position.error());
    up_to = position->to_number<Version>();
  }

  JsonArray entries;
  for (std::size_t scanned = 0; up_to > 0 && scanned < kMaxScanned && entries.size() < *limit;) {
    auto page = services.store.history(
        intake::audit_key(call.caller.account),
        {.up_to = up_to, .newest_first = true, .limit = subject.empty() ? *limit : kMaxPage});
    if (!page) return problem(page.error());
    if (page->empty()) up_to = 0;
    for (const auto& entry : *page) {
      if (entries.size() == *limit) break;
      auto shown = present(entry, subject);
      if (!shown) return problem(shown.error());
      if (*shown) entries.push_back(**std::move(shown));
      up_to = entry.version - 1;
      ++scanned;
    }
  }
  Json next = nullptr;
  if (up_to > 0)
    next = boost::json::string(services.cursors.encode(call.caller.account, kListing, Json(up_to)));
  return json_reply(200, {{"entries", std::move(entries)}, {"nextToken", std::move(next)}});
}

}  // namespace

Origin origin_of(const Call& call) {
  return {.actor = "key:" + call.caller.key_id, .source = "api"};
}

void audited(Services& services, const Call& call, intake::AuditEntry entry, net::Respond respond,
             UniqueFunction<void(net::Respond)> then) {
  struct State {
    intake::AuditEntry entry;
    net::Respond respond;
    UniqueFunction<void(net::Respond)> then;
  };
  auto state = std::make_shared<State>(State{std::move(entry), std::move(respond), std::move(then)});
  auto accepted = services.committer.submit(
      [state, account = call.caller.account, origin = origin_of(call)](store::Draft& draft) {
        return intake::put_audit(draft, account, state->entry, origin);
      },
      [state](const Result<void>& noted) {
        if (!noted) return state->respond(problem(noted.error()));
        state->then(std::move(state->respond));
      });
  if (!accepted) state->respond(problem(accepted.error()));
}

std::vector<Route> audit_routes() {
  return {route("GET", "/v1/audit", Scope::admin, list)};
}

}  // namespace deltapost::api
