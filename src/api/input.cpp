#include "api/input.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>

#include "api/problem.hpp"
#include "record/contact.hpp"

namespace deltapost::api {
namespace {

constexpr std::size_t kMaxLeadId = 128;

std::optional<std::uint64_t> parse_number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || text.empty()) return {};
  return value;
}

Error bad_param(std::string_view name, std::string message) {
  return {.fault = Fault::invalid, .message = std::move(message), .field = std::string(name)};
}

}  // namespace

Result<JsonObject> json_body(const Call& call) {
  if (call.request.body.empty())
    return Error{.fault = Fault::malformed, .message = "the body is empty; send a JSON object"};
  return parse_json_object(call.request.body);
}

std::variant<JsonObject, net::Reply> optional_json_body(const Call& call) {
  if (call.request.body.empty()) return JsonObject{};
  if (auto refusal = refuse_unless_json(call)) return *std::move(refusal);
  auto body = json_body(call);
  if (!body) return problem(body.error());
  return *std::move(body);
}

Json time_or_null(const std::optional<Time>& time) {
  if (!time) return nullptr;
  return boost::json::string(iso_millis(*time));
}

std::optional<net::Reply> refuse_unless_json(const Call& call) {
  constexpr std::string_view kJson = "application/json", kJsonSuffix = "+json";
  std::string_view type = call.request.header("content-type").value_or("");
  type = type.substr(0, type.find(';'));
  while (type.ends_with(' ')) type.remove_suffix(1);
  const auto same = [](std::string_view a, std::string_view b) {
    return std::ranges::equal(a, b, {}, [](unsigned char c) { return std::tolower(c); });
  };
  const std::string_view end = type.substr(type.size() - std::min(type.size(), kJsonSuffix.size()));
  if (same(type, kJson) || same(end, kJsonSuffix)) return {};
  std::string told(type);
  std::ranges::transform(told, told.begin(), [](unsigned char c) { return std::tolower(c); });
  return unsupported_media_type(told);
}

Result<std::size_t> limit_param(const Call& call, std::size_t fallback, std::size_t most) {
  const auto text = call.request.param("limit");
  if (!text) return fallback;
  const auto value = parse_number(*text);
  if (!value || *value < 1 || *value > most)
    return bad_param("limit", fmt::format("limit must be a whole number from 1 to {}", most));
  return static_cast<std::size_t>(*value);
}

Result<std::optional<Time>> time_param(const Call& call, std::string_view name) {
  const auto text = call.request.param(name);
  if (!text) return std::optional<Time>{};
  auto time = parse_iso(*text);
  if (!time)
    return bad_param(
        name,
        fmt::format("{} must be a time like 2026-05-14T15:30:00.000Z (RFC 3339; write + as %2B)", name));
  return std::optional{*time};
}

Result<std::optional<std::uint64_t>> number_param(const Call& call, std::string_view name) {
  const auto text = call.request.param(name);
  if (!text) return std::optional<std::uint64_t>{};
  const auto value = parse_number(*text);
  if (!value) return bad_param(name, fmt::format("{} must be a whole number", name));
  return value;
}

Result<void> only_params(const Call& call, std::initializer_list<std::string_view> known) {
  for (const auto& [name, value] : call.request.query)
    if (std::ranges::find(known, name) == known.end())
      return bad_param(
          name, known.size() == 0
                    ? fmt::format("unknown parameter {}; this route has none", name)
                    : fmt::format("unknown parameter {}; this route has {}", name, fmt::join(known, ", ")));
  return ok();
}

Result<RecordKey> record_param(const Call& call, Kind kind, std::size_t index) {
  const std::string& id = call.params.at(index);
  if (kind != Kind::contact) {
    if (id.size() > kMaxLeadId) return not_found(kind, "of that length");
    return RecordKey{call.caller.account, kind, id};
  }
  const auto number = parse_number(id);
  if (!number || *number == 0 || *number > contact::kMaxId) return not_found(kind, id);
  return RecordKey{call.caller.account, kind, contact_key_id(*number)};
}

Error not_found(Kind kind, std::string_view id) {
  return {.fault = Fault::not_found, .message = fmt::format("there is no {} {}", to_string(kind), id)};
}

Result<std::optional<Version>> if_match(const Call& call) {
  const auto header = call.request.header("if-match");
  if (!header || *header == "*") return std::optional<Version>{};
  std::string_view text = *header;
  if (text.starts_with("W/")) text.remove_prefix(2);
  if (text.size() >= 2 && text.front() == '"' && text.back() == '"') text = text.substr(1, text.size() - 2);
  const auto version = parse_number(text);
  if (!version)
    return bad_param("If-Match",
                     "If-Match must be the ETag of the record, its version in quotes, like \"7\"");
  return std::optional<Version>{*version};
}

net::Reply json_reply(int status, const JsonObject& body) {
  return {.status = status, .body = to_text(body)};
}

std::string etag(Version version) {
  return fmt::format("\"{}\"", version);
}

}  // namespace deltapost::api
