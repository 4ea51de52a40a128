// Who sent a webhook. What we sign verifies, and no longer once a byte of it is another; headers of a
// stranger who does not have the secret never do. Parts: verifier, headers (a line each), body.
#include <map>

#include "base/check.hpp"
#include "format/verifier.hpp"
#include "fuzz/input.hpp"
#include "fuzz/targets.hpp"

namespace deltapost::fuzz {
namespace {

using format::Scheme;

constexpr Time kNow{Millis{1'780'000'000'000}};
constexpr std::string_view kPath = "/in/t?a=%3a&token=";

using Fields = std::map<std::string, std::string, std::less<>>;

Fields headers_of(std::string_view text) {
  Fields headers;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    const auto colon = line.find(": ");
    if (colon != std::string_view::npos) headers.emplace(line.substr(0, colon), line.substr(colon + 2));
  }
  return headers;
}

Result<void> verify(const format::Verifier& verifier, const std::string& secret, const Fields& fields,
                    std::string_view body) {
  const auto found = [&](std::string_view name) -> std::optional<std::string_view> {
    const auto at = fields.find(name);
    return at == fields.end() ? std::nullopt : std::optional<std::string_view>(at->second);
  };
  return format::verify(
      verifier, {&secret, 1},
      {.method = "POST", .path_and_query = kPath, .header = found, .parameter = found, .body = body}, kNow);
}

void check_own(const format::Verifier& verifier, const std::string& secret, std::string_view body,
               Choices& choices) {
  const auto signing = format::sign(verifier, secret, kPath, body, "msg_1", kNow);
  DP_CHECK(signing);
  Fields fields;
  for (const auto& [name, value] : signing->headers) fields[name] = value;
  for (const auto& [name, value] : signing->parameters) fields[name] = value;
  DP_CHECK(verify(verifier, secret, fields, body));
  if (verifier.scheme == Scheme::none) return;
  if (verifier.scheme != Scheme::token) {
    const std::string other = body.empty() ? "x" : with_one_changed(std::string(body), choices);
    DP_CHECK(!verify(verifier, secret, fields, other));
  }
  for (auto& [name, value] : fields) {
    if (value.empty()) continue;
    const std::string kept = value;
    value.pop_back();
    DP_CHECK(!verify(verifier, secret, fields, body));
    value.clear();
    DP_CHECK(!verify(verifier, secret, fields, body));
    value = kept;
  }
}

}  // namespace

void signature_headers(std::string_view input) {
  const auto [first, second, body] = parts_of<3>(input);
  const auto json = parse_json(first);
  if (!json) return;
  const auto verifier = format::parse_verifier(*json, "verifier");
  if (!verifier) return DP_CHECK(verifier.error().field.starts_with("verifier"));
  const Json written = format::verifier_to_json(*verifier);
  const auto again = format::parse_verifier(written, "verifier");
  DP_CHECK(again && same_json(format::verifier_to_json(*again), written));
  Choices choices(input);
  // Another secret for each input: one for all, a fuzzer would learn.
  SeededRandom random(choices.below(1U << 30));
  const std::string secret = format::generate_secret(*verifier, random);
  DP_CHECK(format::check_secret(*verifier, secret));
  check_own(*verifier, secret, body, choices);
  const auto stranger = verify(*verifier, secret, headers_of(second), body);
  DP_CHECK(stranger.has_value() == (verifier->scheme == Scheme::none));
  if (!stranger) DP_CHECK(stranger.error().message.find(secret) == std::string::npos);
}

}  // namespace deltapost::fuzz
