#include "api/key.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/check.hpp"
#include "base/digest.hpp"
#include "base/encoding.hpp"

namespace deltapost::api {
namespace {

constexpr std::size_t kIdLength = 10, kSecretLength = 32, kChecksumLength = 6;
constexpr std::string_view kPrefix = "dp_";
constexpr std::array kScopes{Scope::read, Scope::write, Scope::admin, Scope::system};
constexpr std::size_t kMaxName = 200;

std::string checksum(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  const std::string digest = sha256(text);
  std::uint64_t number = 0;
  for (int i = 0; i < 8; ++i) number = number << 8 | static_cast<unsigned char>(digest[i]);
  std::string out;
  for (std::size_t i = 0; i < kChecksumLength; ++i, number /= kDigits.size())
    out += kDigits[number % kDigits.size()];
  return out;
}

/// The id that a text of a key's shape names. The checksum is for those who meet a key and cannot look it up:
/// here the hash covers it.
std::optional<std::string_view> id_of(std::string_view text) {
  constexpr std::size_t kLength = kPrefix.size() + kIdLength + 1 + kSecretLength + kChecksumLength;
  if (text.size() != kLength || !text.starts_with(kPrefix) || text[kPrefix.size() + kIdLength] != '_')
    return {};
  return text.substr(kPrefix.size(), kIdLength);
}

Error unknown_key() {
  return {.fault = Fault::unauthenticated,
          .message =
              "the API key is missing, unknown, expired or deleted; send a live one as "
              "`Authorization: Bearer dp_…` or `x-api-key: dp_…`"};
}

Error bad(std::string field, std::string message) {
  return {.fault = Fault::invalid, .message = std::move(message), .field = std::move(field)};
}

Result<JsonArray> parse_scopes(const Json& value, Scope most) {
  const std::string cure = "give an array with at least one of read, write and admin, like [\"write\"]";
  if (!value.is_array() || value.get_array().empty())
    return bad("scopes", "scopes is missing or empty; " + cure);
  for (const Json& scope : value.get_array()) {
    if (!scope.is_string() || !parse_scope(scope.get_string()))
      return bad("scopes", fmt::format("{} is no scope; {}", to_text(scope), cure));
    if (*parse_scope(scope.get_string()) > most)
      return bad("scopes", fmt::format("a key of scope {} cannot make one of scope {}", to_string(most),
                                       std::string_view(scope.get_string())));
  }
  return value.get_array();
}

/// The greatest of those that it was given.
Scope scope_of(const JsonObject& document) {
  Scope scope = Scope::none;
  for (const Json& name : document.at("scopes").as_array())
    scope = std::max(scope, parse_scope(name.as_string()).value_or(Scope::none));
  return scope;
}

std::optional<Time> expiry_of(const JsonObject& document) {
  const Json& until = document.at("expiresAt");
  const auto time = until.is_string() ? parse_iso(until.get_string()) : Result<Time>(Error{});
  return time ? std::optional(*time) : std::nullopt;
}

}  // namespace

std::string_view to_string(Scope scope) {
  switch (scope) {
    case Scope::read:
      return "read";
    case Scope::write:
      return "write";
    case Scope::admin:
      return "admin";
    case Scope::system:
      return "system";
    case Scope::none:
      break;
  }
  return "none";
}

std::optional<Scope> parse_scope(std::string_view text) {
  for (Scope scope : kScopes)
    if (text == to_string(scope)) return scope;
  return {};
}

NewKey make_key(Random& random) {
  NewKey key{.id = random_base62(random, kIdLength), .text = {}, .hash = {}};
  key.text = fmt::format("{}{}_{}", kPrefix, key.id, random_base62(random, kSecretLength));
  key.text += checksum(key.text);
  key.hash = hex(sha256(key.text));
  return key;
}

Result<JsonObject> key_document(const JsonObject& input, const NewKey& key, Scope most, Time now) {
  JsonObject document{{"id", key.id},
                      {"name", ""},
                      {"scopes", JsonArray{}},
                      {"expiresAt", nullptr},
                      {"createdAt", iso_millis(now)},
                      {"secretHash", key.hash},
                      {"deleted", false},
                      {"deletedAt", nullptr}};
  for (const auto& [name, value] : input) {
    if (name == "name") {
      if (!value.is_string() || value.get_string().empty() || value.get_string().size() > kMaxName)
        return bad("name",
                   fmt::format("name must be a text of 1 to {} bytes that says what uses the key", kMaxName));
      document["name"] = value;
    } else if (name == "scopes") {
      auto scopes = parse_scopes(value, most);
      if (!scopes) return scopes.error();
      document["scopes"] = *std::move(scopes);
    } else if (name == "expiresAt") {
      if (value.is_null()) continue;
      auto at = value.is_string() ? parse_iso(value.get_string()) : Result<Time>(bad("", ""));
      if (!at || *at <= now)
        return bad("expiresAt", "expiresAt must be a time in the future, like 2030-01-31T12:00:00Z, or null");
      document["expiresAt"] = iso_millis(*at);
    } else {
      return bad(name, fmt::format("unknown field {}; a key has name, scopes and expiresAt",
                                   std::string_view(name)));
    }
  }
  if (document["name"].get_string().empty()) return bad("name", "name is required; say what uses the key");
  if (document["scopes"].get_array().empty()) return parse_scopes(nullptr, most).error();
  return document;
}

bool may_administer(const Record& key, Time now) {
  if (key.deleted || scope_of(key.document) < Scope::admin) return false;
  const auto until = expiry_of(key.document);
  return !until || *until > now;
}

Result<void> KeyRing::load(store::Store& store) {
  auto keys = store.list_all(Kind::api_key);
  if (!keys) return keys.error();
  for (const auto& stored : *keys) {
    auto document = parse_json_object(stored.document);
    if (!document) return document.error();
    put(stored.key, *document);
  }
  return ok();
}

void KeyRing::follow(const std::vector<store::LogEntry>& entries) {
  for (const auto& entry : entries) {
    if (entry.key.kind != Kind::api_key || !entry.document) continue;
    if (auto document = parse_json_object(*entry.document)) put(entry.key, *document);
  }
}

void KeyRing::put(const RecordKey& record, const JsonObject& document) {
  std::lock_guard lock(mutex_);
  if (document.at("deleted").as_bool()) {
    entries_.erase(record.id);
    return;
  }
  auto hash = from_hex(document.at("secretHash").as_string());
  DP_CHECK(hash.has_value());  // we wrote it
  Entry& entry = entries_[record.id];
  entry.caller = {record.account, record.id, scope_of(document)};
  entry.hash = *std::move(hash);
  entry.expires_at = expiry_of(document);
}

Result<Caller> KeyRing::authenticate(std::string_view text) {
  const auto id = id_of(text);
  if (!id) return unknown_key();
  std::array<char, 32> place;
  const std::string_view hash = sha256(text, place);
  const Time now = clock_.now();
  std::lock_guard lock(mutex_);
  const auto found = entries_.find(std::string(*id));
  if (found == entries_.end() || !equal_in_constant_time(found->second.hash, hash)) return unknown_key();
  Entry& entry = found->second;
  if (entry.expires_at && *entry.expires_at <= now) return unknown_key();
  entry.last_used = now;
  return entry.caller;
}

std::optional<Time> KeyRing::last_used(const std::string& key_id) const {
  std::lock_guard lock(mutex_);
  const auto found = entries_.find(key_id);
  return found == entries_.end() ? std::nullopt : found->second.last_used;
}

}  // namespace deltapost::api
