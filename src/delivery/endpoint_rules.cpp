#include "delivery/endpoint_rules.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <charconv>

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include "condition/condition.hpp"
#include "delivery/endpoint.hpp"
#include "net/url.hpp"
#include "record/fields.hpp"

namespace deltapost::delivery {
namespace {

constexpr std::size_t kMaxUrl = 2048, kMaxDescription = 500, kMaxEvents = 50, kMaxFields = 100,
                      kMaxOrigins = 50, kMaxOrigin = 300, kMaxRetries = 20, kMaxHeaders = 20,
                      kMaxHeaderName = 100, kMaxHeaderValue = 2000;

Error invalid(std::string_view field, std::string message) {
  return {.fault = Fault::invalid, .message = std::move(message), .field = std::string(field)};
}

/// Digits alone: the parser takes any number of them. An empty port (https://host:/) is the scheme's own.
bool is_port(std::string_view digits) {
  constexpr std::size_t kMostDigits = 5;
  constexpr int kGreatest = 65'535;
  if (digits.empty()) return true;
  if (digits.size() > kMostDigits) return false;
  int port = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), port);
  return port >= 1 && port <= kGreatest;
}

Result<Json> check_url(const Json& value, std::string_view name) {
  const std::string cure = "give an absolute http or https URL, like https://crm.example.com/hooks";
  if (!value.is_string() || value.get_string().empty()) return invalid(name, "url must be a text; " + cure);
  if (value.get_string().size() > kMaxUrl)
    return invalid(name, fmt::format("url is longer than {} bytes; {}", kMaxUrl, cure));
  const auto parsed = boost::urls::parse_uri(value.get_string());
  if (!parsed) return invalid(name, "url is no URL; " + cure);
  const auto& url = *parsed;
  if (url.scheme() != "http" && url.scheme() != "https")
    return invalid(name, fmt::format("url has the scheme {}; {}", std::string(url.scheme()), cure));
  if (url.has_userinfo())
    return invalid(name, "url must not hold a user or password; use `headers` for an Authorization header");
  if (url.encoded_host().empty()) return invalid(name, "url has no host; " + cure);
  if (url.has_fragment()) return invalid(name, "url must not have a fragment (#…); receivers never see it");
  if (url.has_port() && !is_port(url.port()))
    return invalid(name, "url has a port that is none; ports go from 1 to 65535");
  // It is the client that will read it. A URL that two parsers read in two ways is how guards are passed by.
  if (auto sendable = net::parse_url(value.get_string()); !sendable)
    return invalid(name, fmt::format("url cannot be sent to: {} Give one like https://crm.example.com/hooks",
                                     sendable.error().message));
  return value;
}

Result<Json> check_description(const Json& value, std::string_view name) {
  return value.is_null() ? Result<Json>(nullptr) : fields::text(value, name, kMaxDescription);
}

Result<Json> check_format(const Json& value, std::string_view name) {
  if (value.is_string() && format::parse_format(value.get_string())) return value;
  return invalid(name, "format must be apten, iclosed, standard or cloudevents");
}

Result<Json> check_events(const Json& value, std::string_view name) {
  if (!value.is_array() || value.get_array().size() > kMaxEvents)
    return invalid(
        name, "events must be an array of event types; an empty one means all that the format can express");
  JsonArray events;
  for (std::size_t i = 0; i < value.get_array().size(); ++i) {
    const Json& event = value.get_array()[i];
    const auto canonical = event.is_string() ? format::canonical_event_type(event.get_string())
                                             : std::optional<std::string_view>{};
    if (!canonical)
      return invalid(fmt::format("{}.{}", name, i),
                     fmt::format("{} is no event type; there are {}", fields::shown(event),
                                 fmt::join(format::event_types(), ", ")));
    const Json type = boost::json::string(*canonical);
    if (std::ranges::find(events, type) == events.end()) events.push_back(type);
  }
  return Json(std::move(events));
}

Result<Json> check_fields(const Json& value, std::string_view name) {
  if (!value.is_array() || value.get_array().size() > kMaxFields)
    return invalid(name,
                   fmt::format("fields must be an array of at most {} dotted paths, like "
                               "[\"additionalInfo.*\", \"status\"]; an empty one means whatever changed",
                               kMaxFields));
  for (std::size_t i = 0; i < value.get_array().size(); ++i) {
    const Json& field = value.get_array()[i];
    if (!field.is_string() || !FieldPattern::parse(field.get_string()))
      return invalid(fmt::format("{}.{}", name, i),
                     fmt::format("{} is no dotted path; write one like additionalInfo.insuranceProvider or "
                                 "additionalInfo.*",
                                 fields::shown(field)));
  }
  return value;
}

/// What a change's origin may be compared with.
Result<Json> check_origins(const Json& value, std::string_view name) {
  const auto refuse = [](std::string field) {
    return invalid(field,
                   "must be an array of at most 50 origins as changes show them, like "
                   "[\"source:src_01…\", \"import\"] or [\"key:*\"]");
  };
  if (!value.is_array() || value.get_array().size() > kMaxOrigins) return refuse(std::string(name));
  for (std::size_t i = 0; i < value.get_array().size(); ++i) {
    const Json& origin = value.get_array()[i];
    if (!origin.is_string() || origin.get_string().empty() || origin.get_string().size() > kMaxOrigin)
      return refuse(fmt::format("{}.{}", name, i));
  }
  return value;
}

Result<Json> check_filter(const Json& value, std::string_view name) {
  if (value.is_null()) return value;
  auto condition = condition::Condition::parse(value, name);
  if (!condition) return condition.error();
  return value;
}

Result<std::int64_t> whole_number(std::string_view name, const Json& value, std::int64_t least,
                                  std::int64_t most) {
  boost::json::error_code error;
  const std::int64_t number = value.is_number() ? value.to_number<std::int64_t>(error) : least - 1;
  if (error || number < least || number > most)
    return invalid(name, fmt::format("{} must be a whole number from {} to {}", name, least, most));
  return number;
}

template <std::int64_t kLeast, std::int64_t kMost>
Result<Json> check_number(const Json& value, std::string_view name) {
  auto number = whole_number(name, value, kLeast, kMost);
  if (!number) return number.error();
  return Json(*number);
}

Result<Json> check_retry_schedule(const Json& value, std::string_view name) {
  if (!value.is_array() || value.get_array().size() > kMaxRetries)
    return invalid(
        name, fmt::format("retrySchedule must be an array of at most {} waits in seconds, like [5, 300]; an "
                          "empty one means a single try",
                          kMaxRetries));
  JsonArray waits;
  for (std::size_t i = 0; i < value.get_array().size(); ++i) {
    auto wait = whole_number(fmt::format("{}.{}", name, i), value.get_array()[i], 1, 604'800);
    if (!wait) return wait.error();
    waits.push_back(*wait);
  }
  return Json(std::move(waits));
}

Result<Json> check_order(const Json& value, std::string_view name) {
  if (value == "record" || value == "none") return value;
  return invalid(name, "order must be record (the events of a record go out in version order) or none");
}

Result<Json> check_flag(const Json& value, std::string_view name) {
  if (value.is_bool()) return value;
  return invalid(name, fmt::format("{} must be true or false", name));
}

Result<Json> check_state(const Json& value, std::string_view name) {
  if (value == "active" || value == "paused") return value;
  if (value == "disabled")
    return invalid(
        name,
        "state cannot be set to disabled, which is for endpoints that failed for too long; pause it: "
        "it then keeps its place");
  return invalid(name, "state must be active or paused");
}

constexpr std::array<fields::Rule, 16> kRules{{{"url", check_url},
                                               {"description", check_description},
                                               {"format", check_format},
                                               {"events", check_events},
                                               {"fields", check_fields},
                                               {"skipSources", check_origins},
                                               {"skipActors", check_origins},
                                               {"filter", check_filter},
                                               {"timeoutMs", check_number<100, 30'000>},
                                               {"retrySchedule", check_retry_schedule},
                                               {"concurrency", check_number<1, 256>},
                                               {"rateLimit", check_number<0, 10'000>},
                                               {"order", check_order},
                                               {"bareObject", check_flag},
                                               {"changesOnly", check_flag},
                                               {"state", check_state}}};

// ---- headers

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](unsigned char c) { return std::tolower(c); });
  return out;
}

/// A token of RFC 9110, 5.6.2.
bool is_token(std::string_view name) {
  constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  return !name.empty() && std::ranges::all_of(name, [&](unsigned char c) {
    return std::isalnum(c) != 0 || kMarks.find(static_cast<char>(c)) != std::string_view::npos;
  });
}

bool is_ours(std::string_view name) {
  // What frames the request or is about the connection, and what tells of the event.
  constexpr auto kOurs = std::to_array<std::string_view>(
      {"host", "content-length", "transfer-encoding", "connection", "keep-alive", "proxy-connection", "te",
       "trailer", "upgrade", "expect", "content-type", "user-agent", "x-signature-sha256"});
  return std::ranges::find(kOurs, name) != kOurs.end() || name.starts_with("webhook-") ||
         name.starts_with("deltapost-");
}

Result<void> check_header(std::string_view name, const Json& value) {
  const std::string field = fmt::format("headers.{}", name);
  if (!is_token(name) || name.size() > kMaxHeaderName)
    return invalid(field, "a header's name is made of letters, digits and hyphens");
  if (is_ours(lower(name)))
    return invalid(field, fmt::format("{} is set by Deltapost itself and cannot be given", name));
  const bool visible = value.is_string() && std::ranges::all_of(value.get_string(), [](unsigned char c) {
                         return c >= 0x20 && c != 0x7f;
                       });
  if (!visible || value.get_string().size() > kMaxHeaderValue)
    return invalid(
        field, fmt::format("a header's value is a text of at most {} visible characters, without line breaks",
                           kMaxHeaderValue));
  return ok();
}

}  // namespace

Result<Json> check_endpoint_member(std::string_view name, const Json& value) {
  if (const fields::Rule* rule = fields::find_rule(kRules, name)) return rule->check(value, name);
  std::array<std::string_view, kRules.size() + 2> known;
  std::ranges::transform(kRules, known.begin(), &fields::Rule::name);
  known[kRules.size()] = "headers";
  known[kRules.size() + 1] = "secret";
  return fields::unknown_field(name, known);
}

Result<void> check_events_fit_format(const JsonObject& document) {
  const auto format = format::parse_format(document.at("format").as_string());
  const JsonArray& events = document.at("events").as_array();
  for (std::size_t i = 0; i < events.size(); ++i)
    if (!format::can_express(*format, events[i].as_string()))
      return invalid(fmt::format("events.{}", i),
                     fmt::format("the format {} has no way to write {}; use standard or cloudevents for it",
                                 format::to_string(*format), std::string_view(events[i].as_string())));
  return ok();
}

Result<std::map<std::string, std::string>> parse_endpoint_headers(const Json& value) {
  if (!value.is_object() || value.get_object().size() > kMaxHeaders)
    return invalid("headers",
                   fmt::format("headers must be an object of at most {} names with their values, like "
                               "{{\"Authorization\": \"Bearer …\"}}",
                               kMaxHeaders));
  std::map<std::string, std::string> headers;
  for (const auto& [name, text] : value.get_object()) {
    if (auto checked = check_header(name, text); !checked) return checked.error();
    headers.emplace(name, std::string(text.get_string()));
  }
  return headers;
}

}  // namespace deltapost::delivery
