// Sources: URLs of ours that accept webhooks. Their tokens and secrets are sealed beside the record; an
// answer shows them only when they are made, when they are rotated and at …/secret.
#include "intake/source.hpp"

#include <fmt/format.h>

#include "api/input.hpp"
#include "api/problem.hpp"
#include "api/reading.hpp"
#include "api/routes.hpp"
#include "api/source_secrets.hpp"
#include "api/writing.hpp"
#include "base/encoding.hpp"
#include "store/history.hpp"

namespace deltapost::api {
namespace {

using intake::SourceSecrets;
using intake::TimedText;

JsonObject present(const Record& record) {
  JsonObject shown = record.document;
  for (const char* ours : {"deleted", "deletedAt", "secretRevision", "tokenRevision"}) erase_key(shown, ours);
  shown["updatedAt"] = iso_millis(record.updated_at);
  shown["version"] = record.version;
  return shown;
}

void create(Services& services, Call call, net::Respond respond) {
  if (auto refusal = refuse_unless_json(call)) return respond(*std::move(refusal));
  auto input = json_body(call);
  if (!input) return respond(problem(input.error()));
  auto secret = take_secret(*input);
  if (!secret) return respond(problem(secret.error()));
  const std::string id =
      "src_" + time_ordered_id(services.random, services.clock.now().time_since_epoch().count());
  const RecordKey key{call.caller.account, Kind::source, id};
  auto secrets = std::make_shared<SourceSecrets>();
  secrets->tokens.push_back({new_token(services), std::nullopt});
  const std::string url = url_of(call, secrets->tokens.front().text);
  write_record(services, call,
               {.key = key,
                .decide = [&services, input = *std::move(input), id, secrets, secret = *std::move(secret)](
                              const Record*, Time now) -> Result<JsonObject> {
                  auto document = intake::create_source(input, id, now);
                  if (!document) return document;
                  auto made = secrets_for(services, intake::verifier_of(*document), secret);
                  if (!made) return made.error();
                  secrets->secrets = *std::move(made);
                  raise_revision(*document, kSecretRevision);
                  return document;
                },
                .body = [secrets, url](const intake::Written& written) -> JsonObject {
                  JsonObject body{{"source", present(written.record)}};
                  put_secrets(body, url, *secrets);
                  return body;
                },
                .status = 201,
                .confidential = true,
                .seal = [&services, key, secrets](const auto&) -> Result<std::string> {
                  return seal_secrets(services, key, *secrets);
                }},
               std::move(respond));
}

/// Another scheme needs another secret: the given one or a new one, which the answer shows.
void update(Services& services, Call call, net::Respond respond) {
  if (auto refusal = refuse_unless_json(call)) return respond(*std::move(refusal));
  auto input = json_body(call);
  if (!input) return respond(problem(input.error()));
  auto key = record_param(call, Kind::source);
  if (!key) return respond(problem(key.error()));
  auto secret = take_secret(*input);
  if (!secret) return respond(problem(secret.error()));
  if (*secret && !input->contains("verifier"))
    return respond(
        problem({.fault = Fault::invalid,
                 .message = "the secret alone is replaced with POST …/secret/rotate, so that the old "
                            "one is good for another 24 hours",
                 .field = "secret"}));
  auto replaced = std::make_shared<std::optional<std::vector<TimedText>>>();
  write_record(services, call,
               {.key = *key,
                .decide = [&services, input = *std::move(input), key = *key, secret = *std::move(secret),
                           replaced](const Record* current, Time) -> Result<JsonObject> {
                  replaced->reset();
                  auto record = must_be_live(current, key);
                  if (!record) return record.error();
                  auto document = intake::update_source((*record)->document, input);
                  if (!document) return document;
                  const auto before = intake::verifier_of((*record)->document),
                             after = intake::verifier_of(*document);
                  if (!secret && before.scheme == after.scheme) return document;
                  auto made = secrets_for(services, after, secret);
                  if (!made) return made.error();
                  *replaced = *std::move(made);
                  raise_revision(*document, kSecretRevision);
                  return document;
                },
                .body = [replaced](const intake::Written& written) -> JsonObject {
                  JsonObject body{{"changed", written.changed},
                                  {"version", written.record.version},
                                  {"source", present(written.record)}};
                  if (*replaced)
                    body["secret"] = (*replaced)->empty() ? Json(nullptr) : Json((*replaced)->front().text);
                  return body;
                },
                .confidential = true,
                .seal = [&services, key = *key,
                         replaced](const std::optional<std::string>& current) -> Result<std::string> {
                  auto secrets = open_secrets(services, key, current);
                  if (!secrets) return secrets.error();
                  if (*replaced) secrets->secrets = **replaced;
                  return seal_secrets(services, key, *secrets);
                }},
               std::move(respond));
}

void remove(Services& services, Call call, net::Respond respond) {
  auto key = record_param(call, Kind::source);
  if (!key) return respond(problem(key.error()));
  delete_with_secrets(services, call, *key, std::move(respond));
}

// ---- reading

net::Reply list(Services& services, const Call& call) {
  return list_kind(services, call, Kind::source, {.listing = "sources", .member = "sources"}, present);
}

net::Reply get(Services& services, const Call& call) {
  if (auto known = only_params(call, {}); !known) return problem(known.error());
  auto key = record_param(call, Kind::source);
  if (!key) return problem(key.error());
  auto record = live_record(services, *key);
  if (!record) return problem(record.error());
  net::Reply reply = json_reply(200, present(*record));
  reply.headers.push_back({"ETag", etag(record->version)});
  return reply;
}

}  // namespace

std::vector<Route> source_routes() {
  return {
      {"POST", "/v1/sources", Scope::admin, create},
      route("GET", "/v1/sources", Scope::read, list),
      route("GET", "/v1/sources/{sourceId}", Scope::read, get),
      {"PATCH", "/v1/sources/{sourceId}", Scope::admin, update},
      {"DELETE", "/v1/sources/{sourceId}", Scope::admin, remove},
  };
}

}  // namespace deltapost::api
