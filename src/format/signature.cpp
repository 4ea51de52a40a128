#include "format/signature.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

#include "base/check.hpp"
#include "base/digest.hpp"
#include "base/ed25519.hpp"
#include "base/encoding.hpp"

namespace deltapost::format {
namespace {

constexpr std::string_view kSymmetricPrefix = "whsec_";
constexpr std::string_view kPrivatePrefix = "whsk_";
constexpr std::string_view kPublicPrefix = "whpk_";
constexpr std::string_view kSymmetricVersion = "v1";
constexpr std::string_view kAsymmetricVersion = "v1a";

constexpr std::size_t kMinKeySize = 24;
constexpr std::size_t kMaxKeySize = 64;
constexpr std::size_t kGeneratedKeySize = 32;
constexpr std::size_t kSeedSize = 32;
constexpr std::size_t kPublicKeySize = 32;
constexpr std::size_t kMaxTimestampDigits = 12;

Error bad_secret(std::string_view what) {
  return {Fault::invalid, std::string(what), "secret"};
}

Error refused(std::string_view why) {
  return {Fault::unauthenticated, std::string(why)};
}

bool cut_prefix(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

std::string signed_content(std::string_view id, std::string_view timestamp, std::string_view body) {
  std::string content;
  content.reserve(id.size() + timestamp.size() + body.size() + 2);
  content.append(id).append(".").append(timestamp).append(".").append(body);
  return content;
}

void append_symmetric(std::string& out, std::string_view key, std::string_view id, std::string_view timestamp,
                      std::string_view body) {
  std::array<char, 64> place;
  append_base64(out, hmac_sha256(key, {id, ".", timestamp, ".", body}, place));
}

void append_signature(std::string& out, const SigningSecret& secret, std::string_view id,
                      std::string_view timestamp, std::string_view body) {
  const std::string_view key = secret.key_bytes();
  if (!secret.asymmetric()) {
    out.append(kSymmetricVersion).append(",");
    return append_symmetric(out, key, id, timestamp, body);
  }
  const auto signature = ed25519_sign(key.substr(0, kSeedSize), signed_content(id, timestamp, body));
  DP_CHECK(signature.has_value());
  out.append(kAsymmetricVersion).append(",");
  append_base64(out, *signature);
}

/// Elements of webhook-signature, taken apart at the first comma.
struct Candidate {
  std::string_view version;
  std::string_view signature;
};

std::vector<Candidate> candidates(std::string_view list) {
  std::vector<Candidate> found;
  while (!list.empty() && found.size() < kMaxSignatures) {
    const std::string_view element = list.substr(0, list.find(' '));
    list.remove_prefix(std::min(list.size(), element.size() + 1));
    const std::size_t comma = element.find(',');
    if (comma != std::string_view::npos)
      found.push_back({element.substr(0, comma), element.substr(comma + 1)});
  }
  return found;
}

/// What one of the receiver's secrets can check.
class Verifier {
 public:
  static std::optional<Verifier> make(std::string_view text) {
    if (cut_prefix(text, kPublicPrefix)) {
      auto key = from_base64(text);
      if (!key || key->size() != kPublicKeySize) return std::nullopt;
      return Verifier(std::move(*key), true);
    }
    const auto secret = SigningSecret::parse(text);
    if (!secret || secret->asymmetric()) return std::nullopt;
    return Verifier(secret->key_bytes(), false);
  }

  bool accepts(const std::vector<Candidate>& signatures, const StandardHeaders& headers,
               std::string_view body) const {
    std::string expected;
    if (public_)
      expected = signed_content(headers.id, headers.timestamp, body);
    else
      append_symmetric(expected, key_, headers.id, headers.timestamp, body);
    return std::ranges::any_of(signatures, [&](const Candidate& candidate) {
      if (!public_) {
        return candidate.version == kSymmetricVersion &&
               equal_in_constant_time(candidate.signature, expected);
      }
      if (candidate.version != kAsymmetricVersion) return false;
      const auto signature = from_base64(candidate.signature);
      return signature && ed25519_verify(key_, expected, *signature);
    });
  }

 private:
  Verifier(std::string key, bool is_public) : key_(std::move(key)), public_(is_public) {}

  std::string key_;
  bool public_;
};

std::optional<std::chrono::seconds> parse_timestamp(std::string_view text) {
  long long seconds = 0;
  const bool digits = !text.empty() && text.size() <= kMaxTimestampDigits &&
                      std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
  if (!digits) return std::nullopt;
  std::from_chars(text.data(), text.data() + text.size(), seconds);
  return std::chrono::seconds{seconds};
}

Result<void> check_headers(const StandardHeaders& headers, Time now) {
  if (headers.id.empty()) return refused("the header webhook-id is missing");
  if (headers.timestamp.empty()) return refused("the header webhook-timestamp is missing");
  if (headers.signature.empty()) return refused("the header webhook-signature is missing");
  // With a dot in it, the id could swallow the timestamp and the timestamp the body's beginning.
  if (headers.id.find('.') != std::string_view::npos) return refused("webhook-id must not hold a dot");
  const auto sent = parse_timestamp(headers.timestamp);
  if (!sent) return refused("webhook-timestamp must be Unix time in seconds");
  const auto age = std::chrono::floor<std::chrono::seconds>(now.time_since_epoch()) - *sent;
  if (age > kTimestampTolerance) return refused("webhook-timestamp is more than 5 minutes old");
  if (age < -kTimestampTolerance) return refused("webhook-timestamp is more than 5 minutes ahead");
  return ok();
}

}  // namespace

Result<SigningSecret> SigningSecret::parse(std::string_view text) {
  std::string_view encoded = text;
  if (cut_prefix(encoded, kPrivatePrefix)) {
    const auto key = from_base64(encoded);
    if (!key || key->size() != kSeedSize + kPublicKeySize) {
      return bad_secret("must be whsk_ and the base64 of a 64-byte ed25519 key");
    }
    const auto public_key = ed25519_public_key(std::string_view(*key).substr(0, kSeedSize));
    DP_CHECK(public_key.has_value());
    if (*public_key != std::string_view(*key).substr(kSeedSize)) {
      return bad_secret("must be an ed25519 key whose second half is the public key of the first");
    }
    return SigningSecret(std::string(text), *key, true);
  }
  cut_prefix(encoded, kSymmetricPrefix);
  const auto key = from_base64(encoded);
  if (!key || key->size() < kMinKeySize || key->size() > kMaxKeySize) {
    return bad_secret("must be whsec_ and the base64 of 24 to 64 bytes, or whsk_ and that of an ed25519 key");
  }
  return SigningSecret(std::string(text), *key, false);
}

SigningSecret SigningSecret::generate(Random& random) {
  std::string key = random_bytes(random, kGeneratedKeySize);
  std::string text = std::string(kSymmetricPrefix) + base64(key);
  return SigningSecret(std::move(text), std::move(key), false);
}

std::string SigningSecret::public_key_text() const {
  if (!asymmetric_) return {};
  return std::string(kPublicPrefix) + base64(std::string_view(key_).substr(kSeedSize));
}

std::string standard_signature(const SigningSecret& secret, std::string_view id, std::string_view timestamp,
                               std::string_view body) {
  std::string element;
  append_signature(element, secret, id, timestamp, body);
  return element;
}

std::string apten_signature(std::string_view secret_text, std::string_view body) {
  std::string signature;
  append_apten_signature(signature, secret_text, body);
  return signature;
}

std::string signature_timestamp(Time now) {
  return std::to_string(std::chrono::floor<std::chrono::seconds>(now.time_since_epoch()).count());
}

void append_signatures(std::string& out, std::span<const SigningSecret* const> secrets, std::string_view id,
                       std::string_view timestamp, std::string_view body) {
  DP_CHECK(!secrets.empty());
  DP_CHECK(id.find('.') == std::string_view::npos);
  std::string_view between;
  for (const SigningSecret* secret : secrets) {
    out += std::exchange(between, " ");
    append_signature(out, *secret, id, timestamp, body);
  }
}

void append_apten_signature(std::string& out, std::string_view secret_text, std::string_view body) {
  std::array<char, 64> place;
  append_hex(out, hmac_sha256(secret_text, {body}, place));
}

std::vector<std::pair<std::string, std::string>> signature_headers(const std::vector<SigningSecret>& secrets,
                                                                   std::string_view id, Time now,
                                                                   std::string_view body, bool apten) {
  std::vector<const SigningSecret*> each;
  for (const SigningSecret& secret : secrets) each.push_back(&secret);
  std::string timestamp = signature_timestamp(now), signatures;
  append_signatures(signatures, each, id, timestamp, body);
  std::vector<std::pair<std::string, std::string>> headers;
  headers.reserve(4);
  headers.emplace_back("webhook-id", id);
  headers.emplace_back("webhook-timestamp", std::move(timestamp));
  headers.emplace_back("webhook-signature", std::move(signatures));
  if (apten) headers.emplace_back("X-Signature-SHA256", apten_signature(secrets.front().text(), body));
  return headers;
}

Result<void> verify_standard(const std::vector<std::string>& secrets, const StandardHeaders& headers,
                             std::string_view body, Time now) {
  if (auto checked = check_headers(headers, now); !checked) return checked;
  const std::vector<Candidate> signatures = candidates(headers.signature);
  bool usable = false;
  for (const std::string& secret : secrets) {
    const auto verifier = Verifier::make(secret);
    if (!verifier) continue;
    usable = true;
    if (verifier->accepts(signatures, headers, body)) return ok();
  }
  if (!usable) return refused("no usable secret is set; one is whsec_… (24 to 64 bytes) or whpk_…");
  return refused("no signature in webhook-signature fits");
}

Result<void> verify_apten(std::string_view secret_text, std::string_view signature, std::string_view body) {
  if (secret_text.empty()) return refused("no secret is set");
  if (signature.empty()) return refused("the header X-Signature-SHA256 is missing");
  if (!equal_in_constant_time(signature, apten_signature(secret_text, body))) {
    return refused("X-Signature-SHA256 does not fit the body");
  }
  return ok();
}

}  // namespace deltapost::format
