#include "format/verifier.hpp"

#include <algorithm>
#include <array>

#include "base/check.hpp"
#include "format/members.hpp"
#include "format/verifier_schemes.hpp"

namespace deltapost::format {
namespace {

constexpr std::size_t kMaxName = 100;
constexpr std::size_t kMaxPrefix = 50;
constexpr std::size_t kMaxUrl = 2048;

struct SchemeRow {
  Scheme scheme;
  std::string_view name;
  const SchemeRules& rules;
};

constexpr std::array kSchemes{
    SchemeRow{Scheme::standard, "standard", kStandardRules},
    SchemeRow{Scheme::apten, "apten", kDigestRules},
    SchemeRow{Scheme::hmac, "hmac", kDigestRules},
    SchemeRow{Scheme::github, "github", kDigestRules},
    SchemeRow{Scheme::stripe, "stripe", kStripeRules},
    SchemeRow{Scheme::hubspot, "hubspot", kHubspotRules},
    SchemeRow{Scheme::close, "close", kCloseRules},
    SchemeRow{Scheme::token, "token", kTokenRules},
    SchemeRow{Scheme::none, "none", kNoneRules},
};

const SchemeRow& row_of(Scheme scheme) {
  const auto row = std::ranges::find(kSchemes, scheme, &SchemeRow::scheme);
  DP_CHECK(row != kSchemes.end());
  return *row;
}

std::span<const std::string_view> members_of(Scheme scheme) {
  static constexpr std::array<std::string_view, 5> kHmac{"scheme", "header", "algorithm", "encoding",
                                                         "prefix"};
  static constexpr std::array<std::string_view, 4> kToken{"scheme", "header", "parameter", "prefix"};
  static constexpr std::array<std::string_view, 2> kHubspot{"scheme", "url"};
  static constexpr std::array<std::string_view, 1> kPlain{"scheme"};
  if (scheme == Scheme::hmac) return kHmac;
  if (scheme == Scheme::token) return kToken;
  if (scheme == Scheme::hubspot) return kHubspot;
  return kPlain;
}

Result<Scheme> parse_scheme(const Json& value, const std::string& field) {
  constexpr std::string_view kAll = "standard, apten, hmac, github, stripe, hubspot, close, token and none";
  if (!value.is_string()) {
    return fields::invalid(field, "must be one of " + std::string(kAll) + ", not " + fields::shown(value));
  }
  const std::string_view name = value.get_string();
  std::array<std::string_view, kSchemes.size()> names;
  for (std::size_t i = 0; i < kSchemes.size(); ++i) {
    if (kSchemes[i].name == name) return kSchemes[i].scheme;
    names[i] = kSchemes[i].name;
  }
  const std::string_view meant = fields::closest(name, names);
  const std::string hint = meant.empty() ? std::string() : "; did you mean " + std::string(meant) + "?";
  return fields::invalid(field,
                         "must be one of " + std::string(kAll) + ", not " + fields::shown(value) + hint);
}

bool is_name(std::string_view text, std::string_view others) {
  return std::ranges::all_of(text, [&](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           others.find(c) != std::string_view::npos;
  });
}

bool is_printable(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; });
}

/// One of two words; the first when it is left out.
Result<bool> is_second(const JsonObject& object, std::string_view name, std::string_view field,
                       std::array<std::string_view, 2> words) {
  const Json* value = object.if_contains(name);
  if (value == nullptr) return false;
  for (const bool second : {false, true}) {
    if (value->is_string() && value->get_string() == words[second ? 1 : 0]) return second;
  }
  return fields::invalid(below(field, name), "must be " + std::string(words[0]) + " or " +
                                                 std::string(words[1]) + ", not " + fields::shown(*value));
}

Result<void> read_header(const JsonObject& object, std::string_view field, Verifier& verifier) {
  auto header = text_member(object, "header", field, kMaxName);
  if (!header) return header.error();
  if (!is_name(*header, "!#$%&'*+-.^_`|~")) {
    return fields::invalid(below(field, "header"), "must be the name of a header such as X-Signature");
  }
  auto prefix = text_member(object, "prefix", field, kMaxPrefix);
  if (!prefix) return prefix.error();
  if (!is_printable(*prefix)) {
    return fields::invalid(below(field, "prefix"), "must be printable ASCII such as sha256=");
  }
  verifier.header = std::move(*header);
  verifier.prefix = std::move(*prefix);
  return ok();
}

Result<void> read_hmac(const JsonObject& object, std::string_view field, Verifier& verifier) {
  if (auto read = read_header(object, field, verifier); !read) return read;
  if (verifier.header.empty()) {
    return fields::invalid(below(field, "header"),
                           "is required: the header that holds the signature, such as X-Signature");
  }
  const auto sha512 = is_second(object, "algorithm", field, {"sha256", "sha512"});
  if (!sha512) return sha512.error();
  const auto base64 = is_second(object, "encoding", field, {"hex", "base64"});
  if (!base64) return base64.error();
  verifier.algorithm = *sha512 ? HashAlgorithm::sha512 : HashAlgorithm::sha256;
  verifier.base64 = *base64;
  return ok();
}

Result<void> read_token(const JsonObject& object, std::string_view field, Verifier& verifier) {
  if (auto read = read_header(object, field, verifier); !read) return read;
  auto parameter = text_member(object, "parameter", field, kMaxName);
  if (!parameter) return parameter.error();
  if (!is_name(*parameter, "_-.")) {
    return fields::invalid(below(field, "parameter"), "must be the name of a query parameter such as token");
  }
  verifier.parameter = std::move(*parameter);
  if (verifier.header.empty() == verifier.parameter.empty()) {
    return fields::invalid(below(field, "header"),
                           "says where the token stands; give either header or parameter");
  }
  if (verifier.header.empty() && !verifier.prefix.empty()) {
    return fields::invalid(below(field, "prefix"), "belongs to a token in a header; leave it out");
  }
  return ok();
}

Result<void> read_hubspot(const JsonObject& object, std::string_view field, Verifier& verifier) {
  auto url = text_member(object, "url", field, kMaxUrl);
  if (!url) return url.error();
  const bool http = url->starts_with("https://") || url->starts_with("http://");
  if (!http || !is_printable(*url) || url->find_first_of(" ?#") != std::string::npos) {
    return fields::invalid(
        below(field, "url"),
        "is required: the URL of this source as it is set at HubSpot, without a query, such "
        "as https://hooks.example.com/in/…");
  }
  verifier.url = std::move(*url);
  return ok();
}

}  // namespace

std::string_view to_string(Scheme scheme) {
  return row_of(scheme).name;
}

Result<Verifier> parse_verifier(const Json& value, std::string_view field) {
  if (!value.is_string() && !value.is_object()) {
    return fields::invalid(field,
                           "must be a scheme such as \"standard\", or an object such as {\"scheme\": "
                           "\"hmac\", \"header\": \"X-Signature\"}, not " +
                               fields::shown(value));
  }
  const JsonObject object = value.is_object() ? value.get_object() : JsonObject{{"scheme", value}};
  const Json* name = object.if_contains("scheme");
  if (name == nullptr) return fields::invalid(below(field, "scheme"), "is required, such as \"standard\"");
  const auto scheme = parse_scheme(*name, value.is_object() ? below(field, "scheme") : std::string(field));
  if (!scheme) return scheme.error();
  if (auto known = check_members(object, members_of(*scheme), field); !known) return known.error();
  Verifier verifier{.scheme = *scheme};
  Result<void> read = ok();
  if (*scheme == Scheme::hmac) read = read_hmac(object, field, verifier);
  if (*scheme == Scheme::token) read = read_token(object, field, verifier);
  if (*scheme == Scheme::hubspot) read = read_hubspot(object, field, verifier);
  if (!read) return read.error();
  return verifier;
}

Json verifier_to_json(const Verifier& verifier) {
  const std::string_view name = to_string(verifier.scheme);
  JsonObject object{{"scheme", name}};
  if (!verifier.header.empty()) object.emplace("header", verifier.header);
  if (!verifier.parameter.empty()) object.emplace("parameter", verifier.parameter);
  if (verifier.scheme == Scheme::hmac) {
    object.emplace("algorithm", verifier.algorithm == HashAlgorithm::sha256 ? "sha256" : "sha512");
    object.emplace("encoding", verifier.base64 ? "base64" : "hex");
  }
  if (!verifier.prefix.empty()) object.emplace("prefix", verifier.prefix);
  if (!verifier.url.empty()) object.emplace("url", verifier.url);
  return object.size() == 1 ? Json(name) : Json(std::move(object));
}

Result<void> check_secret(const Verifier& verifier, std::string_view secret) {
  return row_of(verifier.scheme).rules.check_secret(verifier, secret);
}

std::string generate_secret(const Verifier& verifier, Random& random) {
  return row_of(verifier.scheme).rules.generate(verifier, random);
}

Result<void> verify(const Verifier& verifier, std::span<const std::string> secrets,
                    const SignedRequest& request, Time now) {
  return row_of(verifier.scheme).rules.verify(verifier, secrets, request, now);
}

Result<Signing> sign(const Verifier& verifier, std::string_view secret, std::string_view path_and_query,
                     std::string_view body, std::string_view id, Time now) {
  return row_of(verifier.scheme).rules.sign(verifier, secret, path_and_query, body, id, now);
}

std::vector<std::string> secret_names(const Verifier& verifier) {
  if (verifier.scheme != Scheme::token) return {};
  return {lower_case(verifier.header.empty() ? verifier.parameter : verifier.header)};
}

}  // namespace deltapost::format
