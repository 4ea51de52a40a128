#include "net/url.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

#include "base/encoding.hpp"

namespace deltapost::net {
namespace {

constexpr std::size_t kMaxUrlLength = 8192;
constexpr std::size_t kMaxHostLength = 253;  // RFC 1035
constexpr std::size_t kMaxQueryParameters = 256;

Error invalid(std::string message) {
  return {Fault::invalid, std::move(message)};
}
Error malformed(std::string message) {
  return {Fault::malformed, std::move(message)};
}

bool is_visible_ascii(char c) {
  return c > 0x20 && c < 0x7f;
}

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

bool starts_with_ignoring_case(std::string_view text, std::string_view prefix) {
  return text.size() >= prefix.size() &&
         std::equal(prefix.begin(), prefix.end(), text.begin(), [](char p, char t) { return p == lower(t); });
}

bool is_name_char(char c) {
  return (c >= '0' && c <= '9') || (lower(c) >= 'a' && lower(c) <= 'z') || c == '.' || c == '-' || c == '_';
}

bool is_ipv6_char(char c) {
  return hex_value(c) >= 0 || c == ':' || c == '.';
}

Result<std::uint16_t> parse_port(std::string_view text) {
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value == 0 || value > 65535) {
    return invalid("The URL's port is not a number from 1 to 65535.");
  }
  return static_cast<std::uint16_t>(value);
}

/// Fills host, ipv6 and port from "host:port" or "[v6]:port".
Result<void> parse_authority(std::string_view authority, Url& url) {
  std::string_view host;
  std::string_view rest;
  if (authority.starts_with('[')) {
    const auto close = authority.find(']');
    if (close == std::string_view::npos) return invalid("The URL's IPv6 address lacks its closing bracket.");
    host = authority.substr(1, close - 1);
    rest = authority.substr(close + 1);
    url.ipv6 = true;
    if (host.empty() || !std::all_of(host.begin(), host.end(), is_ipv6_char)) {
      return invalid("The URL's IPv6 address is not valid.");
    }
  } else {
    const auto colon = authority.find(':');
    host = authority.substr(0, colon);
    rest = colon == std::string_view::npos ? std::string_view{} : authority.substr(colon);
    if (host.empty()) return invalid("The URL names no host.");
    if (host.size() > kMaxHostLength || !std::all_of(host.begin(), host.end(), is_name_char)) {
      return invalid("The URL's host may hold only letters, digits, '.', '-' and '_'.");
    }
  }
  url.host.resize(host.size());
  std::transform(host.begin(), host.end(), url.host.begin(), lower);
  url.port = url.https ? 443 : 80;
  if (rest.empty()) return ok();
  if (!rest.starts_with(':')) return invalid("The URL's host is not followed by a port or a path.");
  auto port = parse_port(rest.substr(1));
  if (!port) return port.error();
  url.port = *port;
  return ok();
}

std::optional<Error> bad_text(std::string_view text) {
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
  if (std::any_of(text.begin(), text.end(), is_control)) {
    return malformed("The target holds a control character.");
  }
  if (!valid_utf8(text)) return malformed("The target is not valid UTF-8.");
  return std::nullopt;
}

Result<std::string> decode_path(std::string_view raw) {
  std::string path;
  path.reserve(raw.size());
  for (std::size_t begin = 1; begin <= raw.size();) {
    const auto end = std::min(raw.find('/', begin), raw.size());
    auto segment = percent_decode(raw.substr(begin, end - begin));
    if (!segment) return segment;
    if (segment->find('/') != std::string::npos) return malformed("The path holds an encoded slash.");
    if (*segment == "." || *segment == "..") return malformed("The path holds a dot segment.");
    path += '/';
    path += *segment;
    begin = end + 1;
  }
  if (auto bad = bad_text(path)) return *bad;
  return path;
}

Result<std::vector<std::pair<std::string, std::string>>> decode_query(std::string_view raw) {
  std::vector<std::pair<std::string, std::string>> query;
  while (!raw.empty()) {
    const auto pair = raw.substr(0, raw.find('&'));
    raw.remove_prefix(std::min(raw.size(), pair.size() + 1));
    if (pair.empty()) continue;
    if (query.size() == kMaxQueryParameters) return malformed("The query has more than 256 parameters.");
    const auto equals = pair.find('=');
    auto name = percent_decode(pair.substr(0, equals), true);
    if (!name) return name.error();
    auto value =
        percent_decode(equals == std::string_view::npos ? std::string_view{} : pair.substr(equals + 1), true);
    if (!value) return value.error();
    if (auto bad = bad_text(*name)) return *bad;
    if (auto bad = bad_text(*value)) return *bad;
    query.emplace_back(std::move(*name), std::move(*value));
  }
  return query;
}

}  // namespace

std::string Url::authority() const {
  std::string text = ipv6 ? "[" + host + "]" : host;
  if (port != (https ? 443 : 80)) text += ":" + std::to_string(port);
  return text;
}

Result<Url> parse_url(std::string_view text) {
  if (text.size() > kMaxUrlLength) return invalid("The URL is longer than 8192 characters.");
  if (!std::all_of(text.begin(), text.end(), is_visible_ascii)) {
    return invalid("The URL holds a blank, a control character or one beyond ASCII; percent-encode it.");
  }
  Url url;
  if (starts_with_ignoring_case(text, "https://")) {
    url.https = true;
  } else if (!starts_with_ignoring_case(text, "http://")) {
    return invalid("The URL must begin with https:// or http://.");
  }
  text.remove_prefix(url.https ? 8 : 7);
  const auto authority = text.substr(0, text.find_first_of("/?#\\"));
  if (authority.find('@') != std::string_view::npos) {
    return invalid("The URL must not hold a user or a password.");
  }
  if (auto parsed = parse_authority(authority, url); !parsed) return parsed.error();
  text.remove_prefix(authority.size());
  text = text.substr(0, text.find('#'));
  if (text.find('\\') != std::string_view::npos) return invalid("The URL holds a backslash; write %5C.");
  if (!text.starts_with('/')) url.target = "/";
  url.target += text;
  return url;
}

Result<Target> parse_target(std::string_view text) {
  if (!text.starts_with('/')) return malformed("The target must be a path that begins with '/'.");
  if (!std::all_of(text.begin(), text.end(), is_visible_ascii) || text.find('#') != std::string_view::npos) {
    return malformed("The target holds a character that must be percent-encoded.");
  }
  const auto question = text.find('?');
  auto path = decode_path(text.substr(0, question));
  if (!path) return path.error();
  Target target{std::move(*path), {}};
  if (question == std::string_view::npos) return target;
  auto query = decode_query(text.substr(question + 1));
  if (!query) return query.error();
  target.query = std::move(*query);
  return target;
}

Result<std::string> percent_decode(std::string_view text, bool plus_is_blank) {
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+' && plus_is_blank) {
      decoded += ' ';
    } else if (text[i] != '%') {
      decoded += text[i];
    } else {
      const int high = i + 2 < text.size() ? hex_value(text[i + 1]) : -1;
      const int low = i + 2 < text.size() ? hex_value(text[i + 2]) : -1;
      if (high < 0 || low < 0) return malformed("The target holds a bad percent escape.");
      decoded += static_cast<char>(high * 16 + low);
      i += 2;
    }
  }
  return decoded;
}

}  // namespace deltapost::net
