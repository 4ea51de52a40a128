// Endpoints: where events go. Their secrets and header values are sealed beside the record; an answer shows a
// secret only when it is made, when it is rotated and at …/secret.
#include "delivery/endpoint.hpp"

#include <fmt/format.h>

#include "api/audit.hpp"
#include "api/input.hpp"
#include "api/problem.hpp"
#include "api/reading.hpp"
#include "api/routes.hpp"
#include "api/writing.hpp"
#include "base/encoding.hpp"
#include "net/url.hpp"
#include "store/history.hpp"

namespace deltapost::api {
namespace {

using delivery::EndpointSecrets;

JsonObject present(const Record& record) {
  JsonObject shown = record.document;
  for (const char* ours : {"deleted", "deletedAt", "secretRevision", "headersRevision"})
    erase_key(shown, ours);
  shown["updatedAt"] = iso_millis(record.updated_at);
  shown["version"] = record.version;
  return shown;
}

/// What of an endpoint's input is not for its document: the secret and the own headers.
struct SealedInput {
  std::optional<format::SigningSecret> secret;
  std::optional<std::map<std::string, std::string>> headers;
};

Result<SealedInput> take_sealed(JsonObject& input) {
  SealedInput taken;
  if (const Json* secret = input.if_contains("secret")) {
    if (!secret->is_string())
      return Error{
          .fault = Fault::invalid,
          .message = "secret must be a text, whsec_<base64 of 24 to 64 bytes>; leave it out for a new one",
          .field = "secret"};
    auto parsed = format::SigningSecret::parse(secret->get_string());
    if (!parsed) return parsed.error();
    taken.secret = *std::move(parsed);
    erase_key(input, "secret");
  }
  if (const Json* headers = input.if_contains("headers")) {
    auto parsed = delivery::parse_endpoint_headers(*headers);
    if (!parsed) return parsed.error();
    taken.headers = *std::move(parsed);
    erase_key(input, "headers");
  }
  return taken;
}

/// Own headers are sealed; the document tells their names, and a number that rises when a value changes.
void show_headers(JsonObject& document, const std::map<std::string, std::string>& headers) {
  JsonArray names;
  for (const auto& [name, value] : headers) names.push_back(boost::json::string(name));
  document["headerNames"] = std::move(names);
}

/// Refuses a URL whose host is an internal address as it is written. Names are judged when they are resolved.
Result<void> check_url(const Services& services, const JsonObject& input) {
  const Json* url = input.if_contains("url");
  if (url == nullptr || !url->is_string()) return ok();
  const auto parsed = net::parse_url(url->get_string());
  if (!parsed) return ok();  // the form is delivery's to judge
  auto allowed = services.guard.check_host(parsed->ipv6 ? "[" + parsed->host + "]" : parsed->host);
  if (!allowed)
    return Error{.fault = Fault::invalid,
                 .message = allowed.error().message +
                            "; give a public host, or start the server with "
                            "--allow-network for a network of your own",
                 .field = "url"};
  return ok();
}

Result<EndpointSecrets> open_secrets(const Services& services, const RecordKey& key,
                                     const std::optional<std::string>& sealed) {
  if (!sealed) return Error{.fault = Fault::corrupt, .message = "endpoint " + key.id + " has no secrets"};
  auto text = services.sealer.open(*sealed, delivery::secrets_context(key));
  if (!text) return text.error();
  return delivery::secrets_from_text(*text);
}

std::string seal_secrets(const Services& services, const RecordKey& key, const EndpointSecrets& secrets) {
  return services.sealer.seal(delivery::secrets_to_text(secrets), delivery::secrets_context(key));
}

void create(Services& services, Call call, net::Respond respond) {
  if (auto refusal = refuse_unless_json(call)) return respond(*std::move(refusal));
  auto input = json_body(call);
  if (!input) return respond(problem(input.error()));
  auto sealed = take_sealed(*input);
  if (!sealed) return respond(problem(sealed.error()));
  if (auto url = check_url(services, *input); !url) return respond(problem(url.error()));

  const std::string id =
      "ep_" + time_ordered_id(services.random, services.clock.now().time_since_epoch().count());
  const RecordKey key{call.caller.account, Kind::endpoint, id};
  auto secrets = std::make_shared<EndpointSecrets>();
  secrets->secrets.push_back(
      {sealed->secret ? *sealed->secret : format::SigningSecret::generate(services.random), std::nullopt});
  if (sealed->headers) secrets->headers = *sealed->headers;
  write_record(
      services, call,
      {.key = key,
       .decide = [input = *std::move(input), id, secrets](const Record*, Time now) -> Result<JsonObject> {
         auto document = delivery::create_endpoint(input, id, now);
         if (!document) return document;
         show_headers(*document, secrets->headers);
         raise_revision(*document, kSecretRevision);
         return document;
       },
       .body = [secrets](const intake::Written& written) -> JsonObject {
         return {{"endpoint", present(written.record)}, {"secret", secrets->secrets.front().secret.text()}};
       },
       .status = 201,
       .confidential = true,
       .seal = [&services, key, secrets](const auto&) -> Result<std::string> {
         return seal_secrets(services, key, *secrets);
       }},
      std::move(respond));
}

void update(Services& services, Call call, net::Respond respond) {
  if (auto refusal = refuse_unless_json(call)) return respond(*std::move(refusal));
  auto input = json_body(call);
  if (!input) return respond(problem(input.error()));
  auto key = record_param(call, Kind::endpoint);
  if (!key) return respond(problem(key.error()));
  if (input->contains("secret"))
    return respond(
        problem({.fault = Fault::invalid,
                 .message = "the secret is replaced with POST …/secret/rotate, so that the old one goes on "
                            "signing for 24 hours",
                 .field = "secret"}));
  auto sealed = take_sealed(*input);
  if (!sealed) return respond(problem(sealed.error()));
  if (auto url = check_url(services, *input); !url) return respond(problem(url.error()));

  // The values that are there already are no change.
  if (sealed->headers) {
    auto current = services.store.secret_of(*key);
    if (!current) return respond(problem(current.error()));
    if (auto secrets = open_secrets(services, *key, *current);
        secrets && secrets->headers == *sealed->headers)
      sealed->headers.reset();
  }

  RecordWriteSpec spec{.key = *key,
                       .decide = [input = *std::move(input), key = *key, headers = sealed->headers](
                                     const Record* current, Time now) -> Result<JsonObject> {
                         auto record = must_be_live(current, key);
                         if (!record) return record.error();
                         auto document = delivery::update_endpoint((*record)->document, input, now);
                         if (document && headers) {
                           show_headers(*document, *headers);
                           raise_revision(*document, kHeadersRevision);
                         }
                         return document;
                       },
                       .body = [](const intake::Written& written) -> JsonObject {
                         return {{"changed", written.changed},
                                 {"version", written.record.version},
                                 {"endpoint", present(written.record)}};
                       }};
  if (sealed->headers)
    spec.seal = [&services, key = *key, headers = *sealed->headers](
                    const std::optional<std::string>& current) -> Result<std::string> {
      auto secrets = open_secrets(services, key, current);
      if (!secrets) return secrets.error();
      secrets->headers = headers;
      return seal_secrets(services, key, *secrets);
    };
  write_record(services, call, std::move(spec), std::move(respond));
}

void remove(Services& services, Call call, net::Respond respond) {
  auto key = record_param(call, Kind::endpoint);
  if (!key) return respond(problem(key.error()));
  delete_with_secrets(services, call, *key, std::move(respond));
}

JsonObject secret_body(const EndpointSecrets& secrets) {
  const auto& newest = secrets.secrets.front().secret;
  JsonObject body{{"secret", newest.text()}, {"publicKey", nullptr}, {"previousUntil", nullptr}};
  if (newest.asymmetric()) body["publicKey"] = newest.public_key_text();
  if (secrets.secrets.size() > 1 && secrets.secrets[1].until)
    body["previousUntil"] = iso_millis(*secrets.secrets[1].until);
  return body;
}

void show_secret(Services& services, Call call, net::Respond respond) {
  if (auto known = only_params(call, {}); !known) return respond(problem(known.error()));
  auto key = record_param(call, Kind::endpoint);
  if (!key) return respond(problem(key.error()));
  auto record = live_record(services, *key);
  if (!record) return respond(problem(record.error()));
  auto sealed = services.store.secret_of(*key);
  if (!sealed) return respond(problem(sealed.error()));
  auto secrets = open_secrets(services, *key, *sealed);
  if (!secrets) return respond(problem(secrets.error()));
  audited(services, call, {.action = "endpoint.secret.viewed", .kind = "endpoint", .id = key->id},
          std::move(respond),
          [body = secret_body(*secrets)](net::Respond answer) mutable { answer(json_reply(200, body)); });
}

void rotate_secret(Services& services, Call call, net::Respond respond) {
  auto body = optional_json_body(call);
  if (auto* refusal = std::get_if<net::Reply>(&body)) return respond(std::move(*refusal));
  JsonObject& input = std::get<JsonObject>(body);
  auto key = record_param(call, Kind::endpoint);
  if (!key) return respond(problem(key.error()));
  auto given = take_sealed(input);
  if (!given) return respond(problem(given.error()));
  if (!input.empty() || given->headers)
    return respond(problem({.fault = Fault::invalid,
                            .message = "only `secret` may be given here, or nothing for a new one",
                            .field = input.empty() ? "headers" : std::string(input.begin()->key())}));

  const format::SigningSecret secret =
      given->secret ? *given->secret : format::SigningSecret::generate(services.random);
  auto rotated = std::make_shared<EndpointSecrets>();
  auto now = std::make_shared<Time>();
  write_record(services, call,
               {.key = *key,
                .decide = [key = *key, now](const Record* current, Time at) -> Result<JsonObject> {
                  auto record = must_be_live(current, key);
                  if (!record) return record.error();
                  *now = at;
                  JsonObject document = (*record)->document;
                  raise_revision(document, kSecretRevision);
                  return document;
                },
                .body = [rotated](const intake::Written&) { return secret_body(*rotated); },
                .confidential = true,
                .seal = [&services, key = *key, secret, rotated,
                         now](const std::optional<std::string>& current) -> Result<std::string> {
                  auto secrets = open_secrets(services, key, current);
                  if (!secrets) return secrets.error();
                  std::erase_if(secrets->secrets,
                                [&](const auto& old) { return old.until && *old.until <= *now; });
                  for (auto& old : secrets->secrets)
                    if (!old.until) old.until = *now + kRotationOverlap;
                  while (secrets->secrets.size() >= kMaxLiveSecrets) secrets->secrets.pop_back();
                  secrets->secrets.insert(secrets->secrets.begin(), {secret, std::nullopt});
                  *rotated = *secrets;
                  return seal_secrets(services, key, *secrets);
                }},
               std::move(respond));
}

net::Reply list(Services& services, const Call& call) {
  return list_kind(services, call, Kind::endpoint, {.listing = "endpoints", .member = "endpoints"}, present);
}

void get(Services& services, Call call, net::Respond respond) {
  if (auto known = only_params(call, {}); !known) return respond(problem(known.error()));
  auto key = record_param(call, Kind::endpoint);
  if (!key) return respond(problem(key.error()));
  auto record = live_record(services, *key);
  if (!record) return respond(problem(record.error()));
  // It goes to the runner's thread, so it takes none of the storage that it shares with the record here.
  JsonObject shown(present(*record), boost::json::storage_ptr{});
  services.runner.status(EndpointId(key->id), [shown = std::move(shown), version = record->version,
                                               respond = std::move(respond)](
                                                  std::optional<delivery::EndpointStatus> found) mutable {
    // Committed a moment ago, an endpoint may not have reached the runner yet: it has nothing to tell.
    const delivery::EndpointStatus status = found.value_or(delivery::EndpointStatus{});
    shown["status"] = JsonObject{{"behind", status.behind},
                                 {"heldRecords", status.held_records},
                                 {"inFlight", status.in_flight},
                                 {"failing", status.failing},
                                 {"lastSuccessAt", time_or_null(status.last_success_at)},
                                 {"failingSince", time_or_null(status.failing_since)},
                                 {"nextTryAt", time_or_null(status.next_try_at)}};
    net::Reply reply = json_reply(200, shown);
    reply.headers.push_back({"ETag", etag(version)});
    respond(std::move(reply));
  });
}

}  // namespace

std::vector<Route> endpoint_routes() {
  return {
      {"POST", "/v1/endpoints", Scope::admin, create},
      route("GET", "/v1/endpoints", Scope::read, list),
      {"GET", "/v1/endpoints/{endpointId}", Scope::read, get},
      {"PATCH", "/v1/endpoints/{endpointId}", Scope::admin, update},
      {"DELETE", "/v1/endpoints/{endpointId}", Scope::admin, remove},
      {"GET", "/v1/endpoints/{endpointId}/secret", Scope::admin, show_secret},
      {"POST", "/v1/endpoints/{endpointId}/secret/rotate", Scope::admin, rotate_secret},
  };
}

}  // namespace deltapost::api
