// standard, stripe, hubspot, close: a time is signed together with the body.
#include <algorithm>
#include <array>

#include "base/encoding.hpp"
#include "format/signature.hpp"
#include "format/verifier_schemes.hpp"
#include "record/fields.hpp"

namespace deltapost::format {
namespace {

constexpr Millis kSecond{1000};
constexpr Millis kMillisecond{1};

// ---- standard

constexpr std::string_view kPublicPrefix = "whpk_";
constexpr std::size_t kPublicKeySize = 32;

Result<void> check_standard_secret(const Verifier&, std::string_view secret) {
  if (secret.starts_with(kPublicPrefix)) {
    const auto key = from_base64(secret.substr(kPublicPrefix.size()));
    if (key && key->size() == kPublicKeySize) return ok();
  } else if (const auto parsed = SigningSecret::parse(secret); parsed && !parsed->asymmetric()) {
    return ok();
  }
  return fields::invalid("secret",
                         "must be whsec_ and the base64 of 24 to 64 bytes, or whpk_ and the base64 of the "
                         "sender's public ed25519 key of 32 bytes");
}

std::string generate_standard_secret(const Verifier&, Random& random) {
  return SigningSecret::generate(random).text();
}

Result<void> verify_standard_request(const Verifier&, Secrets secrets, const SignedRequest& request,
                                     Time now) {
  std::array<std::string_view, 3> values;
  constexpr std::array<std::string_view, 3> kNames{"webhook-id", "webhook-timestamp", "webhook-signature"};
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    const auto value = required_header(request, kNames[i]);
    if (!value) return value.error();
    values[i] = *value;
  }
  return verify_standard({secrets.begin(), secrets.end()}, {values[0], values[1], values[2]}, request.body,
                         now);
}

Result<Signing> sign_standard(const Verifier&, std::string_view secret, std::string_view,
                              std::string_view body, std::string_view id, Time now) {
  const auto parsed = SigningSecret::parse(secret);
  if (!parsed) {
    return fields::invalid("secret", "must be whsec_… or whsk_… to sign with; a whpk_… only verifies");
  }
  if (id.empty() || id.find('.') != std::string_view::npos) {
    return fields::invalid("id", "must not be empty and hold no dot");
  }
  return Signing{signature_headers({*parsed}, id, now, body, false), {}};
}

// ---- stripe

constexpr std::string_view kStripeHeader = "Stripe-Signature";

std::string stripe_signature(std::string_view secret, std::string_view time, std::string_view body) {
  return hex(hmac_sha256(secret, {time, ".", body}));
}

Result<void> verify_stripe(const Verifier&, Secrets secrets, const SignedRequest& request, Time now) {
  const auto header = required_header(request, kStripeHeader);
  if (!header) return header.error();
  std::string_view time;
  std::vector<std::string> signatures;
  for (std::string_view rest = *header; !rest.empty();) {
    const std::string_view element = rest.substr(0, rest.find(','));
    rest.remove_prefix(std::min(rest.size(), element.size() + 1));
    if (element.starts_with("t=")) {
      // Which of two times is signed cannot be told, so neither is believed.
      if (!time.empty()) return refused("Stripe-Signature holds two times");
      time = element.substr(2);
    }
    if (element.starts_with("v1=") && signatures.size() < kMaxSignatures) {
      signatures.push_back(lower_case(element.substr(3)));
    }
  }
  if (auto timely = check_time("t in Stripe-Signature", time, kSecond, now); !timely) return timely;
  return match(secrets, signatures, kStripeHeader,
               [&](std::string_view secret) { return stripe_signature(secret, time, request.body); });
}

Result<Signing> sign_stripe(const Verifier&, std::string_view secret, std::string_view, std::string_view body,
                            std::string_view, Time now) {
  const std::string time = unix_text(now, kSecond);
  Signing signing;
  signing.headers.emplace_back(kStripeHeader, "t=" + time + ",v1=" + stripe_signature(secret, time, body));
  return signing;
}

std::string generate_stripe_secret(const Verifier&, Random& random) {
  constexpr std::size_t kCharacters = 32;
  return "whsec_" + random_base62(random, kCharacters);
}

// ---- hubspot

constexpr std::string_view kHubspotHeader = "X-HubSpot-Signature-v3";
constexpr std::string_view kHubspotTime = "X-HubSpot-Request-Timestamp";

/// HubSpot signs the URL with these characters decoded, all others as they are.
std::string decoded_for_hubspot(std::string_view url) {
  constexpr std::string_view kDecoded = ":/?@!$'()*,;";
  std::string text;
  text.reserve(url.size());
  for (std::size_t i = 0; i < url.size(); ++i) {
    const auto byte = url[i] == '%' ? from_hex(url.substr(i + 1, 2)) : Result<std::string>(std::string());
    const bool decode = byte && byte->size() == 1 && kDecoded.find(byte->front()) != std::string_view::npos;
    text += decode ? byte->front() : url[i];
    if (decode) i += 2;
  }
  return text;
}

std::string signed_url(const Verifier& verifier, std::string_view path_and_query) {
  const std::size_t query = path_and_query.find('?');
  std::string url = verifier.url;
  if (query != std::string_view::npos) url += path_and_query.substr(query);
  return decoded_for_hubspot(url);
}

std::string hubspot_signature(std::string_view secret, std::string_view method, std::string_view url,
                              std::string_view body, std::string_view time) {
  return base64(hmac_sha256(secret, {method, url, body, time}));
}

Result<void> verify_hubspot(const Verifier& verifier, Secrets secrets, const SignedRequest& request,
                            Time now) {
  const auto header = required_header(request, kHubspotHeader);
  if (!header) return header.error();
  const auto time = required_header(request, kHubspotTime);
  if (!time) return time.error();
  if (auto timely = check_time(kHubspotTime, *time, kMillisecond, now); !timely) return timely;
  const std::string given(*header);
  const std::string url = signed_url(verifier, request.path_and_query);
  return match(secrets, {&given, 1}, kHubspotHeader, [&](std::string_view secret) {
    return hubspot_signature(secret, request.method, url, request.body, *time);
  });
}

Result<Signing> sign_hubspot(const Verifier& verifier, std::string_view secret,
                             std::string_view path_and_query, std::string_view body, std::string_view,
                             Time now) {
  const std::string time = unix_text(now, kMillisecond);
  const std::string url = signed_url(verifier, path_and_query);
  Signing signing;
  signing.headers.emplace_back(kHubspotHeader, hubspot_signature(secret, "POST", url, body, time));
  signing.headers.emplace_back(kHubspotTime, time);
  return signing;
}

// ---- close

constexpr std::string_view kCloseHeader = "close-sig-hash";
constexpr std::string_view kCloseTime = "close-sig-timestamp";
constexpr std::size_t kMaxCloseKey = 128;

std::optional<std::string> close_key(std::string_view secret) {
  auto key = from_hex(secret);
  if (!key || key->empty() || key->size() > kMaxCloseKey) return std::nullopt;
  return std::move(*key);
}

Result<void> check_close_secret(const Verifier&, std::string_view secret) {
  if (close_key(secret)) return ok();
  return fields::invalid(
      "secret", "must be the signature key as Close shows it: hexadecimal digits, two for each byte");
}

std::string generate_close_secret(const Verifier&, Random& random) {
  constexpr std::size_t kBytes = 32;
  return hex(random_bytes(random, kBytes));
}

std::optional<std::string> close_signature(std::string_view secret, std::string_view time,
                                           std::string_view body) {
  const auto key = close_key(secret);
  if (!key) return std::nullopt;
  return hex(hmac_sha256(*key, {time, body}));
}

Result<void> verify_close(const Verifier&, Secrets secrets, const SignedRequest& request, Time now) {
  const auto header = required_header(request, kCloseHeader);
  if (!header) return header.error();
  const auto time = required_header(request, kCloseTime);
  if (!time) return time.error();
  if (auto timely = check_time(kCloseTime, *time, kSecond, now); !timely) return timely;
  const std::string given = lower_case(*header);
  return match(secrets, {&given, 1}, kCloseHeader,
               [&](std::string_view secret) { return close_signature(secret, *time, request.body); });
}

Result<Signing> sign_close(const Verifier& verifier, std::string_view secret, std::string_view,
                           std::string_view body, std::string_view, Time now) {
  if (auto checked = check_close_secret(verifier, secret); !checked) return checked.error();
  const std::string time = unix_text(now, kSecond);
  Signing signing;
  signing.headers.emplace_back(kCloseHeader, *close_signature(secret, time, body));
  signing.headers.emplace_back(kCloseTime, time);
  return signing;
}

}  // namespace

const SchemeRules kStandardRules{check_standard_secret, generate_standard_secret, verify_standard_request,
                                 sign_standard};
const SchemeRules kStripeRules{check_text_secret, generate_stripe_secret, verify_stripe, sign_stripe};
const SchemeRules kHubspotRules{check_text_secret, generate_text_secret, verify_hubspot, sign_hubspot};
const SchemeRules kCloseRules{check_close_secret, generate_close_secret, verify_close, sign_close};

}  // namespace deltapost::format
