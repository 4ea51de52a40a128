#include "torture/said.hpp"

#include <algorithm>
#include <set>

#include "base/digest.hpp"
#include "base/encoding.hpp"

namespace deltapost::torture {
namespace {

constexpr std::size_t kDigits = 16;

/// The same for objects that differ in the order of their members alone.
Json sorted(const Json& value) {
  if (value.is_array()) {
    JsonArray array;
    for (const Json& element : value.get_array()) array.push_back(sorted(element));
    return array;
  }
  if (!value.is_object()) return value;
  std::map<std::string, Json> members;
  for (const auto& member : value.get_object()) members.emplace(member.key(), sorted(member.value()));
  JsonObject object;
  for (auto& [name, member] : members) object[name] = std::move(member);
  return object;
}

std::string digest(const Json& said) {
  return hex(sha256(to_text(sorted(said)))).substr(0, kDigits);
}

JsonArray names(const std::set<std::string>& set) {
  JsonArray array;
  for (const std::string& name : set) array.emplace_back(name);
  return array;
}

const Json* member(const Json* value, std::string_view name) {
  return value != nullptr && value->is_object() ? value->get_object().if_contains(name) : nullptr;
}

/// The names in iClosed's updatedAttributes, in the order of the alphabet.
std::string said_by_contact(const Json& body) {
  const bool wrapped = body.is_array() && body.get_array().size() == 1;
  const Json* attributes = member(wrapped ? &body.get_array().front() : nullptr, "updatedAttributes");
  if (attributes == nullptr || !attributes->is_array()) return "?";
  std::set<std::string> set;
  for (const Json& attribute : attributes->get_array())
    set.insert(attribute.is_string() ? std::string(attribute.get_string()) : to_text(attribute));
  return digest(names(set));
}

JsonObject all_changes(const StoredChange& change) {
  JsonObject changes;
  for (const auto& [path, sides] : change.fields) {
    JsonObject& field = changes[path].emplace_object();
    if (sides.old) field["old"] = *sides.old;
    if (sides.now) field["new"] = *sides.now;
  }
  return changes;
}

/// Apten's additionalInfo: each key with old and new, null where there is none.
JsonObject changed_info(const StoredChange& change) {
  constexpr std::string_view kParent = "additionalInfo", kMember = "additionalInfo.";
  JsonObject info;
  for (const auto& [path, sides] : change.fields) {
    if (path.starts_with(kMember))
      info[path.substr(kMember.size())] =
          JsonObject{{"old", sides.old.value_or(nullptr)}, {"new", sides.now.value_or(nullptr)}};
    if (path == kParent && sides.now && sides.now->is_object())
      for (const auto& given : sides.now->get_object())
        info[given.key()] = JsonObject{{"old", nullptr}, {"new", given.value()}};
  }
  return info;
}

}  // namespace

std::string said_by_body(format::Format format, std::string_view body) {
  const auto json = parse_json(body);
  if (!json) return "?";
  if (format == format::Format::iclosed) return said_by_contact(*json);
  const Json* said =
      member(member(&*json, "data"), format == format::Format::apten ? "additionalInfo" : "changes");
  return said == nullptr ? "?" : digest(*said);
}

std::string said_by_change(format::Format format, const StoredChange& change) {
  if (format == format::Format::apten) return digest(changed_info(change));
  if (format == format::Format::standard) return digest(all_changes(change));
  std::set<std::string> attributes;
  if (change.version > 1)
    for (const auto& [path, sides] : change.fields) attributes.insert(path.substr(0, path.find('.')));
  return digest(names(attributes));
}

}  // namespace deltapost::torture
