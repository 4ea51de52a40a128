#include "simulation/core/events.hpp"

#include <fmt/format.h>

#include <set>

#include "record/json.hpp"

namespace deltapost::simulation {
namespace {

const Json kNull;

/// A side of a change as Apten writes it: what is absent is null.
const Json& side(const JsonObject& sides, std::string_view name) {
  const Json* value = sides.if_contains(name);
  return value != nullptr ? *value : kNull;
}

bool turned_true(const JsonObject& changes, std::string_view field) {
  const Json* sides = changes.if_contains(field);
  return sides != nullptr && side(sides->get_object(), "new") == true;
}

std::set<std::string> tag_ids(const Json& tags) {
  std::set<std::string> ids;
  if (!tags.is_array()) return ids;
  for (const Json& tag : tags.get_array()) ids.insert(std::string(tag.at("id").as_string()));
  return ids;
}

std::size_t added_tags(const JsonObject& changes) {
  std::size_t added = 0;
  if (const Json* tags = changes.if_contains("tags")) {
    const auto before = tag_ids(side(tags->get_object(), "old"));
    for (const std::string& id : tag_ids(side(tags->get_object(), "new")))
      added += before.contains(id) ? 0 : 1;
  }
  for (const char* flag : {"hasReplied", "isHot", "isQualified"}) added += turned_true(changes, flag) ? 1 : 0;
  return added;
}

/// {"key": {"old", "new"}} of the additionalInfo that changed, whole or in part.
JsonObject info_changes(const JsonObject& changes) {
  JsonObject found;
  for (const auto& member : changes) {
    const std::string_view path = member.key();
    const JsonObject& sides = member.value().get_object();
    if (path.starts_with("additionalInfo."))
      found[path.substr(15)] = {{"old", side(sides, "old")}, {"new", side(sides, "new")}};
    if (path != "additionalInfo" || !side(sides, "new").is_object()) continue;
    for (const auto& info : side(sides, "new").get_object())
      found[info.key()] = {{"old", nullptr}, {"new", info.value()}};
  }
  return found;
}

/// The members of `shown` that are members of the document, and are not equal to them.
std::string differing_member(const JsonObject& shown, const JsonObject& document) {
  for (const auto& member : document) {
    const Json* here = shown.if_contains(member.key());
    if (here != nullptr && !same_json(*here, member.value()))
      return fmt::format("{} is {}, not {}", std::string(member.key()), to_text(*here),
                         to_text(member.value()));
  }
  return {};
}

std::string fault_of_standard(const JsonObject& data, const Known& change) {
  if (!same_json(data.at("changes"), Json(change.changes)))
    return fmt::format("its changes are {}, not {}", to_text(data.at("changes")), change.text);
  if (data.at("version") != change.version) return "it tells another version";
  const Json* record = data.if_contains("record");
  if (record == nullptr) return {};
  if (record->get_object().size() < change.document.size()) return "its record is not whole";
  return differing_member(record->get_object(), change.document);
}

std::string fault_of_apten(const std::string& type, const JsonObject& data, const Known& change) {
  if (type != "lead.additionalInfo.updated") return {};
  const JsonObject expected = info_changes(change.changes);
  if (!same_json(data.at("additionalInfo"), Json(expected)))
    return fmt::format("additionalInfo is {}, not {}", to_text(data.at("additionalInfo")), to_text(expected));
  return {};
}

std::string fault_of_iclosed(const JsonObject& contact, const Known& change) {
  std::set<std::string> told, changed;
  for (const Json& name : contact.at("updatedAttributes").as_array())
    told.insert(std::string(name.as_string()));
  for (const auto& member : change.changes)
    changed.insert(std::string(member.key().substr(0, member.key().find('.'))));
  if (contact.at("hookType") == "Contact updated" && told != changed)
    return "updatedAttributes are not the fields that changed";
  return differing_member(contact, change.document);
}

}  // namespace

std::vector<std::string> event_types_of(const RecordKey& record, const Known& change) {
  const JsonObject& changes = change.changes;
  const bool first = change.version == 1;
  if (record.kind == Kind::contact) {
    const Json* deleted = changes.if_contains("deletedAt");
    if (first) return {"newContactCreated"};
    const bool gone = deleted != nullptr && !side(deleted->get_object(), "new").is_null();
    return {gone ? "contactDeleted" : "contactUpdated"};
  }
  if (record.kind != Kind::lead) return {};
  if (!first && turned_true(changes, "deleted")) return {"lead.deleted"};
  std::vector<std::string> types{first ? "lead.created" : "lead.updated"};
  if (!info_changes(changes).empty()) types.emplace_back("lead.additionalInfo.updated");
  types.insert(types.end(), added_tags(changes), "leadTagged");
  return types;
}

bool is_active(const JsonObject& endpoint) {
  const Json* deleted = endpoint.if_contains("deleted");
  return endpoint.at("state") == "active" && (deleted == nullptr || *deleted != true);
}

bool wants(const JsonObject& endpoint, const std::string& type) {
  const Json& format = endpoint.at("format");
  const bool about_lead = type.starts_with("lead");
  if ((format == "apten" && !about_lead) || (format == "iclosed" && about_lead)) return false;
  const JsonArray& events = endpoint.at("events").as_array();
  if (events.empty()) return true;
  for (const Json& event : events)
    if (text_of(event) == type) return true;
  return false;
}

std::optional<std::pair<Kind, std::string>> subject_of(const std::string& format, const Json& body) {
  if (format == "apten") return std::pair{Kind::lead, std::string(body.at("data").at("leadId").as_string())};
  if (format == "iclosed")
    return std::pair{Kind::contact, std::to_string(body.at(0).at("id").to_number<std::uint64_t>())};
  const Json& data = body.at("data");
  if (data.at("kind") == "lead") return std::pair{Kind::lead, std::string(data.at("id").as_string())};
  if (data.at("kind") == "contact")
    return std::pair{Kind::contact, std::to_string(data.at("id").to_number<std::uint64_t>())};
  return std::nullopt;
}

std::string fault_of(const std::string& format, const std::string& type, const Json& body,
                     const Known& change) {
  if (format == "apten") return fault_of_apten(type, body.at("data").as_object(), change);
  if (format == "iclosed") return fault_of_iclosed(body.at(0).as_object(), change);
  return fault_of_standard(body.at("data").as_object(), change);
}

}  // namespace deltapost::simulation
