// generic: anyone's JSON, with a mapping that says where things are.
#include <algorithm>

#include "format/inbound_parts.hpp"
#include "record/fields.hpp"

namespace deltapost::format {
namespace {

constexpr std::string_view kHeaderPrefix = "header:";

const Json* find(const Json& item, std::string_view pointer) {
  if (pointer.empty()) return nullptr;
  boost::json::error_code error;
  return item.find_pointer(pointer, error);
}

/// `our field, at /its/place`: what an error is about, in both worlds.
Error at_place(Error error, std::string_view place) {
  error.message += " (at " + std::string(place) + ")";
  return error;
}

/// An id or a name, from the body or from a header; empty where there is none.
Result<std::string> read_name(const Json& item, const InboundRequest& request, std::string_view place,
                              std::string_view field, std::size_t max_bytes) {
  std::string name;
  if (place.starts_with(kHeaderPrefix)) {
    const auto header = request.header ? request.header(place.substr(kHeaderPrefix.size())) : std::nullopt;
    if (header) name = *header;
  } else if (const Json* value = find(item, place); value != nullptr && !value->is_null()) {
    auto text = scalar_text(*value, field);
    if (!text) return at_place(text.error(), place);
    name = std::move(*text);
  }
  if (name.size() <= max_bytes) return name;
  return at_place(fields::invalid(field, "is longer than " + std::to_string(max_bytes) + " bytes"), place);
}

/// The values of additionalInfo and questionsAndAnswers are texts; a sender's numbers and booleans are
/// written out.
Result<Json> as_text(const Json& value, const std::string& field) {
  if (value.is_null()) return value;
  auto text = scalar_text(value, field);
  if (!text) return text.error();
  return Json(*text);
}

Result<void> state_whole(const Json& value, const std::string& name, Kind kind,
                         std::vector<StatedField>& fields) {
  const JsonObject* object = value.if_object();
  if (object == nullptr || name == kTracking) return state_member(fields, kind, name, value, name);
  JsonObject texts;
  for (const auto& member : *object) {
    auto text = as_text(member.value(), name + "." + dotted({std::string(member.key())}));
    if (!text) return text.error();
    texts.emplace(member.key(), std::move(*text));
  }
  return state_member(fields, kind, name, texts, name);
}

Result<void> state_mapped(const Json& value, const std::string& name, Kind kind,
                          std::vector<StatedField>& fields) {
  auto path = parse_dotted(name);
  if (!path) return path.error();
  if (!is_container(kind, path->front())) {
    fields.push_back({.path = std::move(*path), .value = value});
    return ok();
  }
  if (path->size() == 1) return state_whole(value, name, kind, fields);
  auto made =
      path->front() == kTracking && !value.is_structured() ? Result<Json>(value) : as_text(value, name);
  if (!made) return made.error();
  fields.push_back({.path = std::move(*path), .value = std::move(*made)});
  return ok();
}

/// The value of a top-level field, unless it is not given or empty.
const Json* stated_text(const Statement& statement, std::string_view name) {
  for (const StatedField& field : statement.fields) {
    const bool found = field.path.size() == 1 && field.path.front() == name && field.value;
    if (found && !field.value->is_null() && *field.value != "") return &*field.value;
  }
  return nullptr;
}

Result<Subject> subject_of(const Json& item, const Mapping& mapping, const Statement& statement) {
  Subject subject{.kind = mapping.kind};
  const bool lead = mapping.kind == Kind::lead;
  if (const Json* id = find(item, mapping.id); id != nullptr && !id->is_null()) {
    auto read = lead ? read_lead_id(*id, "id", true) : read_contact_id(*id, "id", true);
    if (!read) return at_place(read.error(), mapping.id);
    subject.id = std::move(*read);
  }
  if (const Json* email = stated_text(statement, "email"); email != nullptr && email->is_string()) {
    subject.email = email->get_string();
  }
  const std::string_view phone_field = lead ? "phone" : "phoneNumber";
  if (const Json* phone = stated_text(statement, phone_field)) {
    auto read = read_phone(*phone, phone_field);
    // A contact's number may stand without its country, as long as something else finds the contact.
    const bool needed = lead || (subject.id.empty() && subject.email.empty());
    if (!read && needed) return read.error();
    if (read) subject.phone = std::move(*read);
  }
  if (subject.id.empty() && subject.email.empty() && subject.phone.empty()) {
    return fields::invalid("id", "is missing, and so are " + std::string(phone_field) +
                                     " and email; map one that tells who this is about");
  }
  return subject;
}

void list_ignored(const JsonObject& item, const Mapping& mapping, Statement& statement) {
  const auto touched = [&](const std::string& place, std::string_view name) {
    const std::string_view token = std::string_view(place).substr(place.empty() ? 0 : 1);
    return token.substr(0, token.find('/')) == name;
  };
  for (const auto& member : item) {
    const std::string name = pointer_token(member.key());
    bool known = touched(mapping.id, name) || touched(mapping.time, name) || touched(mapping.event, name) ||
                 touched(mapping.event_id, name);
    for (const auto& [field, place] : mapping.fields) known |= touched(place, name);
    if (!known) ignore(statement, dotted({std::string(member.key())}));
  }
}

}  // namespace

Result<Statement> read_generic(const Json& item, const Mapping& mapping, const InboundRequest& request) {
  Statement statement;
  statement.nature = mapping.delta ? Statement::Nature::delta : Statement::Nature::full;
  if (mapping.fields.empty()) statement.nature = Statement::Nature::note;
  auto event = read_name(item, request, mapping.event, "event", kMaxEventNameBytes);
  if (!event) return event.error();
  statement.event = event->empty() ? "generic" : std::move(*event);
  auto event_id = read_name(item, request, mapping.event_id, "eventId", kMaxEventIdBytes);
  if (!event_id) return event_id.error();
  statement.event_id = std::move(*event_id);
  if (const Json* given = find(item, mapping.time); given != nullptr && !given->is_null()) {
    if (auto stated = state_any_time(statement, *given, "time"); !stated) {
      return at_place(stated.error(), mapping.time);
    }
  }
  for (const auto& [name, pointer] : mapping.fields) {
    const Json* value = find(item, pointer);
    if (value == nullptr) continue;
    if (auto stated = state_mapped(*value, name, mapping.kind, statement.fields); !stated) {
      return at_place(stated.error(), pointer);
    }
  }
  auto subject = subject_of(item, mapping, statement);
  if (!subject) return subject.error();
  statement.subject = std::move(*subject);
  list_ignored(item.get_object(), mapping, statement);
  statement.content = canonical_text(item);
  return statement;
}

}  // namespace deltapost::format
