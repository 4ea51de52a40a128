#include "delivery/sample.hpp"

#include <algorithm>

#include "base/check.hpp"
#include "record/contact.hpp"
#include "record/lead.hpp"

namespace deltapost::delivery {

namespace {

constexpr std::string_view kLeadId = "test0000000000000000000000";
constexpr std::uint64_t kContactId = 1;

JsonObject sample_lead(Time now) {
  auto lead = lead::create(JsonObject{{"firstName", "Test"},
                                      {"lastName", "Lead"},
                                      {"phone", "+15555550100"},
                                      {"email", "test.lead@example.com"},
                                      {"additionalInfo", JsonObject{{"source", "test event"}}}},
                           kLeadId, now);
  DP_CHECK(lead.has_value());
  return *std::move(lead);
}

JsonObject sample_contact(Time now) {
  auto contact = contact::create(
      JsonObject{{"firstName", "Test"}, {"lastName", "Contact"}, {"email", "test.contact@example.com"}},
      kContactId, "test-event", now);
  DP_CHECK(contact.has_value());
  return *std::move(contact);
}

JsonObject sample_endpoint() {
  return JsonObject{{"id", kLeadId}, {"url", "https://example.com/hooks"}, {"state", "active"}};
}

/// What the record was before, so that the change means the event.
JsonObject before(std::string_view type, JsonObject after) {
  if (type == "lead.created" || type == "newContactCreated") return {};
  if (type == "lead.deleted") after["deleted"] = false;
  if (type == "lead.deleted" || type == "contactDeleted") after["deletedAt"] = nullptr;
  if (type == "lead.updated" || type == "contactUpdated") after["firstName"] = "Tess";
  if (type == "lead.additionalInfo.updated") after["additionalInfo"] = JsonObject{};
  if (type == "leadTagged") after["tags"] = JsonArray{};
  if (type == "endpoint.disabled") after["state"] = "active";
  return after;
}

JsonObject after(std::string_view type, Kind kind, Time now) {
  JsonObject document = kind == Kind::lead      ? sample_lead(now)
                        : kind == Kind::contact ? sample_contact(now)
                                                : sample_endpoint();
  if (type == "lead.deleted") document["deleted"] = true;
  if (type == "lead.deleted" || type == "contactDeleted") document["deletedAt"] = iso_millis(now);
  if (type == "leadTagged") document["tags"] = JsonArray{JsonObject{{"id", "test"}, {"name", "test"}}};
  if (type == "endpoint.disabled") {
    document["state"] = "disabled";
    document["disabledReason"] = "a test event";
  }
  return document;
}

}  // namespace

Sample sample_of(std::string_view event_type, const AccountId& account, Time now) {
  const Kind kind = format::record_kind(event_type);
  Sample sample;
  sample.view.after = std::make_shared<const JsonObject>(after(event_type, kind, now));
  sample.view.updated_at = now;
  Change& change = sample.view.change;
  change.fields = diff(before(event_type, *sample.view.after), *sample.view.after);
  // The time as the version: two tests are two events.
  const bool first = event_type == "lead.created" || event_type == "newContactCreated";
  change.version = first ? 1 : static_cast<Version>(now.time_since_epoch().count());
  change.key = {account, kind, kind == Kind::contact ? contact_key_id(kContactId) : std::string(kLeadId)};
  change.at = now;
  change.origin = {.actor = "system:test", .source = "delivery"};
  const auto events = format::events_of(change);
  const auto found =
      std::find_if(events.begin(), events.end(), [&](const auto& event) { return event.type == event_type; });
  DP_CHECK(found != events.end());
  sample.event = *found;
  sample.event.id = format::event_id(change.key, static_cast<Version>(now.time_since_epoch().count()),
                                     event_type, sample.event.subject);
  return sample;
}

}  // namespace deltapost::delivery
