// Endpoint: a URL that gets events, and all that is set for it. An endpoint is a record of kind `endpoint`;
// this is what its document means. Secrets and header values live sealed beside the record, never in its
// document.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/id.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "condition/condition.hpp"
#include "delivery/settings.hpp"
#include "format/format.hpp"
#include "format/signature.hpp"
#include "record/path.hpp"
#include "record/record.hpp"

namespace deltapost::delivery {

/// A secret that still signs: the newest has no end, one that was rotated out signs on until `until`.
struct TimedSecret {
  format::SigningSecret secret;
  std::optional<Time> until;
};

/// What is kept sealed.
struct EndpointSecrets {
  std::vector<TimedSecret> secrets;            // newest first, never empty
  std::map<std::string, std::string> headers;  // sent with each request
};

/// All that is set; what the engine must know of it is the base.
struct Endpoint : EndpointSettings {
  std::string url;
  format::Format format = format::Format::standard;
  std::vector<std::string>
      events;  // canonical types; empty: all that the format can express, but endpoint.disabled
  std::vector<FieldPattern> fields;  // empty: whatever changed
  /// Changes that came from there are not for it, so that two systems wired in a circle stop after one round.
  std::vector<std::string> skip_sources, skip_actors;  // as Origin has them; `*` at the end: what begins so
  std::optional<condition::Condition> filter;
  format::RenderOptions render;
  EndpointSecrets secrets;
  Millis timeout{5000};
  std::string disabled_reason;
};

/// Standard Webhooks' advice: 5 s, 5 m, 30 m, 2 h, 5 h, 10 h, 14 h, 20 h, 24 h.
const std::vector<std::chrono::seconds>& default_retry_schedule();

/// The document of a new endpoint, or of an edited one, from what a user wrote. Members: url (required on
/// creation), description, format, events, fields, skipSources, skipActors (up to 50 names each), filter,
/// timeoutMs (100 to 30000), retrySchedule (up to 20 waits in seconds, each 1 to 604800), concurrency (1 to
/// 256), rateLimit (0 to 10000 per second), order, bareObject, changesOnly, state (active | paused;
/// `disabled` is refused with the advice to pause). Setting state to active on a disabled endpoint clears the
/// reason and moves startsAt to now. `secret` and `headers` are taken apart by the caller beforehand.
/// Fault::invalid names the field. The URL is checked in form only (http or https, a host, no user or
/// password, no fragment); whether its address may be reached is the guard's business.
Result<JsonObject> create_endpoint(const JsonObject& input, std::string_view id, Time now);
Result<JsonObject> update_endpoint(const JsonObject& current, const JsonObject& patch, Time now);
/// The document with its state set to disabled for a reason.
JsonObject disable_endpoint(const JsonObject& current, std::string_view reason, Time now);

/// Header names and values that a user may set: a token and visible characters; none of Host, Content-Length,
/// Transfer-Encoding, Connection, Content-Type, User-Agent, X-Signature-SHA256, webhook-*, deltapost-*; at
/// most 20.
Result<std::map<std::string, std::string>> parse_endpoint_headers(const Json& value);

/// What an endpoint's secrets are sealed for (Sealer's context).
std::string secrets_context(const RecordKey& endpoint);

/// What a sealed row holds, as text and back.
std::string secrets_to_text(const EndpointSecrets& secrets);
Result<EndpointSecrets> secrets_from_text(std::string_view text);

/// The endpoint that a stored record and its opened secrets describe. Fault::corrupt when they do not.
Result<Endpoint> load_endpoint(const Record& record, std::string_view opened_secrets);

}  // namespace deltapost::delivery
