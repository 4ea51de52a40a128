// URLs that we send to, and targets that clients ask for. Both parsers are strict: what they do not
// understand they refuse, because two readings of one URL are how guards are passed by.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"

namespace deltapost::net {

struct Url {
  bool https = false;
  std::string host;  // lower case, without the brackets of IPv6
  bool ipv6 = false;
  std::uint16_t port = 0;  // the scheme's own when the URL names none
  std::string target;      // path and query, at least "/"; without the fragment

  /// As the Host header and people write it: brackets round IPv6, the port only where it is not the scheme's
  /// own.
  std::string authority() const;
};

/// http and https only, no user:password@, a host of letters, digits, '.', '-' and '_' or an IPv6 address in
/// brackets; at most 8192 characters, none of them blank, control or beyond ASCII. Fault::invalid says what
/// is wrong, without repeating the URL (it may hold a secret).
Result<Url> parse_url(std::string_view text);

struct Target {
  std::string path;  // decoded, begins with '/'
  std::vector<std::pair<std::string, std::string>> query;
};

/// A request's target in origin form (RFC 9112, section 3.2.1): "/path?query". Fault::malformed for any other
/// form, a bad percent escape, an encoded slash, a dot segment, a control character or invalid UTF-8.
Result<Target> parse_target(std::string_view text);

/// "%2B" -> "+"; with `plus_is_blank` also "+" -> " ", as in a query. Fault::malformed for a bad escape.
Result<std::string> percent_decode(std::string_view text, bool plus_is_blank = false);

}  // namespace deltapost::net
