// apten: the body that receivers of Apten's lead webhooks know.
//   {"event", "data": {"leadId", "phone", …}, "eventId", "timestamp": seconds, Z}
// externalLeadId and close_crm_leadId stand at the end of data and only when the lead is linked. Between:
//   lead.additionalInfo.updated  additionalInfo: {key: {old, new}}, the keys that changed; null where there
//   was none leadTagged                   channel "manual", tag; externalLeadId stands before phone, null
//   when not linked
// Apten has no events for the rest of a lead's life; they take the same envelope here:
//   lead.created                 lead: the record
//   lead.updated                 changes: {"dotted.path": {old, new}}, null where there was nothing
//   lead.deleted                 deletedAt
#include <algorithm>
#include <array>

#include "base/check.hpp"
#include "format/formats.hpp"
#include "format/lead_changes.hpp"

namespace deltapost::format::apten {
namespace {

void write_value(JsonWriter& out, const Json* value) {
  value != nullptr ? out.value(*value) : out.null();
}

void write_field(JsonWriter& out, const JsonObject& lead, std::string_view name) {
  out.key(name);
  write_value(out, lead.if_contains(name));
}

void write_sides(JsonWriter& out, const Json* old_value, const Json* new_value) {
  out.open_object();
  out.key("old");
  write_value(out, old_value);
  out.key("new");
  write_value(out, new_value);
  out.close_object();
}

void write_link(JsonWriter& out, const JsonObject& lead, std::string_view name) {
  const Json* link = lead.if_contains(name);
  if (link != nullptr && !link->is_null()) out.key(name).value(*link);
}

void write_lead(JsonWriter& out, const Rendering& rendering) {
  out.key("lead");
  write_record(out, rendering.view);
}

void write_changes(JsonWriter& out, const Rendering& rendering) {
  out.key("changes").open_object();
  for (const FieldChange& change : rendering.view.change.fields) {
    out.key(dotted(change.path));
    write_sides(out, change.old_value ? &*change.old_value : nullptr,
                change.new_value ? &*change.new_value : nullptr);
  }
  out.close_object();
}

void write_deletion(JsonWriter& out, const Rendering& rendering) {
  write_field(out, *rendering.view.after, "deletedAt");
}

void write_additional_info(JsonWriter& out, const Rendering& rendering) {
  out.key("additionalInfo").open_object();
  for (const InfoChange& change : additional_info_changes(rendering.view.change)) {
    out.key(change.key);
    write_sides(out, change.old_value, change.new_value);
  }
  out.close_object();
}

void write_tag(JsonWriter& out, const Rendering& rendering) {
  out.key("channel").string("manual");
  out.key("tag").string(rendering.event.subject);
}

/// What an event adds to data between the phone and the links.
struct EventRow {
  std::string_view type;
  void (*write)(JsonWriter& out, const Rendering& rendering);
};

constexpr std::string_view kTagged = "leadTagged";

constexpr std::array kEvents{
    EventRow{"lead.additionalInfo.updated", write_additional_info},
    EventRow{kTagged, write_tag},
    EventRow{"lead.created", write_lead},
    EventRow{"lead.updated", write_changes},
    EventRow{"lead.deleted", write_deletion},
};

void write_data(JsonWriter& out, const EventRow& row, const Rendering& rendering) {
  const JsonObject& lead = *rendering.view.after;
  const bool tagged = row.type == kTagged;
  out.open_object();
  out.key("leadId").string(rendering.view.change.key.id);
  if (tagged) write_field(out, lead, "externalLeadId");
  write_field(out, lead, "phone");
  row.write(out, rendering);
  if (!tagged) write_link(out, lead, "externalLeadId");
  write_link(out, lead, "close_crm_leadId");
  out.close_object();
}

}  // namespace

bool expresses(std::string_view event_type) {
  return std::ranges::find(kEvents, event_type, &EventRow::type) != kEvents.end();
}

std::string body(const Rendering& rendering) {
  const auto row = std::ranges::find(kEvents, rendering.event.type, &EventRow::type);
  DP_CHECK(row != kEvents.end());
  const Time time = row->type == kTagged ? rendering.view.change.at : rendering.first_sent_at;
  JsonWriter out(kUsualBodySize);
  out.open_object();
  out.key("event").string(rendering.event.type);
  out.key("data");
  write_data(out, *row, rendering);
  out.key("eventId").string(rendering.event.id);
  out.key("timestamp").string(iso_seconds(time));
  out.close_object();
  return out.take();
}

}  // namespace deltapost::format::apten
