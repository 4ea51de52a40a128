#include "delivery/endpoint.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "delivery/endpoint_rules.hpp"

namespace deltapost::delivery {
namespace {

Error invalid(std::string_view field, std::string message) {
  return {.fault = Fault::invalid, .message = std::move(message), .field = std::string(field)};
}

Error corrupt(const Record& record, std::string_view why) {
  return {.fault = Fault::corrupt,
          .message = fmt::format("endpoint {} cannot be read: {}", record.key.id, why)};
}

/// Applies the rules to each member that was given.
Result<void> merge(JsonObject& document, const JsonObject& input) {
  for (const auto& [name, value] : input) {
    auto checked = check_endpoint_member(name, value);
    if (!checked) return checked.error();
    document[name] = *std::move(checked);
  }
  return check_events_fit_format(document);
}

std::string text_of(const JsonObject& document, std::string_view name) {
  const Json* value = document.if_contains(name);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

std::uint32_t number_of(const JsonObject& document, std::string_view name) {
  return document.at(name).to_number<std::uint32_t>();
}

/// Empty when the document was written before the member was known.
std::vector<std::string> texts_of(const JsonObject& document, std::string_view name) {
  std::vector<std::string> texts;
  if (const Json* list = document.if_contains(name))
    for (const Json& text : list->as_array()) texts.emplace_back(text.as_string());
  return texts;
}

EndpointState state_of(const JsonObject& document) {
  const std::string state = text_of(document, "state");
  if (state == "paused") return EndpointState::paused;
  return state == "disabled" ? EndpointState::disabled : EndpointState::active;
}

/// Throws what boost::json throws for a document that we did not write.
Result<Endpoint> read(const Record& record) {
  const JsonObject& document = record.document;
  Endpoint endpoint;
  endpoint.id = EndpointId(record.key.id);
  endpoint.account = record.key.account;
  endpoint.url = text_of(document, "url");
  const auto format = format::parse_format(text_of(document, "format"));
  if (!format) return corrupt(record, "unknown format");
  endpoint.format = *format;
  for (const Json& event : document.at("events").as_array()) endpoint.events.emplace_back(event.as_string());
  for (const Json& field : document.at("fields").as_array()) {
    auto pattern = FieldPattern::parse(field.as_string());
    if (!pattern) return corrupt(record, pattern.error().message);
    endpoint.fields.push_back(*std::move(pattern));
  }
  endpoint.skip_sources = texts_of(document, "skipSources");
  endpoint.skip_actors = texts_of(document, "skipActors");
  if (const Json& filter = document.at("filter"); !filter.is_null()) {
    auto condition = condition::Condition::parse(filter);
    if (!condition) return corrupt(record, condition.error().message);
    endpoint.filter = *std::move(condition);
  }
  endpoint.timeout = Millis{number_of(document, "timeoutMs")};
  for (const Json& wait : document.at("retrySchedule").as_array())
    endpoint.retry_schedule.emplace_back(wait.to_number<std::int64_t>());
  endpoint.concurrency = number_of(document, "concurrency");
  endpoint.rate_per_second = number_of(document, "rateLimit");
  endpoint.order = text_of(document, "order") == "none" ? Order::none : Order::record;
  endpoint.render.bare_object = document.at("bareObject").as_bool();
  endpoint.render.changes_only = document.at("changesOnly").as_bool();
  endpoint.state = state_of(document);
  endpoint.disabled_reason = text_of(document, "disabledReason");
  auto starts_at = parse_iso(text_of(document, "startsAt"));
  if (!starts_at) return corrupt(record, "startsAt is no time");
  endpoint.starts_at = *starts_at;
  return endpoint;
}

}  // namespace

const std::vector<std::chrono::seconds>& default_retry_schedule() {
  using std::chrono::hours, std::chrono::minutes, std::chrono::seconds;
  static const std::vector<std::chrono::seconds> schedule{
      seconds{5}, minutes{5}, minutes{30}, hours{2}, hours{5}, hours{10}, hours{14}, hours{20}, hours{24}};
  return schedule;
}

Result<JsonObject> create_endpoint(const JsonObject& input, std::string_view id, Time now) {
  JsonArray schedule;
  for (const auto wait : default_retry_schedule()) schedule.push_back(wait.count());
  JsonObject document{{"id", id},
                      {"url", nullptr},
                      {"description", nullptr},
                      {"format", "standard"},
                      {"events", JsonArray{}},
                      {"fields", JsonArray{}},
                      {"skipSources", JsonArray{}},
                      {"skipActors", JsonArray{}},
                      {"filter", nullptr},
                      {"timeoutMs", 5000},
                      {"retrySchedule", std::move(schedule)},
                      {"concurrency", 16},
                      {"rateLimit", 0},
                      {"order", "record"},
                      {"bareObject", false},
                      {"changesOnly", false},
                      {"state", "active"},
                      {"disabledReason", nullptr},
                      {"startsAt", iso_millis(now)},
                      {"createdAt", iso_millis(now)},
                      {"deleted", false},
                      {"deletedAt", nullptr}};
  if (!input.contains("url"))
    return invalid("url",
                   "url is required; give where events are to be posted, like https://crm.example.com/hooks");
  if (auto merged = merge(document, input); !merged) return merged.error();
  return document;
}

Result<JsonObject> update_endpoint(const JsonObject& current, const JsonObject& patch, Time now) {
  JsonObject document = current;
  if (auto merged = merge(document, patch); !merged) return merged.error();
  if (state_of(current) == EndpointState::disabled && state_of(document) != EndpointState::disabled) {
    document["disabledReason"] = nullptr;
    document["startsAt"] = iso_millis(now);
  }
  return document;
}

JsonObject disable_endpoint(const JsonObject& current, std::string_view reason, Time) {
  JsonObject document = current;
  document["state"] = "disabled";
  document["disabledReason"] = reason;
  return document;
}

std::string secrets_context(const RecordKey& endpoint) {
  return fmt::format("endpoint:{}:{}", endpoint.account.text(), endpoint.id);
}

std::string secrets_to_text(const EndpointSecrets& secrets) {
  JsonArray list;
  for (const TimedSecret& secret : secrets.secrets) {
    JsonObject one{{"secret", secret.secret.text()}, {"until", nullptr}};
    if (secret.until) one["until"] = iso_millis(*secret.until);
    list.push_back(std::move(one));
  }
  JsonObject headers;
  for (const auto& [name, value] : secrets.headers) headers[name] = value;
  return to_text(JsonObject{{"secrets", std::move(list)}, {"headers", std::move(headers)}});
}

Result<EndpointSecrets> secrets_from_text(std::string_view text) {
  const Error bad{.fault = Fault::corrupt, .message = "an endpoint's sealed secrets cannot be read"};
  auto parsed = parse_json_object(text);
  if (!parsed) return bad;
  EndpointSecrets secrets;
  try {
    for (const Json& one : parsed->at("secrets").as_array()) {
      auto secret = format::SigningSecret::parse(one.at("secret").as_string());
      if (!secret) return bad;
      std::optional<Time> until;
      if (const Json& text_until = one.at("until"); text_until.is_string()) {
        auto time = parse_iso(text_until.get_string());
        if (!time) return bad;
        until = *time;
      }
      secrets.secrets.push_back({*std::move(secret), until});
    }
    for (const auto& [name, value] : parsed->at("headers").as_object())
      secrets.headers.emplace(name, std::string(value.as_string()));
  } catch (const std::exception&) {
    return bad;
  }
  if (secrets.secrets.empty()) return bad;
  return secrets;
}

Result<Endpoint> load_endpoint(const Record& record, std::string_view opened_secrets) {
  try {
    auto endpoint = read(record);
    if (!endpoint) return endpoint;
    auto secrets = secrets_from_text(opened_secrets);
    if (!secrets) return secrets.error();
    endpoint->secrets = *std::move(secrets);
    return endpoint;
  } catch (const std::exception& error) {
    return corrupt(record, error.what());
  }
}

}  // namespace deltapost::delivery
