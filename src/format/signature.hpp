// Signatures: how receivers know that a webhook is ours and whole.
//   Standard Webhooks 1.0 (github.com/standard-webhooks/standard-webhooks, spec/standard-webhooks.md): v1 is
//   HMAC-SHA256, v1a is ed25519, both over `{id}.{timestamp}.{raw body}`.
//   Apten: X-Signature-SHA256, lower-case hex of HMAC-SHA256(secret, raw body), no prefix, no time.
#pragma once

#include <chrono>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/random.hpp"
#include "base/result.hpp"
#include "base/time.hpp"

namespace deltapost::format {

/// A signing secret, as users write it: `whsec_<base64 of 24 to 64 bytes>` (v1) or `whsk_<base64 of the
/// 64-byte ed25519 key: seed, then public key>` (v1a). The prefix whsec_ may be left out, as in other
/// implementations of the standard. Apten's header is keyed with the text of the secret as it is written, so
/// that the receiver can use it as a plain string.
class SigningSecret {
 public:
  /// Fault::invalid, field "secret", with what would be right.
  static Result<SigningSecret> parse(std::string_view text);
  static SigningSecret generate(Random& random);  // whsec_ with 32 bytes

  const std::string& text() const { return text_; }
  bool asymmetric() const { return asymmetric_; }
  /// `whpk_…` for an ed25519 secret; empty otherwise.
  std::string public_key_text() const;
  const std::string& key_bytes() const { return key_; }

 private:
  SigningSecret(std::string text, std::string key, bool asymmetric)
      : text_(std::move(text)), key_(std::move(key)), asymmetric_(asymmetric) {}

  std::string text_;
  std::string key_;  // decoded
  bool asymmetric_ = false;
};

/// One element of webhook-signature: `v1,<base64>` or `v1a,<base64>`. Neither id nor timestamp holds a dot.
std::string standard_signature(const SigningSecret& secret, std::string_view id, std::string_view timestamp,
                               std::string_view body);

std::string apten_signature(std::string_view secret_text, std::string_view body);

/// webhook-timestamp: Unix time in seconds.
std::string signature_timestamp(Time now);
/// Appends the value of webhook-signature: one element per secret, in their order.
void append_signatures(std::string& out, std::span<const SigningSecret* const> secrets, std::string_view id,
                       std::string_view timestamp, std::string_view body);
/// Appends what apten_signature gives.
void append_apten_signature(std::string& out, std::string_view secret_text, std::string_view body);

/// The same as headers, for any request: webhook-id, webhook-timestamp, webhook-signature (one element per
/// secret, the newest first) and, when `apten` is set, X-Signature-SHA256 with the newest secret.
std::vector<std::pair<std::string, std::string>> signature_headers(const std::vector<SigningSecret>& secrets,
                                                                   std::string_view id, Time now,
                                                                   std::string_view body, bool apten);

// ---- verifying (the receiver of `deltapost listen`, tests, and incoming webhooks)

struct StandardHeaders {
  std::string_view id, timestamp, signature;
};

inline constexpr std::chrono::seconds kTimestampTolerance{300};
/// Elements of a webhook-signature that are looked at; a sender has one per secret.
inline constexpr std::size_t kMaxSignatures = 32;

/// Success when one of the signatures in the list fits one of the secrets (whsec_, or whpk_ for v1a) and the
/// time is within the tolerance, both ways. Elements of versions that we do not know are passed over, and so
/// are secrets that are none. Constant time. Fault::unauthenticated says why not.
Result<void> verify_standard(const std::vector<std::string>& secrets, const StandardHeaders& headers,
                             std::string_view body, Time now);
/// An empty secret verifies nothing.
Result<void> verify_apten(std::string_view secret_text, std::string_view signature, std::string_view body);

}  // namespace deltapost::format
