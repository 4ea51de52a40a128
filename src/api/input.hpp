// Input: reading what a caller sent, with an Error for each way in which it can be wrong.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "api/call.hpp"
#include "base/result.hpp"
#include "record/json.hpp"

namespace deltapost::api {

/// The body as a JSON object. Fault::malformed, Fault::invalid (not an object) or Fault::too_large.
Result<JsonObject> json_body(const Call& call);
/// The same where the body may be left out, which gives an empty object; also refuses what is not sent as
/// JSON. The reply is the refusal.
std::variant<JsonObject, net::Reply> optional_json_body(const Call& call);
/// Nullopt when the body's Content-Type is JSON (application/json, or any +json), else the refusal.
std::optional<net::Reply> refuse_unless_json(const Call& call);

/// `limit`: 1 to `most`.
Result<std::size_t> limit_param(const Call& call, std::size_t fallback, std::size_t most);
/// An RFC 3339 time; nullopt when not given.
Result<std::optional<Time>> time_param(const Call& call, std::string_view name);
Result<std::optional<std::uint64_t>> number_param(const Call& call, std::string_view name);
/// Refuses a query parameter that the route does not know, so that a typing error does not silently widen a
/// list.
Result<void> only_params(const Call& call, std::initializer_list<std::string_view> known);

/// The record key of a lead or contact named in the path; Fault::not_found for what cannot be an id.
Result<RecordKey> record_param(const Call& call, Kind kind, std::size_t index = 0);

Error not_found(Kind kind, std::string_view id);

/// If-Match: `"7"` (also weak or bare); `*` and absent give nullopt.
Result<std::optional<Version>> if_match(const Call& call);

Json time_or_null(const std::optional<Time>& time);
net::Reply json_reply(int status, const JsonObject& body);
std::string etag(Version version);

}  // namespace deltapost::api
