// apten: what Apten's webhooks say about leads. {"event", "timestamp", "data", "eventId"}
//   lead.additionalInfo.updated  a delta of the keys of data.additionalInfo, {old, new} each
//   leadTagged                   a delta: a built-in tag is a flag that is true, any other one of tags
//   optOut                       a delta: isUnsubscribed is true
//   any other                    a note; those of webchats are about nobody until one is converted
// A link (externalLeadId, close_crm_leadId) is stated where it is given; left out, null and "" say nothing.
#include <algorithm>
#include <array>

#include "format/inbound_parts.hpp"
#include "record/fields.hpp"

namespace deltapost::format {
namespace {

constexpr std::string_view kInfoUpdated = "lead.additionalInfo.updated";
constexpr std::string_view kTagged = "leadTagged";
constexpr std::string_view kOptOut = "optOut";
constexpr std::string_view kWebchat = "webchat.";
constexpr std::string_view kConverted = "webchat.session.converted";

Result<std::optional<Subject>> read_subject(const JsonObject& data) {
  Subject subject{.kind = Kind::lead};
  if (const Json* id = present(data, "leadId")) {
    auto read = read_lead_id(*id, "data.leadId");
    if (!read) return read.error();
    subject.id = std::move(*read);
  }
  if (const Json* phone = present(data, "phone")) {
    auto read = read_phone(*phone, "data.phone");
    if (!read) return read.error();
    subject.phone = std::move(*read);
  }
  if (subject.id.empty() && subject.phone.empty()) return std::optional<Subject>();
  return std::optional(std::move(subject));
}

Result<void> state_info(const JsonObject& data, Statement& statement) {
  const Json* given = data.if_contains(kAdditionalInfo);
  const JsonObject* info = given != nullptr ? given->if_object() : nullptr;
  if (info == nullptr) {
    return fields::invalid("data.additionalInfo",
                           "is required, an object such as {\"state\": {\"old\": null, \"new\": \"CA\"}}");
  }
  for (const auto& member : *info) {
    const JsonObject* sides = member.value().if_object();
    const Json* now = sides != nullptr ? sides->if_contains("new") : nullptr;
    const Json* before = sides != nullptr ? sides->if_contains("old") : nullptr;
    const auto is_side = [](const Json* side) { return side->is_string() || side->is_null(); };
    if (now == nullptr || !is_side(now) || (before != nullptr && !is_side(before))) {
      return fields::invalid(
          "data.additionalInfo." + dotted({std::string(member.key())}),
          "must be {\"old\": …, \"new\": …}, each a string or null, not " + fields::shown(member.value()));
    }
    StatedField stated{.path = path_of(kAdditionalInfo, member.key()), .value = *now};
    stated.has_old = before != nullptr;
    if (before != nullptr && !before->is_null()) stated.old = *before;
    statement.fields.push_back(std::move(stated));
  }
  return ok();
}

Result<void> state_tag(const JsonObject& data, Statement& statement) {
  constexpr std::array<std::string_view, 3> kFlags{"hasReplied", "isHot", "isQualified"};
  auto tag = required_text(data, "tag", "data.tag");
  if (!tag) return tag.error();
  if (std::ranges::find(kFlags, *tag) != kFlags.end()) {
    statement.fields.push_back({.path = {*tag}, .value = Json(true)});
  } else {
    statement.fields.push_back({.path = {"tags", *tag}, .value = JsonObject{{"id", *tag}, {"name", *tag}}});
  }
  return ok();
}

Result<void> state_links(const JsonObject& data, Statement& statement) {
  for (const std::string_view name : {"externalLeadId", "close_crm_leadId"}) {
    const Json* link = present(data, name);
    if (link == nullptr || *link == "") continue;
    if (!link->is_string()) {
      return fields::invalid("data." + std::string(name), "must be a string, not " + fields::shown(*link));
    }
    statement.fields.push_back({.path = {std::string(name)}, .value = *link});
  }
  return ok();
}

void list_ignored(const JsonObject& item, const JsonObject& data, Statement& statement) {
  constexpr std::array<std::string_view, 4> kEnvelope{"event", "timestamp", "data", "eventId"};
  constexpr std::array<std::string_view, 7> kData{
      "leadId", "phone", "additionalInfo", "tag", "externalLeadId", "close_crm_leadId", "channel"};
  for (const auto& member : item) {
    const std::string_view name = member.key();
    if (std::ranges::find(kEnvelope, name) == kEnvelope.end()) ignore(statement, dotted({std::string(name)}));
  }
  for (const auto& member : data) {
    const std::string_view name = member.key();
    if (std::ranges::find(kData, name) == kData.end()) {
      ignore(statement, dotted({"data", std::string(name)}));
    }
  }
}

Result<void> state_delta(const JsonObject& item, const JsonObject& data, Statement& statement) {
  if (!statement.subject) return fields::invalid("data.leadId", "is required, a string that is not empty");
  statement.nature = Statement::Nature::delta;
  Result<void> stated = ok();
  if (statement.event == kInfoUpdated) stated = state_info(data, statement);
  if (statement.event == kTagged) stated = state_tag(data, statement);
  if (statement.event == kOptOut) {
    statement.fields.push_back({.path = {"isUnsubscribed"}, .value = Json(true)});
  }
  if (stated) stated = state_links(data, statement);
  list_ignored(item, data, statement);
  return stated;
}

/// When these were sent, which may differ from one try to the next, and not when something happened.
bool tells_when_sent(std::string_view event) {
  return event == kInfoUpdated || event.starts_with(kWebchat);
}

std::string content_of(const JsonObject& item, std::string_view event) {
  return canonical_text(item, tells_when_sent(event) ? "timestamp" : "");
}

}  // namespace

Result<Statement> read_apten(const Json& item, const Mapping&, const InboundRequest&) {
  const JsonObject& object = item.get_object();
  Statement statement;
  auto event = required_text(object, "event", "event");
  if (!event) return event.error();
  if (event->size() > kMaxEventNameBytes) return fields::invalid("event", "is longer than 128 bytes");
  statement.event = std::move(*event);
  const Json* timestamp = object.if_contains("timestamp");
  if (timestamp == nullptr) return fields::invalid("timestamp", "is required, a date-time (RFC 3339)");
  if (auto stated = state_time(statement, *timestamp, "timestamp"); !stated) return stated.error();
  statement.time_field = "timestamp";
  if (const Json* id = present(object, "eventId"); id != nullptr && id->is_string()) {
    if (id->get_string().size() > kMaxEventIdBytes) {
      return fields::invalid("eventId", "is longer than 256 bytes");
    }
    statement.event_id = id->get_string();
  }
  const Json* given = object.if_contains("data");
  const JsonObject* data = given != nullptr ? given->if_object() : nullptr;
  if (data == nullptr) return fields::invalid("data", "is required, an object");
  statement.content = content_of(object, statement.event);

  const bool about_nobody = statement.event.starts_with(kWebchat) && statement.event != kConverted;
  if (!about_nobody) {
    auto subject = read_subject(*data);
    if (!subject) return subject.error();
    statement.subject = std::move(*subject);
  }
  const bool delta =
      statement.event == kInfoUpdated || statement.event == kTagged || statement.event == kOptOut;
  statement.nature = Statement::Nature::note;
  if (delta) {
    if (auto stated = state_delta(object, *data, statement); !stated) return stated.error();
  }
  return statement;
}

}  // namespace deltapost::format
