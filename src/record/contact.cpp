#include "record/contact.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/check.hpp"
#include "record/fields.hpp"
#include "record/merge.hpp"
#include "record/path.hpp"

namespace deltapost::contact {
namespace {

constexpr std::size_t kMaxCountryCharacters = 100;
constexpr std::size_t kMaxPreviewIdCharacters = 100;
constexpr std::size_t kMaxUrlPartCharacters = 255;

Result<Json> phone_number(const Json& value, std::string_view field) {
  Result<Json> checked = fields::nullable_text<kMaxPhoneCharacters>(value, field);
  if (!checked || checked->is_null()) return checked;
  std::string_view digits = checked->get_string();
  if (digits.starts_with('+')) digits.remove_prefix(1);
  if (!digits.empty() && digits.find_first_not_of("0123456789") == std::string_view::npos) return checked;
  return fields::invalid(field, fields::shown(value) +
                                    " is no phone number; write digits only, with + before the "
                                    "country code, such as +15555555555, or null for none");
}

Result<Json> status(const Json& value, std::string_view field) {
  for (const std::string_view known : kStatuses) {
    if (value.is_string() && value.get_string() == known) return value;
  }
  return fields::invalid(field,
                         "must be one of POTENTIAL, QUALIFIED, DISQUALIFIED, STRATEGY_CALL_BOOKED and "
                         "DISCOVERY_CALL_BOOKED, not " +
                             fields::shown(value));
}

Result<Json> ip_address(const Json& value, std::string_view field) {
  if (value.is_null()) return value;
  if (value.is_string()) {
    const std::string text(value.get_string());
    in6_addr parsed;
    const bool whole = text.find('\0') == std::string::npos;
    if (whole &&
        (inet_pton(AF_INET, text.c_str(), &parsed) == 1 || inet_pton(AF_INET6, text.c_str(), &parsed) == 1)) {
      return value;
    }
  }
  return fields::invalid(field,
                         "must be an IPv4 or IPv6 address such as 192.0.2.1 or 2001:db8::1, or null, not " +
                             fields::shown(value));
}

constexpr std::array kRules{
    fields::Rule{"userId", fields::nullable_integer},
    fields::Rule{"accountId", fields::nullable_integer},
    fields::Rule{"firstName", fields::nullable_text<kMaxNameCharacters>},
    fields::Rule{"lastName", fields::nullable_text<kMaxNameCharacters>},
    fields::Rule{"email", fields::nullable_email},
    fields::Rule{"phoneNumber", phone_number},
    fields::Rule{"secondary_email", fields::nullable_email},
    fields::Rule{"secondary_phoneNumber", phone_number},
    fields::Rule{"status", status},
    fields::Rule{"timeZone", fields::nullable_time_zone},
    fields::Rule{"country", fields::nullable_text<kMaxCountryCharacters>},
    fields::Rule{"ipAddress", ip_address},
};

// Checked when the contact is made; afterwards they may be given only as they are.
constexpr std::array kFixedRules{
    fields::Rule{"id", fields::nullable_integer},
    fields::Rule{"previewId", fields::nullable_text<kMaxPreviewIdCharacters>},
    fields::Rule{"createdAt", fields::date_time},
    fields::Rule{"joinedTime", fields::date_time},
    fields::Rule{"deletedAt",
                 [](const Json& value, std::string_view field) {
                   return value.is_null() ? Result<Json>(value) : fields::date_time(value, field);
                 }},
};

constexpr std::array<std::string_view, 17> kWritable{"userId",
                                                     "accountId",
                                                     "firstName",
                                                     "lastName",
                                                     "email",
                                                     "phoneNumber",
                                                     "secondary_email",
                                                     "secondary_phoneNumber",
                                                     "status",
                                                     "timeZone",
                                                     "country",
                                                     "ipAddress",
                                                     "event",
                                                     "questionsAndAnswers",
                                                     "tracking",
                                                     "latestCall",
                                                     "disqualifyingGroup"};

Error not_writable(std::string_view name) {
  if (name == "updatedAt" || name == "version") {
    return fields::invalid(name, "is kept by Deltapost and cannot be written; leave it out");
  }
  if (name == "referrerUrl" || name == "tag") {
    return fields::invalid(
        name, "is not a field of a contact here; leave it out, or keep it as tracking." + std::string(name));
  }
  if (name == "utm") return fields::invalid(name, "is taken on creation only; write the members of tracking");
  if (name == "eventName" || name == "eventId" || name == "linkPrefix") {
    return fields::invalid(name, "is taken on creation only; write the members of event");
  }
  return fields::unknown_field(name, kWritable);
}

bool is_another(const JsonObject& current, const JsonObject& given) {
  const Json* old_id = current.if_contains("id");
  const Json* new_id = given.if_contains("id");
  return old_id != nullptr && new_id != nullptr && !new_id->is_null() && !same_json(*old_id, *new_id);
}

// event, latestCall and disqualifyingGroup.
Result<void> merge_object(Json& current, const Json& given, std::string_view field, bool array_allowed) {
  if (given.is_object()) {
    if (!current.is_object() || is_another(current.get_object(), given.get_object())) current = JsonObject();
    merge_patch(current.get_object(), given.get_object());
  } else if (given.is_null() || (array_allowed && given.is_array())) {
    current = given;
  } else {
    return fields::invalid(field, (array_allowed ? "must be an array, an object or null, not "
                                                 : "must be an object or null, not ") +
                                      std::string(fields::type_name(given)));
  }
  return fields::check_size(current, field);
}

// questionsAndAnswers and tracking, which are objects always: null takes away all that they hold.
template <class Merge>
Result<void> merge_map(Json& current, const Json& given, std::string_view field, Merge merge_into) {
  JsonObject& held = current.as_object();
  JsonObject all_gone;
  if (given.is_null()) {
    for (const auto& member : held) all_gone.emplace(member.key(), nullptr);
  } else if (!given.is_object()) {
    return fields::invalid(field, "must be an object or null, not " + std::string(fields::type_name(given)));
  }
  return merge_into(held, given.is_null() ? all_gone : given.get_object());
}

Result<void> check_unaltered(const JsonObject& document, const fields::Rule& rule, const Json& given) {
  Result<Json> value = rule.check(given, rule.name);
  if (!value) return std::move(value).error();
  const Json& kept = document.at(rule.name);
  if (same_json(*value, kept)) return ok();
  return fields::invalid(rule.name,
                         "never changes after creation; it is " + fields::shown(kept) + ", leave it out");
}

Result<void> merge_member(JsonObject& document, std::string_view name, const Json& value) {
  if (name == "tracking") return merge_map(document[name], value, name, merge_into_tracking);
  if (name == "questionsAndAnswers") return merge_map(document[name], value, name, merge_into_answers);
  if (name == "event" || name == "latestCall") return merge_object(document[name], value, name, false);
  if (name == "disqualifyingGroup") return merge_object(document[name], value, name, true);
  if (const fields::Rule* fixed = fields::find_rule(kFixedRules, name)) {
    return check_unaltered(document, *fixed, value);
  }
  const fields::Rule* rule = fields::find_rule(kRules, name);
  if (rule == nullptr) return not_writable(name);
  Result<Json> checked = rule->check(value, name);
  if (!checked) return std::move(checked).error();
  document[name] = std::move(*checked);
  return ok();
}

// Moves what an extra of creation says into the object where it belongs.
Result<void> fold_in(JsonObject& input, std::string_view into, std::string_view extra,
                     const JsonObject& members) {
  Json& target = input[into];
  if (target.is_null()) target.emplace_object();
  if (!target.is_object()) {
    return fields::invalid(into, "must be an object, not " + std::string(fields::type_name(target)));
  }
  for (const auto& member : members) {
    const auto [present, is_new] = target.get_object().emplace(member.key(), member.value());
    if (!is_new && !same_json(present->value(), member.value())) {
      return fields::invalid(extra, "contradicts " + dotted({std::string(into), std::string(member.key())}) +
                                        ", which is " + fields::shown(present->value()) +
                                        "; give one of the two");
    }
  }
  return ok();
}

Result<JsonObject> without_extras(JsonObject input) {
  struct EventExtra {
    std::string_view name;
    std::string_view member;
    fields::Check check;
  };
  static constexpr std::array kEventExtras{
      EventExtra{"eventId", "id", fields::nullable_integer},
      EventExtra{"eventName", "name", fields::nullable_text<kMaxUrlPartCharacters>},
      EventExtra{"linkPrefix", "linkPrefix", fields::nullable_text<kMaxUrlPartCharacters>}};
  for (const EventExtra& extra : kEventExtras) {
    const Json* given = input.if_contains(extra.name);
    if (given == nullptr) continue;
    Result<Json> value = extra.check(*given, extra.name);
    if (!value) return std::move(value).error();
    erase_key(input, extra.name);
    if (value->is_null()) continue;
    const Result<void> folded = fold_in(input, "event", extra.name, {{extra.member, *value}});
    if (!folded) return folded.error();
  }
  if (const Json* given = input.if_contains("utm")) {
    Result<Json> query = fields::nullable_text<kMaxQueryBytes>(*given, "utm");
    if (!query) return std::move(query).error();
    erase_key(input, "utm");
    if (query->is_null()) return input;
    Result<JsonObject> tracking = tracking_from_query(query->get_string());
    if (!tracking) return std::move(tracking).error();
    if (Result<void> folded = fold_in(input, "tracking", "utm", *tracking); !folded) return folded.error();
  }
  return input;
}

// What may be chosen only once: an import brings its own.
Result<void> choose(JsonObject& document, JsonObject& input, std::string_view name) {
  const Json* given = input.if_contains(name);
  if (given == nullptr) return ok();
  Result<Json> value = fields::find_rule(kFixedRules, name)->check(*given, name);
  if (!value) return std::move(value).error();
  if (value->is_null() || *value == "")
    return fields::invalid(name, "must not be empty; leave it out to get one");
  document[name] = std::move(*value);
  erase_key(input, name);
  return ok();
}

bool is_deleted(const JsonObject& document) {
  return !document.at("deletedAt").is_null();
}

}  // namespace

Result<JsonObject> create(const JsonObject& input, std::uint64_t id, std::string_view preview_id, Time now) {
  DP_CHECK(id <= kMaxId);
  JsonObject contact{{"id", id},
                     {"userId", nullptr},
                     {"accountId", nullptr},
                     {"firstName", nullptr},
                     {"lastName", nullptr},
                     {"email", nullptr},
                     {"phoneNumber", nullptr},
                     {"secondary_email", nullptr},
                     {"secondary_phoneNumber", nullptr},
                     {"status", "POTENTIAL"},
                     {"createdAt", iso_millis(now)},
                     {"previewId", preview_id},
                     {"timeZone", nullptr},
                     {"joinedTime", iso_millis(now)},
                     {"country", nullptr},
                     {"ipAddress", nullptr},
                     {"questionsAndAnswers", JsonObject()},
                     {"event", nullptr},
                     {"tracking", JsonObject()},
                     {"latestCall", nullptr},
                     {"disqualifyingGroup", JsonArray()},
                     {"deletedAt", nullptr}};
  Result<JsonObject> rest = without_extras(input);
  if (!rest) return std::move(rest).error();
  for (const std::string_view name : {"createdAt", "joinedTime", "previewId"}) {
    if (Result<void> chosen = choose(contact, *rest, name); !chosen) return std::move(chosen).error();
  }
  if (Result<void> merged = apply(contact, *rest); !merged) return std::move(merged).error();
  return contact;
}

std::span<const std::string_view> writable_fields() {
  return kWritable;
}

Result<Edited> update(JsonObject current, const JsonObject& patch) {
  if (is_deleted(current)) {
    return Error{Fault::not_found, "this contact was deleted; it can be read, but not written"};
  }
  return edited(std::move(current), patch, apply);
}

Result<void> apply(JsonObject& contact, const JsonObject& patch) {
  for (const auto& member : patch) {
    if (Result<void> merged = merge_member(contact, member.key(), member.value()); !merged) return merged;
  }
  return ok();
}

JsonObject remove(const JsonObject& current, Time now) {
  JsonObject contact = copy_of_document(current);
  if (!is_deleted(current)) contact["deletedAt"] = iso_millis(now);
  return contact;
}

Result<Json> check_fixed(std::string_view name, const Json& value) {
  const fields::Rule* rule = fields::find_rule(kFixedRules, name);
  DP_CHECK(rule != nullptr);
  return rule->check(value, name);
}

JsonObject present(const JsonObject& document, Time updated_at, std::uint64_t version) {
  JsonObject shown;
  shown.reserve(document.size() + 2);
  for (const auto& member : document) {
    shown.emplace(member.key(), member.value());
    if (member.key() == "ipAddress") shown.emplace("updatedAt", iso_millis(updated_at));
  }
  shown.emplace("version", version);
  return shown;
}

}  // namespace deltapost::contact
