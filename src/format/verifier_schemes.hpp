// What each scheme's file offers to verifier.cpp, and the pieces that several of them share. Private to the
// room.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "format/verifier.hpp"

namespace deltapost::format {

using Secrets = std::span<const std::string>;

/// What is looked at of a header that carries a signature, a time or a token.
inline constexpr std::size_t kMaxSignatureHeader = 4096;

Error refused(std::string why);

/// Refused when it is missing, empty or longer than kMaxSignatureHeader.
Result<std::string_view> required_header(const SignedRequest& request, std::string_view name);

/// A header with Unix time in whole units of `unit`; refused more than 300 s off, both ways.
Result<void> check_time(std::string_view name, std::string_view text, Millis unit, Time now);

std::string unix_text(Time now, Millis unit);

/// Hexadecimal digits as hex() writes them; senders write either case.
std::string lower_case(std::string_view text);

/// What the signature would be with a secret; nullopt: the text is no secret of the scheme.
using Expected = std::function<std::optional<std::string>(std::string_view secret)>;

/// Whether one of the signatures is what one of the secrets gives. All are compared, whichever fits. An empty
/// secret is none.
Result<void> match(Secrets secrets, std::span<const std::string> signatures, std::string_view header,
                   const Expected& expected);

/// What verifier.cpp asks of a scheme.
struct SchemeRules {
  Result<void> (*check_secret)(const Verifier& verifier, std::string_view secret);
  std::string (*generate)(const Verifier& verifier, Random& random);
  Result<void> (*verify)(const Verifier& verifier, Secrets secrets, const SignedRequest& request, Time now);
  Result<Signing> (*sign)(const Verifier& verifier, std::string_view secret, std::string_view path_and_query,
                          std::string_view body, std::string_view id, Time now);
};

/// Any text of 1 to 512 bytes can be the key of a MAC.
Result<void> check_text_secret(const Verifier& verifier, std::string_view secret);
std::string generate_text_secret(const Verifier& verifier, Random& random);

extern const SchemeRules kStandardRules;
/// apten, hmac and github: the MAC of the body in a header.
extern const SchemeRules kDigestRules;
extern const SchemeRules kStripeRules;
extern const SchemeRules kHubspotRules;
extern const SchemeRules kCloseRules;
extern const SchemeRules kTokenRules;
extern const SchemeRules kNoneRules;

}  // namespace deltapost::format
