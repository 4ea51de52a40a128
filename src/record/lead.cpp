#include "record/lead.hpp"

#include <array>
#include <optional>
#include <utility>

#include "record/fields.hpp"
#include "record/path.hpp"

namespace deltapost::lead {
namespace {

constexpr std::size_t kMinPhoneDigits = 7;
constexpr std::size_t kMaxPhoneDigits = 15;

Result<Json> phone(const Json& value, std::string_view field) {
  if (!value.is_string()) {
    return fields::invalid(field, "must be a string such as \"+15555555555\", not " + fields::shown(value));
  }
  Result<std::string> normal = normalise_phone(value.get_string());
  if (!normal) return std::move(normal).error();
  return Json(*normal);
}

constexpr std::array kRules{
    fields::Rule{"firstName", fields::nullable_text<kMaxNameCharacters>},
    fields::Rule{"lastName", fields::nullable_text<kMaxNameCharacters>},
    fields::Rule{"phone", phone},
    fields::Rule{"email", fields::nullable_email},
    fields::Rule{"timeZone", fields::nullable_time_zone},
    fields::Rule{"customerProfile", fields::nullable_text<kMaxNameCharacters>},
    fields::Rule{"hasReplied", fields::flag},
    fields::Rule{"isHot", fields::flag},
    fields::Rule{"isQualified", fields::flag},
    fields::Rule{"isUnsubscribed", fields::flag},
    fields::Rule{"isAiOn", fields::flag},
    fields::Rule{"summary", fields::nullable_text<kMaxSummaryCharacters>},
    fields::Rule{"externalLeadId", fields::nullable_reference},
    fields::Rule{"close_crm_leadId", fields::nullable_reference},
};

constexpr std::array<std::string_view, 15> kWritable{
    "firstName",       "lastName",       "phone",      "email",          "timeZone",
    "customerProfile", "additionalInfo", "hasReplied", "isHot",          "isQualified",
    "isUnsubscribed",  "isAiOn",         "summary",    "externalLeadId", "close_crm_leadId"};

constexpr std::array<std::string_view, 6> kKeptByUs{"id",      "createdAt", "updatedAt",
                                                    "deleted", "deletedAt", "version"};

Error not_writable(std::string_view name) {
  if (name == "tags") {
    return fields::invalid(name,
                           "cannot be changed by an update; replace them with PUT /v1/leads/{leadId}/tags");
  }
  for (const std::string_view kept : kKeptByUs) {
    if (name == kept)
      return fields::invalid(name, "is kept by Deltapost and cannot be written; leave it out");
  }
  return fields::unknown_field(name, kWritable);
}

Error refuse_info(std::string_view key, std::string message) {
  return fields::invalid(dotted({"additionalInfo", std::string(key)}), std::move(message));
}

Result<void> check_info_value(std::string_view key, const Json& value) {
  if (key.empty()) return refuse_info(key, "has an empty key; name what the value is");
  if (key.size() > kMaxInfoKeyBytes) {
    return fields::invalid("additionalInfo", "has a key of " + std::to_string(key.size()) +
                                                 " bytes; at most " + std::to_string(kMaxInfoKeyBytes) +
                                                 " are allowed");
  }
  if (value.is_null()) return ok();
  if (!value.is_string()) {
    const bool scalar = value.is_number() || value.is_bool();
    return refuse_info(key, "must be a string or null (null deletes the key), not " +
                                std::string(fields::type_name(value)) + "; write " +
                                (scalar ? "\"" + to_text(value) + "\"" : "its text, or a key for each part"));
  }
  const std::size_t size = value.get_string().size();
  if (size <= kMaxInfoValueBytes) return ok();
  return refuse_info(key, "has " + std::to_string(size) + " bytes; at most " +
                              std::to_string(kMaxInfoValueBytes) + " are allowed");
}

Result<void> merge_info(JsonObject& info, const Json& patch) {
  if (!patch.is_object()) {
    return fields::invalid("additionalInfo",
                           "must be an object of strings such as {\"state\": \"CA\"}, not " +
                               std::string(fields::type_name(patch)) +
                               "; null as the value of a key deletes that key");
  }
  for (const auto& member : patch.get_object()) {
    if (Result<void> sound = check_info_value(member.key(), member.value()); !sound) return sound;
    if (member.value().is_null()) {
      erase_key(info, member.key());
    } else {
      info.insert_or_assign(member.key(), member.value());
    }
  }
  if (info.size() <= kMaxInfoKeys) return ok();
  return fields::invalid("additionalInfo", "would have " + std::to_string(info.size()) + " keys; at most " +
                                               std::to_string(kMaxInfoKeys) +
                                               " are allowed, null deletes one");
}

// A tag as it is kept, from an id or name, or from {"id", "name"} where one may be left out.
Result<JsonObject> tag(const Json& given, std::string_view field) {
  const Json* id = &given;
  const Json* name = &given;
  if (const JsonObject* object = given.if_object()) {
    static constexpr std::array<std::string_view, 2> kMembers{"id", "name"};
    for (const auto& member : *object) {
      if (member.key() != "id" && member.key() != "name")
        return fields::unknown_field(member.key(), kMembers);
    }
    id = object->if_contains("id");
    name = object->if_contains("name");
    if (id == nullptr) id = name;
    if (name == nullptr) name = id;
  }
  for (const Json* part : {id, name}) {
    if (part == nullptr || !part->is_string() || part->get_string().empty()) {
      return fields::invalid(field, "must be the name of a tag, a string that is not empty");
    }
    Result<Json> checked = fields::text(*part, field, kMaxNameCharacters);
    if (!checked) return std::move(checked).error();
  }
  return JsonObject{{"id", *id}, {"name", *name}};
}

const JsonObject* find_tag(const JsonArray& tags, const Json& id) {
  for (const Json& kept : tags) {
    if (kept.as_object().at("id") == id) return &kept.get_object();
  }
  return nullptr;
}

// `known`: tags whose names are kept.
Result<JsonArray> make_tags(const Json& given, std::string_view field, const JsonArray& known) {
  if (!given.is_array()) {
    return fields::invalid(
        field, "must be an array of strings such as [\"vip\"], not " + std::string(fields::type_name(given)));
  }
  JsonArray tags;
  for (std::size_t i = 0; i < given.get_array().size(); ++i) {
    Result<JsonObject> made = tag(given.get_array()[i], std::string(field) + "." + std::to_string(i));
    if (!made) return std::move(made).error();
    if (find_tag(tags, made->at("id")) != nullptr) continue;
    if (tags.size() == kMaxTags) {
      return fields::invalid(field, "has more than " + std::to_string(kMaxTags) + " tags; give fewer");
    }
    const JsonObject* kept = find_tag(known, made->at("id"));
    tags.emplace_back(kept != nullptr ? *kept : *made);
  }
  return tags;
}

bool is_deleted(const JsonObject& document) {
  return document.at("deleted").as_bool();
}

Error deleted_lead() {
  return {Fault::not_found, "this lead was deleted; it can be read, but not written"};
}

}  // namespace

Result<JsonObject> create(const JsonObject& input, std::string_view id, Time now) {
  JsonObject lead{{"id", id},
                  {"firstName", nullptr},
                  {"lastName", nullptr},
                  {"phone", nullptr},
                  {"email", nullptr},
                  {"timeZone", nullptr},
                  {"customerProfile", nullptr},
                  {"additionalInfo", JsonObject()},
                  {"tags", JsonArray()},
                  {"hasReplied", false},
                  {"isHot", false},
                  {"isQualified", false},
                  {"isUnsubscribed", false},
                  {"isAiOn", false},
                  {"summary", nullptr},
                  {"externalLeadId", nullptr},
                  {"close_crm_leadId", nullptr},
                  {"createdAt", iso_millis(now)},
                  {"deleted", false},
                  {"deletedAt", nullptr}};
  JsonObject rest = input;
  if (const Json* tags = input.if_contains("tags")) {
    Result<JsonArray> made = make_tags(*tags, "tags", {});
    if (!made) return std::move(made).error();
    lead["tags"] = std::move(*made);
    erase_key(rest, "tags");
  }
  if (Result<void> merged = apply(lead, rest); !merged) return std::move(merged).error();
  if (lead.at("phone").is_null()) {
    return fields::invalid("phone", "is required; write + and the country code, such as +15555555555");
  }
  return lead;
}

std::span<const std::string_view> writable_fields() {
  return kWritable;
}

Result<Edited> update(JsonObject current, const JsonObject& patch) {
  if (is_deleted(current)) return deleted_lead();
  return edited(std::move(current), patch, apply);
}

Result<void> apply(JsonObject& lead, const JsonObject& patch) {
  for (const auto& member : patch) {
    const std::string_view name = member.key();
    if (name == "additionalInfo") {
      if (Result<void> merged = merge_info(lead[name].as_object(), member.value()); !merged) return merged;
      continue;
    }
    const fields::Rule* rule = fields::find_rule(kRules, name);
    if (rule == nullptr) return not_writable(name);
    Result<Json> value = rule->check(member.value(), name);
    if (!value) return std::move(value).error();
    lead[name] = std::move(*value);
  }
  return ok();
}

JsonObject remove(const JsonObject& current, Time now) {
  JsonObject lead = copy_of_document(current);
  if (is_deleted(current)) return lead;
  lead["deleted"] = true;
  lead["deletedAt"] = iso_millis(now);
  return lead;
}

Result<Edited> add_context(JsonObject current, const JsonObject& input) {
  static constexpr std::array<std::string_view, 2> kMembers{"context", "additionalInfo"};
  if (is_deleted(current)) return deleted_lead();
  JsonObject patch;
  for (const auto& member : input) {
    const std::string_view name = member.key();
    if (name == "additionalInfo") {
      patch.emplace(name, member.value());
    } else if (name == "context") {
      Result<Json> context = fields::text(member.value(), name, kMaxSummaryCharacters);
      if (!context) return std::move(context).error();
      if (context->get_string().empty()) return fields::invalid(name, "must not be empty; leave it out");
      const Json& summary = current.at("summary");
      std::string text = summary.is_string() ? std::string(summary.get_string()) : std::string();
      if (!text.empty()) text += '\n';
      patch.emplace("summary", text += std::string_view(context->get_string()));
    } else if (name == "command") {
      return fields::invalid(name, "is not supported: Deltapost sends no messages to leads; leave it out");
    } else {
      return fields::unknown_field(name, kMembers);
    }
  }
  return update(std::move(current), patch);
}

Result<Edited> replace_tags(JsonObject current, const JsonObject& input) {
  static constexpr std::array<std::string_view, 1> kMembers{"tagIds"};
  if (is_deleted(current)) return deleted_lead();
  for (const auto& member : input) {
    if (member.key() != "tagIds") return fields::unknown_field(member.key(), kMembers);
  }
  const Json* ids = input.if_contains("tagIds");
  if (ids == nullptr) return fields::invalid("tagIds", "is required: an array of strings, [] for no tags");
  return edited(std::move(current), {{"tags", *ids}}, [](JsonObject& lead, const JsonObject& patch) {
    return set_tags(lead, patch.at("tags"), "tagIds");
  });
}

Result<void> set_tags(JsonObject& lead, const Json& tags, std::string_view field) {
  Json& held = lead.at("tags");
  Result<JsonArray> made = make_tags(tags, field, held.as_array());
  if (!made) return std::move(made).error();
  held = std::move(*made);
  return ok();
}

Result<std::string> normalise_phone(std::string_view text) {
  std::string digits = "+";
  bool sound = text.starts_with('+');
  for (const char c : text.substr(sound ? 1 : 0)) {
    if (c >= '0' && c <= '9') {
      digits += c;
    } else if (std::string_view(" ().-").find(c) == std::string_view::npos) {
      sound = false;
    }
  }
  const std::size_t count = digits.size() - 1;
  if (sound && count >= kMinPhoneDigits && count <= kMaxPhoneDigits && digits[1] != '0') return digits;
  return fields::invalid("phone",
                         fields::shown(Json(text)) +
                             " is no international phone number; write + and the country code, then the "
                             "rest, 7 to 15 digits in all, such as +15555555555");
}

JsonObject present(const JsonObject& document, Time updated_at, std::uint64_t version) {
  JsonObject shown;
  shown.reserve(document.size() + 2);
  for (const auto& member : document) {
    shown.emplace(member.key(), member.value());
    if (member.key() == "createdAt") shown.emplace("updatedAt", iso_millis(updated_at));
  }
  shown.emplace("version", version);
  return shown;
}

}  // namespace deltapost::lead
