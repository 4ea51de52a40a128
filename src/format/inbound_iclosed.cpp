// iclosed: what iClosed's webhooks say. A contact is a snapshot as of updatedAt; calls and outcomes are notes
// about a contact. Arrays and bare objects are taken.
#include <algorithm>
#include <array>

#include "format/inbound_parts.hpp"
#include "record/fields.hpp"

namespace deltapost::format {
namespace {

constexpr std::array<std::string_view, 6> kContactEvents{"Contact updated",      "Contact created",
                                                         "Contact by status",    "contactUpdated",
                                                         "contactDetailChanged", "newContactCreated"};

constexpr std::array<std::string_view, 5> kCallEvents{"Call booked", "Call canceled", "Call cancelled",
                                                      "Call rescheduled", "Outcome added"};

/// Members that contacts have, and calls and outcomes have not.
constexpr std::array<std::string_view, 9> kTellingMembers{
    "id",         "updatedAt", "updatedAttributes", "questionsAndAnswers", "previewId",
    "joinedTime", "status",    "latestCall",        "disqualifyingGroup"};

/// Understood, but no fields: deletedAt is handled apart.
constexpr std::array<std::string_view, 5> kUnderstood{"id", "updatedAt", "updatedAttributes", "hookType",
                                                      "version"};

template <std::size_t kSize>
bool holds(const std::array<std::string_view, kSize>& names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

enum class Shape { contact, call, unknown };

Shape shape_of(const JsonObject& item, std::string_view hook_type) {
  if (holds(kContactEvents, hook_type)) return Shape::contact;
  if (holds(kCallEvents, hook_type)) return Shape::call;
  if (item.contains("event_type") || item.contains("invitee") || item.contains("callOutcome")) {
    return Shape::call;
  }
  const bool contact =
      std::ranges::any_of(kTellingMembers, [&](std::string_view name) { return item.contains(name); });
  if (contact) return Shape::contact;
  return hook_type.empty() ? Shape::unknown : Shape::call;
}

// ---- contacts

void read_updated_attributes(const JsonObject& item, Statement& statement) {
  const Json* given = item.if_contains("updatedAttributes");
  if (given == nullptr) return;
  const JsonArray* array = given->if_array();
  const bool names =
      array != nullptr && std::ranges::all_of(*array, [](const Json& name) { return name.is_string(); });
  if (!names) return ignore(statement, "updatedAttributes");
  statement.updated_attributes.emplace();
  for (const Json& name : *array) statement.updated_attributes->emplace_back(name.get_string());
}

Result<void> state_contact(const JsonObject& item, Statement& statement) {
  const auto members = stated_members(Kind::contact);
  statement.fields.reserve(item.size());
  for (const auto& member : item) {
    const std::string_view name = member.key();
    if (holds(kUnderstood, name)) continue;
    if (name == "deletedAt") {
      if (!member.value().is_null()) ignore(statement, std::string(name));
      continue;
    }
    if (std::ranges::find(members, name) == members.end()) {
      ignore(statement, dotted({std::string(name)}));
      continue;
    }
    if (auto stated = state_member(statement.fields, Kind::contact, name, member.value(), name); !stated) {
      return stated;
    }
  }
  return ok();
}

Result<Statement> read_contact(const JsonObject& item, Statement statement) {
  statement.nature = Statement::Nature::full;
  const Json* id = item.if_contains("id");
  if (id == nullptr) return fields::invalid("id", "is required, the contact's number");
  auto key = read_contact_id(*id, "id");
  if (!key) return key.error();
  statement.subject = Subject{.kind = Kind::contact, .id = std::move(*key)};
  const Json* updated_at = item.if_contains("updatedAt");
  if (updated_at == nullptr) {
    return fields::invalid("updatedAt", "is required, a date-time (RFC 3339): it tells newer from older");
  }
  if (auto stated = state_time(statement, *updated_at, "updatedAt"); !stated) return stated.error();
  statement.time_field = "updatedAt";
  read_updated_attributes(item, statement);
  if (auto stated = state_contact(item, statement); !stated) return stated.error();
  return statement;
}

// ---- calls and outcomes

const Json* inside(const JsonObject& item, std::string_view outer, std::string_view name) {
  const Json* object = item.if_contains(outer);
  return object != nullptr && object->is_object() ? present(object->get_object(), name) : nullptr;
}

/// The first of the places that holds a text.
std::string first_text(std::initializer_list<const Json*> places) {
  for (const Json* place : places) {
    if (place != nullptr && place->is_string() && !place->get_string().empty()) {
      return std::string(place->get_string());
    }
  }
  return {};
}

Result<std::optional<Subject>> subject_of_call(const JsonObject& item) {
  Subject subject{.kind = Kind::contact};
  for (const Json* id : {present(item, "contactId"), inside(item, "contact", "id")}) {
    auto read = id != nullptr ? read_contact_id(*id, "contactId") : Error{};
    if (!read) continue;
    subject.id = std::move(*read);
    break;
  }
  subject.email = first_text(
      {inside(item, "invitee", "email"), present(item, "email"), inside(item, "contact", "email")});
  const std::string phone = first_text({present(item, "phoneNumber"), inside(item, "contact", "phoneNumber"),
                                        inside(item, "invitee", "text_reminder_number")});
  if (!phone.empty()) {
    // A number without its country finds nobody, which matters only when nothing else would.
    auto read = read_phone(Json(phone), "phoneNumber");
    if (!read && subject.id.empty() && subject.email.empty()) return read.error();
    if (read) subject.phone = std::move(*read);
  }
  if (subject.id.empty() && subject.email.empty() && subject.phone.empty()) return std::optional<Subject>();
  return std::optional(std::move(subject));
}

std::optional<Time> time_of_call(const JsonObject& item) {
  for (const Json* place : {inside(item, "event", "canceled_at"), inside(item, "event", "created_at"),
                            inside(item, "event", "utc_start_time"), inside(item, "event", "start_time"),
                            present(item, "startTime"), present(item, "createdAt")}) {
    if (place == nullptr) continue;
    if (auto time = read_time(*place, "time")) return *time;
  }
  return std::nullopt;
}

Result<Statement> read_call(const JsonObject& item, Statement statement) {
  statement.nature = Statement::Nature::note;
  auto subject = subject_of_call(item);
  if (!subject) return subject.error();
  statement.subject = std::move(*subject);
  statement.time = time_of_call(item);
  return statement;
}

}  // namespace

Result<Statement> read_iclosed(const Json& item, const Mapping&, const InboundRequest&) {
  const JsonObject& object = item.get_object();
  Statement statement;
  if (object.contains("hookType")) {
    auto hook_type = required_text(object, "hookType", "hookType");
    if (!hook_type) return hook_type.error();
    if (hook_type->size() > kMaxEventNameBytes)
      return fields::invalid("hookType", "is longer than 128 bytes");
    statement.event = std::move(*hook_type);
  }
  const Shape shape = shape_of(object, statement.event);
  if (statement.event.empty()) statement.event = shape == Shape::call ? "Call" : "contactUpdated";
  statement.content = canonical_text(item);
  switch (shape) {
    case Shape::contact:
      return read_contact(object, std::move(statement));
    case Shape::call:
      return read_call(object, std::move(statement));
    case Shape::unknown:
      break;
  }
  return fields::invalid("hookType",
                         "is required where nothing else tells a contact (id, updatedAt, …) or a call "
                         "(event_type, invitee, …)");
}

}  // namespace deltapost::format
