// standard: what another Deltapost sends, see standard.cpp; without data.record, too (changesOnly). A change
// that means several events comes once for each, and says the same each time.
#include <algorithm>

#include "format/inbound_parts.hpp"
#include "record/fields.hpp"

namespace deltapost::format {
namespace {

/// It is kept with each change, and grows with each server on the way.
constexpr std::size_t kMaxActorBytes = 256;

Error not_ours(std::string_view field, std::string_view wrong) {
  return fields::invalid(
      field,
      std::string(wrong) +
          "; this format is what a Deltapost sends: {\"type\", \"timestamp\", \"data\": {\"kind\", \"id\", "
          "\"version\", \"changes\", …}}. A source of format generic can map other bodies");
}

Result<std::string> text_of(const JsonObject& object, std::string_view name, std::string_view field) {
  const Json* value = object.if_contains(name);
  if (value != nullptr && value->is_string() && !value->get_string().empty()) {
    return std::string(value->get_string());
  }
  return not_ours(field, "is required, a string");
}

Result<void> read_when(const JsonObject& object, const JsonObject* record, Statement& statement) {
  const Json* told = record != nullptr ? record->if_contains("updatedAt") : nullptr;
  statement.time_field = told != nullptr ? "data.record.updatedAt" : "timestamp";
  if (told == nullptr) told = object.if_contains("timestamp");
  if (told == nullptr) return not_ours("timestamp", "is required, a date-time");
  return state_time(statement, *told, statement.time_field);
}

Result<void> state_base(const JsonObject& record, Kind kind, Statement& statement) {
  const auto members = stated_members(kind);
  for (const auto& member : record) {
    const std::string name(member.key());
    if (name == "id" || name == "updatedAt" || name == "version") continue;
    if (std::ranges::find(members, name) == members.end()) {
      ignore(statement, dotted({"data", "record", name}));
      continue;
    }
    auto stated = state_member(statement.base, kind, name, member.value(), "data.record." + name);
    if (!stated) return stated;
  }
  return ok();
}

Result<Subject> subject_of(const JsonObject& data, Kind kind, const JsonObject* record) {
  const Json* id = data.if_contains("id");
  if (id == nullptr) return not_ours("data.id", "is required");
  auto read = kind == Kind::lead ? read_lead_id(*id, "data.id") : read_contact_id(*id, "data.id");
  if (!read) return read.error();
  Subject subject{.kind = kind, .id = std::move(*read)};
  const Json* phone = kind == Kind::lead && record != nullptr ? present(*record, "phone") : nullptr;
  if (phone != nullptr) {
    auto number = read_phone(*phone, "data.record.phone");
    if (!number) return number.error();
    subject.phone = std::move(*number);
  }
  return subject;
}

Result<std::uint64_t> version_of(const JsonObject& data) {
  const Json* version = data.if_contains("version");
  if (version != nullptr && version->is_int64() && version->get_int64() > 0) {
    return static_cast<std::uint64_t>(version->get_int64());
  }
  return not_ours("data.version", "is required, a whole number from 1");
}

Result<void> state_delta(const JsonObject& data, Kind kind, const JsonObject* record, Statement& statement) {
  statement.nature = Statement::Nature::delta;
  auto subject = subject_of(data, kind, record);
  if (!subject) return subject.error();
  statement.subject = std::move(*subject);
  const auto version = version_of(data);
  if (!version) return version.error();
  statement.sequence = *version;
  const Json* given = data.if_contains("changes");
  if (given == nullptr || !given->is_object()) return not_ours("data.changes", "is required, an object");
  auto changes = diff_from_json(given->get_object());
  if (!changes) {
    return fields::invalid("data.changes." + changes.error().field, changes.error().message);
  }
  auto stated = state_changes(*changes, kind, record, "data.changes", statement);
  if (!stated) return stated.error();
  statement.fields = std::move(*stated);
  return record != nullptr ? state_base(*record, kind, statement) : ok();
}

}  // namespace

Result<Statement> read_standard(const Json& item, const Mapping&, const InboundRequest& request) {
  const JsonObject& object = item.get_object();
  Statement statement;
  auto type = text_of(object, "type", "type");
  if (!type) return type.error();
  if (type->size() > kMaxEventNameBytes) return fields::invalid("type", "is longer than 128 bytes");
  statement.event = std::move(*type);
  const auto id = request.header ? request.header("webhook-id") : std::nullopt;
  if (id && id->size() <= kMaxEventIdBytes) statement.event_id = *id;
  statement.content = canonical_text(item);

  const Json* given = object.if_contains("data");
  const JsonObject* data = given != nullptr ? given->if_object() : nullptr;
  if (data == nullptr) return not_ours("data", "is required, an object");
  const auto kind_name = text_of(*data, "kind", "data.kind");
  if (!kind_name) return kind_name.error();
  const Json* record_given = present(*data, "record");
  const JsonObject* record = record_given != nullptr ? record_given->if_object() : nullptr;
  if (record_given != nullptr && record == nullptr) {
    return fields::invalid("data.record",
                           "must be an object, not " + std::string(fields::type_name(*record_given)));
  }
  if (auto read = read_when(object, record, statement); !read) return read.error();
  if (const Json* actor = present(*data, "actor"); actor != nullptr && actor->is_string()) {
    if (actor->get_string().size() <= kMaxActorBytes)
      statement.actor = actor->get_string();
    else
      ignore(statement, "data.actor");
  }
  const auto kind = parse_kind(*kind_name);
  if (kind == Kind::endpoint) {
    statement.nature = Statement::Nature::note;
    return statement;
  }
  if (kind != Kind::lead && kind != Kind::contact) {
    return not_ours("data.kind", "must be lead or contact, not " + fields::shown(Json(*kind_name)));
  }
  if (auto stated = state_delta(*data, *kind, record, statement); !stated) return stated.error();
  return statement;
}

}  // namespace deltapost::format
