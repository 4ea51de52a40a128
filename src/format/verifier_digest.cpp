// apten, hmac, github: a header holds the MAC of the body, and no time is signed. And what all schemes share.
#include <algorithm>
#include <charconv>

#include "base/encoding.hpp"
#include "format/signature.hpp"
#include "format/verifier_schemes.hpp"
#include "record/fields.hpp"

namespace deltapost::format {
namespace {

constexpr std::size_t kMaxSecretBytes = 512;
constexpr std::size_t kGeneratedCharacters = 40;
constexpr std::size_t kMaxTimeDigits = 15;

/// Where the MAC stands and how it is written.
struct Place {
  std::string_view header, prefix;
  HashAlgorithm algorithm = HashAlgorithm::sha256;
  bool base64 = false;
};

Place place_of(const Verifier& verifier) {
  if (verifier.scheme == Scheme::apten) return {.header = "X-Signature-SHA256", .prefix = ""};
  if (verifier.scheme == Scheme::github) return {.header = "X-Hub-Signature-256", .prefix = "sha256="};
  return {verifier.header, verifier.prefix, verifier.algorithm, verifier.base64};
}

std::string signature(const Place& place, std::string_view secret, std::string_view body) {
  const std::string mac = Hmac(place.algorithm, secret).mac({body});
  return place.base64 ? base64(mac) : hex(mac);
}

Result<void> verify_digest(const Verifier& verifier, Secrets secrets, const SignedRequest& request, Time) {
  const Place place = place_of(verifier);
  const auto header = required_header(request, place.header);
  if (!header) return header.error();
  if (!header->starts_with(place.prefix)) {
    return refused(std::string(place.header) + " does not begin with " + std::string(place.prefix));
  }
  const std::string_view written = header->substr(place.prefix.size());
  const std::string given = place.base64 ? std::string(written) : lower_case(written);
  return match(secrets, {&given, 1}, place.header,
               [&](std::string_view secret) { return signature(place, secret, request.body); });
}

Result<Signing> sign_digest(const Verifier& verifier, std::string_view secret, std::string_view,
                            std::string_view body, std::string_view, Time) {
  const Place place = place_of(verifier);
  Signing signing;
  signing.headers.emplace_back(place.header, std::string(place.prefix) + signature(place, secret, body));
  return signing;
}

}  // namespace

Error refused(std::string why) {
  return {Fault::unauthenticated, std::move(why)};
}

Result<std::string_view> required_header(const SignedRequest& request, std::string_view name) {
  const auto value = request.header(name);
  if (!value || value->empty()) return refused("the header " + std::string(name) + " is missing");
  if (value->size() > kMaxSignatureHeader) {
    return refused("the header " + std::string(name) + " is longer than " +
                   std::to_string(kMaxSignatureHeader) + " bytes");
  }
  return *value;
}

Result<void> check_time(std::string_view name, std::string_view text, Millis unit, Time now) {
  const bool digits =
      !text.empty() && text.size() <= kMaxTimeDigits && text.find_first_not_of("0123456789") == text.npos;
  long long units = 0;
  if (digits) std::from_chars(text.data(), text.data() + text.size(), units);
  const long long current = now.time_since_epoch() / unit;
  const long long tolerance = Millis(kTimestampTolerance) / unit;
  if (!digits) {
    return refused(std::string(name) + " must be Unix time in " +
                   (unit == Millis(1) ? "milliseconds" : "seconds"));
  }
  if (current - units > tolerance) return refused(std::string(name) + " is more than 5 minutes old");
  if (units - current > tolerance) return refused(std::string(name) + " is more than 5 minutes ahead");
  return ok();
}

std::string unix_text(Time now, Millis unit) {
  return std::to_string(now.time_since_epoch() / unit);
}

std::string lower_case(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

Result<void> match(Secrets secrets, std::span<const std::string> signatures, std::string_view header,
                   const Expected& expected) {
  bool usable = false;
  bool fits = false;
  for (const std::string& secret : secrets) {
    const auto wanted = secret.empty() ? std::nullopt : expected(secret);
    if (!wanted) continue;
    usable = true;
    for (const std::string& signature : signatures) fits |= equal_in_constant_time(signature, *wanted);
  }
  if (!usable) return refused("no usable secret is set");
  if (!fits) return refused(std::string(header) + " does not fit the request");
  return ok();
}

Result<void> check_text_secret(const Verifier&, std::string_view secret) {
  if (!secret.empty() && secret.size() <= kMaxSecretBytes && valid_utf8(secret)) return ok();
  return fields::invalid("secret", "must be the secret as the sender has it, 1 to " +
                                       std::to_string(kMaxSecretBytes) + " bytes of text");
}

std::string generate_text_secret(const Verifier&, Random& random) {
  return random_base62(random, kGeneratedCharacters);
}

const SchemeRules kDigestRules{check_text_secret, generate_text_secret, verify_digest, sign_digest};

}  // namespace deltapost::format
