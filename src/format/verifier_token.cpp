// token, none: nothing is signed. A token is only as secret as the way it takes.
#include <algorithm>

#include "base/encoding.hpp"
#include "format/verifier_schemes.hpp"
#include "record/fields.hpp"

namespace deltapost::format {
namespace {

constexpr std::size_t kMinTokenCharacters = 16;
constexpr std::size_t kMaxTokenCharacters = 512;

Result<void> check_token(const Verifier&, std::string_view secret) {
  const bool printable = std::ranges::all_of(secret, [](char c) { return c > ' ' && c <= '~'; });
  if (printable && secret.size() >= kMinTokenCharacters && secret.size() <= kMaxTokenCharacters) return ok();
  return fields::invalid("secret", "must be a token of 16 to 512 printable ASCII characters without blanks");
}

Result<std::string_view> given_token(const Verifier& verifier, const SignedRequest& request) {
  if (!verifier.header.empty()) {
    const auto header = required_header(request, verifier.header);
    if (!header) return header.error();
    if (!header->starts_with(verifier.prefix)) {
      return refused(verifier.header + " does not begin with " + verifier.prefix);
    }
    return header->substr(verifier.prefix.size());
  }
  const auto value = request.parameter(verifier.parameter);
  if (!value || value->empty()) {
    return refused("the query parameter " + verifier.parameter + " is missing");
  }
  if (value->size() > kMaxSignatureHeader) {
    return refused("the query parameter " + verifier.parameter + " is too long");
  }
  return *value;
}

Result<void> verify_token(const Verifier& verifier, Secrets secrets, const SignedRequest& request, Time) {
  const auto given = given_token(verifier, request);
  if (!given) return given.error();
  // Digests are compared, so that not even the length shows in the time it takes.
  const std::string digest = sha256(*given);
  const std::string& place = verifier.header.empty() ? verifier.parameter : verifier.header;
  return match(secrets, {&digest, 1}, "the token in " + place,
               [](std::string_view secret) { return sha256(secret); });
}

Result<Signing> sign_token(const Verifier& verifier, std::string_view secret, std::string_view,
                           std::string_view, std::string_view, Time) {
  Signing signing;
  if (verifier.header.empty()) {
    signing.parameters.emplace_back(verifier.parameter, secret);
  } else {
    signing.headers.emplace_back(verifier.header, verifier.prefix + std::string(secret));
  }
  return signing;
}

Result<void> check_no_secret(const Verifier&, std::string_view secret) {
  if (secret.empty()) return ok();
  return fields::invalid("secret", "is not used by the scheme none; leave it out, or choose another scheme");
}

}  // namespace

const SchemeRules kTokenRules{check_token, generate_text_secret, verify_token, sign_token};

const SchemeRules kNoneRules{check_no_secret, [](const Verifier&, Random&) { return std::string(); },
                             [](const Verifier&, Secrets, const SignedRequest&, Time) { return ok(); },
                             [](const Verifier&, std::string_view, std::string_view, std::string_view,
                                std::string_view, Time) { return Result<Signing>(Signing{}); }};

}  // namespace deltapost::format
