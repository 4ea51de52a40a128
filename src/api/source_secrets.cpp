// Tokens and secrets of sources: shown, rotated, and a sample signed with them.
#include "api/source_secrets.hpp"

#include <fmt/format.h>

#include "api/audit.hpp"
#include "api/input.hpp"
#include "api/problem.hpp"
#include "api/reading.hpp"
#include "api/routes.hpp"
#include "api/writing.hpp"
#include "base/encoding.hpp"
#include "format/inbound_sample.hpp"

namespace deltapost::api {

using intake::SourceSecrets;
using intake::TimedText;

namespace {
constexpr std::size_t kTokenLength = 32;
}  // namespace

std::string new_token(Services& services) {
  return random_base62(services.random, kTokenLength);
}

/// The URL as this client would reach it.
std::string url_of(const Call& call, const std::string& token) {
  const auto scheme = call.request.header("x-forwarded-proto").value_or("http");
  return fmt::format("{}://{}/in/{}", scheme == "https" ? "https" : "http",
                     call.request.header("host").value_or("127.0.0.1"), token);
}

/// Takes `secret` out of the input; nullopt when it is not there.
Result<std::optional<std::string>> take_secret(JsonObject& input) {
  const Json* given = input.if_contains("secret");
  if (given == nullptr) return std::optional<std::string>{};
  if (!given->is_string())
    return Error{.fault = Fault::invalid,
                 .message = "secret must be a text; leave it out for a new one",
                 .field = "secret"};
  std::string text(given->get_string());
  erase_key(input, "secret");
  return std::optional(std::move(text));
}

/// The secret to use with a verifier: the given one, if it fits, or a new one.
Result<std::vector<TimedText>> secrets_for(Services& services, const format::Verifier& verifier,
                                           const std::optional<std::string>& given) {
  if (given) {
    if (auto fits = format::check_secret(verifier, *given); !fits) return fits.error();
    return std::vector<TimedText>{{*given, std::nullopt}};
  }
  std::string made = format::generate_secret(verifier, services.random);
  if (made.empty()) return std::vector<TimedText>{};
  return std::vector<TimedText>{{std::move(made), std::nullopt}};
}

Result<SourceSecrets> open_secrets(const Services& services, const RecordKey& key,
                                   const std::optional<std::string>& sealed) {
  if (!sealed) return Error{.fault = Fault::corrupt, .message = "source " + key.id + " has no secrets"};
  auto text = services.sealer.open(*sealed, intake::source_secrets_context(key));
  if (!text) return text.error();
  return intake::source_secrets_from_text(*text);
}

std::string seal_secrets(const Services& services, const RecordKey& key, const SourceSecrets& secrets) {
  return services.sealer.seal(intake::source_secrets_to_text(secrets), intake::source_secrets_context(key));
}

void put_secrets(JsonObject& body, const std::string& url, const SourceSecrets& secrets) {
  const auto newest = [](const std::vector<TimedText>& texts) -> Json {
    if (texts.empty()) return nullptr;
    return boost::json::string(texts.front().text);
  };
  const auto previous = [](const std::vector<TimedText>& texts) -> Json {
    return texts.size() > 1 ? time_or_null(texts[1].until) : Json(nullptr);
  };
  body["url"] = url;
  body["token"] = newest(secrets.tokens);
  body["secret"] = newest(secrets.secrets);
  body["previousTokenUntil"] = previous(secrets.tokens);
  body["previousSecretUntil"] = previous(secrets.secrets);
}

namespace {

enum class Rotated { token, secret };

/// The old one is good for another 24 hours, unless the caller says that it must stop at once.
void rotate(Services& services, Call call, net::Respond respond, Rotated what) {
  auto given_body = optional_json_body(call);
  if (auto* refusal = std::get_if<net::Reply>(&given_body)) return respond(std::move(*refusal));
  JsonObject& input = std::get<JsonObject>(given_body);
  auto key = record_param(call, Kind::source);
  if (!key) return respond(problem(key.error()));
  auto given =
      what == Rotated::secret ? take_secret(input) : Result<std::optional<std::string>>(std::nullopt);
  if (!given) return respond(problem(given.error()));
  bool at_once = false;
  if (const Json* stop = input.if_contains("atOnce")) {
    if (!stop->is_bool())
      return respond(problem({.fault = Fault::invalid,
                              .message = "atOnce must be true (the old one stops now) or false",
                              .field = "atOnce"}));
    at_once = stop->get_bool();
    erase_key(input, "atOnce");
  }
  if (!input.empty())
    return respond(problem({.fault = Fault::invalid,
                            .message = what == Rotated::secret ? "only secret and atOnce may be given here"
                                                               : "only atOnce may be given here",
                            .field = std::string(input.begin()->key())}));

  struct State {
    Time now{};
    std::vector<TimedText> made;
    SourceSecrets secrets;
  };
  auto state = std::make_shared<State>();
  write_record(
      services, call,
      {.key = *key,
       .decide = [&services, key = *key, what, given = *std::move(given), state](
                     const Record* current, Time now) -> Result<JsonObject> {
         auto record = must_be_live(current, key);
         if (!record) return record.error();
         state->now = now;
         if (what == Rotated::token) {
           state->made = {{new_token(services), std::nullopt}};
         } else {
           const auto verifier = intake::verifier_of((*record)->document);
           auto made = secrets_for(services, verifier, given);
           if (!made) return made.error();
           if (made->empty())
             return Error{
                 .fault = Fault::invalid,
                 .message = fmt::format("give the new secret: with the verifier {} it comes from the sender",
                                        format::to_string(verifier.scheme)),
                 .field = "secret"};
           state->made = *std::move(made);
         }
         JsonObject document = (*record)->document;
         raise_revision(document, what == Rotated::token ? kTokenRevision : kSecretRevision);
         return document;
       },
       .body =
           [state, call](const intake::Written&) {
             JsonObject body;
             put_secrets(body, url_of(call, state->secrets.tokens.front().text), state->secrets);
             return body;
           },
       .confidential = true,
       .seal = [&services, key = *key, what, at_once,
                state](const std::optional<std::string>& current) -> Result<std::string> {
         auto secrets = open_secrets(services, key, current);
         if (!secrets) return secrets.error();
         auto& texts = what == Rotated::token ? secrets->tokens : secrets->secrets;
         if (at_once) texts.clear();
         std::erase_if(texts, [&](const TimedText& old) { return old.until && *old.until <= state->now; });
         for (TimedText& old : texts)
           if (!old.until) old.until = state->now + kRotationOverlap;
         while (texts.size() >= kMaxLiveSecrets) texts.pop_back();
         texts.insert(texts.begin(), state->made.begin(), state->made.end());
         state->secrets = *secrets;
         return seal_secrets(services, key, *secrets);
       }},
      std::move(respond));
}

void rotate_token(Services& services, Call call, net::Respond respond) {
  rotate(services, std::move(call), std::move(respond), Rotated::token);
}
void rotate_secret(Services& services, Call call, net::Respond respond) {
  rotate(services, std::move(call), std::move(respond), Rotated::secret);
}

Result<SourceSecrets> live_secrets(Services& services, const RecordKey& key) {
  auto sealed = services.store.secret_of(key);
  if (!sealed) return sealed.error();
  return open_secrets(services, key, *sealed);
}

void show_secret(Services& services, Call call, net::Respond respond) {
  if (auto known = only_params(call, {}); !known) return respond(problem(known.error()));
  auto key = record_param(call, Kind::source);
  if (!key) return respond(problem(key.error()));
  auto record = live_record(services, *key);
  if (!record) return respond(problem(record.error()));
  auto secrets = live_secrets(services, *key);
  if (!secrets) return respond(problem(secrets.error()));
  JsonObject body;
  put_secrets(body, url_of(call, secrets->tokens.front().text), *secrets);
  audited(services, call, {.action = "source.secret.viewed", .kind = "source", .id = key->id},
          std::move(respond),
          [body = std::move(body)](net::Respond answer) mutable { answer(json_reply(200, body)); });
}

std::string shell_quoted(std::string_view text) {
  std::string quoted = "'";
  for (const char c : text) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

/// A signed request to paste.
Result<JsonObject> signed_sample(Services& services, const Call& call, const RecordKey& key) {
  auto record = live_record(services, key);
  if (!record) return record.error();
  auto secrets = live_secrets(services, key);
  if (!secrets) return secrets.error();
  auto source = intake::load_source(*record, intake::source_secrets_to_text(*secrets));
  if (!source) return source.error();

  const Time now = services.clock.now();
  const auto body = format::inbound_sample(source->format, source->mapping, now);
  const std::string token = secrets->tokens.front().text;
  const std::string id = "sample-" + random_base62(services.random, 12);
  const auto signing = format::sign(
      source->verifier, source->secrets.secrets.empty() ? "" : source->secrets.secrets.front().text,
      "/in/" + token, body.body, id, now);
  if (!signing) return signing.error();
  std::string url = url_of(call, token);
  for (const auto& [name, value] : signing->parameters)
    url += fmt::format("{}{}={}", url.find('?') == std::string::npos ? '?' : '&', name,
                       format::url_encoded(value));
  JsonObject headers{{"Content-Type", body.content_type}};
  for (const auto& [name, value] : signing->headers) headers[name] = value;
  std::string curl = "curl -X POST " + shell_quoted(url);
  for (const auto& header : headers)
    curl += " -H " + shell_quoted(fmt::format("{}: {}", std::string_view(header.key()),
                                              std::string_view(header.value().as_string())));
  curl += " --data-binary " + shell_quoted(body.body);
  return JsonObject{
      {"method", "POST"}, {"url", url}, {"headers", std::move(headers)}, {"body", body.body}, {"curl", curl}};
}

void sample(Services& services, Call call, net::Respond respond) {
  if (auto known = only_params(call, {}); !known) return respond(problem(known.error()));
  auto key = record_param(call, Kind::source);
  if (!key) return respond(problem(key.error()));
  auto made = signed_sample(services, call, *key);
  if (!made) return respond(problem(made.error()));
  audited(services, call, {.action = "source.sample.signed", .kind = "source", .id = key->id},
          std::move(respond),
          [body = *std::move(made)](net::Respond answer) mutable { answer(json_reply(200, body)); });
}

}  // namespace

std::vector<Route> source_secret_routes() {
  return {
      {"GET", "/v1/sources/{sourceId}/secret", Scope::admin, show_secret},
      {"GET", "/v1/sources/{sourceId}/sample", Scope::admin, sample},
      {"POST", "/v1/sources/{sourceId}/token/rotate", Scope::admin, rotate_token},
      {"POST", "/v1/sources/{sourceId}/secret/rotate", Scope::admin, rotate_secret},
  };
}

}  // namespace deltapost::api
