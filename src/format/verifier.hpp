// Verifier: whether a webhook of someone else is theirs and whole. Works on the raw bytes, before any
// parsing, in constant time, with every secret that is valid just now; where a time is signed, it may be 300
// s off, both ways. Pure functions.
//
//   standard  Standard Webhooks 1.0: webhook-id, webhook-timestamp, webhook-signature; whsec_ or whpk_
//   apten     X-Signature-SHA256: hex HMAC-SHA256 of the body
//   hmac      a header that is set: HMAC-SHA256 or -SHA512 of the body, hex or base64, perhaps with a prefix
//   github    X-Hub-Signature-256: sha256=<hex>
//   stripe    Stripe-Signature: t=<s>,v1=<hex>[,v1=…], over `t.body`
//   hubspot   X-HubSpot-Signature-v3: base64 HMAC-SHA256 over method, URL, body and timestamp (ms)
//   close     close-sig-hash: hex HMAC-SHA256 over close-sig-timestamp and body, key hex-decoded
//   token     a shared token in a header or a query parameter
//   none      no check: only the secrecy of the source's URL protects it; must be chosen by name
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/digest.hpp"
#include "base/random.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "record/json.hpp"

namespace deltapost::format {

enum class Scheme { standard, apten, hmac, github, stripe, hubspot, close, token, none };

std::string_view to_string(Scheme scheme);

struct Verifier {
  Scheme scheme = Scheme::standard;
  // hmac: where and how. token: `header`, perhaps after a `prefix` such as "Bearer ", or `parameter`.
  std::string header{}, parameter{}, prefix{};
  HashAlgorithm algorithm = HashAlgorithm::sha256;
  bool base64 = false;  // else hex
  std::string url{};    // hubspot: our URL as HubSpot knows it, without the query
};

/// From a source's `verifier`: a name ("apten") or an object {"scheme": "hmac", "header": "X-Sig",
/// "algorithm": "sha256" | "sha512", "encoding": "hex" | "base64", "prefix": "sha256="}. Fault::invalid names
/// the member.
Result<Verifier> parse_verifier(const Json& value, std::string_view field);
Json verifier_to_json(const Verifier& verifier);

/// Whether the text can be a secret of this scheme. Fault::invalid, field `secret`, says what would be right.
Result<void> check_secret(const Verifier& verifier, std::string_view secret);
/// A new secret of the scheme's form. Where the sender gives the secret and takes none (stripe, hubspot,
/// close) it serves samples and tests. Empty for none.
std::string generate_secret(const Verifier& verifier, Random& random);

struct SignedRequest {
  std::string_view method;          // POST
  std::string_view path_and_query;  // as it came, still percent-encoded
  std::function<std::optional<std::string_view>(std::string_view name)> header;
  std::function<std::optional<std::string_view>(std::string_view name)> parameter;
  std::string_view body;
};

/// Fault::unauthenticated says in one sentence why not; never a secret or the signature that would be right.
Result<void> verify(const Verifier& verifier, std::span<const std::string> secrets,
                    const SignedRequest& request, Time now);

/// The headers (and query parameters: second) with which a sender of this scheme would send the body; for
/// samples and for `deltapost source send`. `id` is used where the scheme has one.
struct Signing {
  std::vector<std::pair<std::string, std::string>> headers, parameters;
};
Result<Signing> sign(const Verifier& verifier, std::string_view secret, std::string_view path_and_query,
                     std::string_view body, std::string_view id, Time now);

/// Header and parameter names that carry a secret itself (not a signature), lower case: to be kept out of
/// receipts.
std::vector<std::string> secret_names(const Verifier& verifier);

}  // namespace deltapost::format
