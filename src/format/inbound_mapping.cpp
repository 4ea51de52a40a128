// Mapping: how a source's settings are read and shown.
#include <algorithm>
#include <array>

#include "format/inbound_parts.hpp"
#include "format/members.hpp"
#include "record/contact.hpp"
#include "record/lead.hpp"

namespace deltapost::format {
namespace {

constexpr std::size_t kMaxFields = 200;
constexpr std::size_t kMaxPlaceBytes = 512;
constexpr std::string_view kHeaderPrefix = "header:";

std::span<const std::string_view> fields_of(Kind kind) {
  return kind == Kind::lead ? lead::writable_fields() : contact::writable_fields();
}

bool is_pointer(std::string_view text) {
  if (!text.starts_with('/')) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '~' && (i + 1 == text.size() || (text[i + 1] != '0' && text[i + 1] != '1'))) return false;
  }
  return true;
}

Result<std::string> read_pointer(const JsonObject& object, std::string_view name, std::string_view field,
                                 bool header_allowed = false) {
  auto text = text_member(object, name, field, kMaxPlaceBytes);
  if (!text || text->empty() || is_pointer(*text)) return text;
  const bool header = text->starts_with(kHeaderPrefix) && text->size() > kHeaderPrefix.size();
  if (header && header_allowed) return text;
  return fields::invalid(below(field, name),
                         std::string("must be a JSON pointer (RFC 6901) such as /data/id") +
                             (header_allowed ? ", or header: and a name" : "") + ", not " +
                             fields::shown(Json(*text)));
}

Result<Kind> read_kind(const JsonObject& object, std::string_view field) {
  const Json* given = object.if_contains("kind");
  if (given == nullptr || *given == "lead") return Kind::lead;
  if (*given == "contact") return Kind::contact;
  return fields::invalid(below(field, "kind"), "must be lead or contact, not " + fields::shown(*given));
}

Result<void> check_field(std::string_view name, Kind kind, bool form, const std::string& field) {
  const auto path = parse_dotted(name);
  if (!path) return fields::invalid(below(field, name), path.error().message);
  const auto known = fields_of(kind);
  if (std::ranges::find(known, path->front()) == known.end()) {
    Error error = fields::unknown_field(path->front(), known);
    error.message = below(field, error.message);
    error.field = below(field, name);
    return error;
  }
  const bool container = is_container(kind, path->front());
  if (path->size() == 1) {
    const bool structured =
        name == "event" || name == "latestCall" || name == "disqualifyingGroup" || container;
    if (!form || !structured) return ok();
    return fields::invalid(below(field, name), "is an object, which a form cannot give" +
                                                   std::string(container ? "; name a member of it" : ""));
  }
  if (container && path->size() == 2 && !path->back().empty()) return ok();
  return fields::invalid(below(field, name), container ? "must name one member, such as additionalInfo.plan"
                                                       : "is mapped whole; name " + path->front() + " alone");
}

Result<void> read_fields(const JsonObject& object, bool form, std::string_view above, Mapping& mapping) {
  const Json* given = object.if_contains("fields");
  if (given == nullptr) return ok();
  const std::string field = below(above, "fields");
  if (!given->is_object() || given->get_object().size() > kMaxFields) {
    return fields::invalid(field, "must be an object of at most 200 fields, such as {\"email\": " +
                                      std::string(form ? "\"your-email\"}" : "\"/contact/email\"}"));
  }
  for (const auto& member : given->get_object()) {
    const std::string_view name = member.key();
    if (auto sound = check_field(name, mapping.kind, form, field); !sound) return sound;
    auto place = form ? text_member(given->get_object(), name, field, kMaxPlaceBytes)
                      : read_pointer(given->get_object(), name, field);
    if (!place) return place.error();
    mapping.fields.emplace_back(name, std::move(*place));
  }
  return ok();
}

Result<void> read_rest(const JsonObject& object, std::string_view field, Mapping& mapping) {
  auto rest = text_member(object, "rest", field, kMaxPlaceBytes);
  if (!rest) return rest.error();
  if (!rest->empty() && !is_container(mapping.kind, *rest)) {
    return fields::invalid(
        below(field, "rest"),
        std::string("must be ") +
            (mapping.kind == Kind::lead ? "additionalInfo" : "questionsAndAnswers or tracking") + " for a " +
            std::string(to_string(mapping.kind)) + ", not " + fields::shown(Json(*rest)));
  }
  mapping.rest = std::move(*rest);
  return ok();
}

Result<void> read_places(const JsonObject& object, std::string_view field, Mapping& mapping) {
  struct Row {
    std::string_view name;
    std::string Mapping::*place;
    bool header_allowed;
  };
  static constexpr std::array kRows{Row{"items", &Mapping::items, false},
                                    Row{"eventId", &Mapping::event_id, true},
                                    Row{"event", &Mapping::event, true}, Row{"id", &Mapping::id, false},
                                    Row{"time", &Mapping::time, false}};
  for (const Row& row : kRows) {
    auto place = read_pointer(object, row.name, field, row.header_allowed);
    if (!place) return place.error();
    mapping.*row.place = std::move(*place);
  }
  return ok();
}

}  // namespace

Result<Mapping> parse_mapping(InboundFormat format, const Json& value, std::string_view field) {
  static constexpr std::array<std::string_view, 8> kGeneric{"kind",  "delta", "items", "eventId",
                                                            "event", "id",    "time",  "fields"};
  static constexpr std::array<std::string_view, 3> kForm{"kind", "fields", "rest"};
  const JsonObject* object = value.if_object();
  if (object == nullptr) {
    return fields::invalid(field, "must be an object, not " + std::string(fields::type_name(value)));
  }
  const bool form = format == InboundFormat::form;
  const auto known =
      form ? std::span<const std::string_view>(kForm) : std::span<const std::string_view>(kGeneric);
  if (auto sound = check_members(*object, known, field); !sound) return sound.error();
  Mapping mapping;
  const auto kind = read_kind(*object, field);
  if (!kind) return kind.error();
  mapping.kind = *kind;
  const auto delta = flag_member(*object, "delta", field);
  if (!delta) return delta.error();
  mapping.delta = *delta;
  if (auto read = read_places(*object, field, mapping); !read) return read.error();
  if (auto read = read_fields(*object, form, field, mapping); !read) return read.error();
  if (auto read = read_rest(*object, field, mapping); !read) return read.error();
  return mapping;
}

Json mapping_to_json(const Mapping& mapping) {
  JsonObject object{{"kind", to_string(mapping.kind)}};
  if (mapping.delta) object.emplace("delta", true);
  const auto add = [&](std::string_view name, const std::string& place) {
    if (!place.empty()) object.emplace(name, place);
  };
  add("items", mapping.items);
  add("eventId", mapping.event_id);
  add("event", mapping.event);
  add("id", mapping.id);
  add("time", mapping.time);
  JsonObject all;
  for (const auto& [name, place] : mapping.fields) all.emplace(name, place);
  if (!all.empty()) object.emplace("fields", std::move(all));
  add("rest", mapping.rest);
  return object;
}

}  // namespace deltapost::format
