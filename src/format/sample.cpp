#include "format/sample.hpp"

#include "base/check.hpp"
#include "record/contact.hpp"
#include "record/lead.hpp"

namespace deltapost::format {
namespace {

constexpr std::string_view kLeadId = "lead_sample";
constexpr std::uint64_t kContactId = 1;

constexpr std::string_view kLead = R"({
  "firstName": "Ada", "lastName": "Sample", "phone": "+15555550100", "email": "ada.sample@example.com",
  "timeZone": "America/New_York", "customerProfile": "Default", "additionalInfo": {"state": "NY"}})";

constexpr std::string_view kContact = R"({
  "userId": 1, "accountId": 1, "firstName": "Ada", "lastName": "Sample", "email": "ada.sample@example.com",
  "phoneNumber": "+15555550100", "status": "POTENTIAL", "timeZone": "America/New_York", "country": "US",
  "questionsAndAnswers": {"Full Name": "Ada Sample"}, "tracking": {"utm_source": "sample"}})";

constexpr std::string_view kEndpoint = R"({
  "id": "endpoint_sample", "url": "https://example.com/webhooks", "format": "standard", "events": [], "fields": [],
  "state": "active", "disabledReason": null})";

constexpr std::string_view kDisabled =
    R"({"state": "disabled", "disabledReason": "the endpoint answered 410 Gone"})";

JsonObject parsed(std::string_view text) {
  auto object = parse_json_object(text);
  DP_CHECK(object.has_value());
  return std::move(*object);
}

JsonObject made(Result<JsonObject> document) {
  DP_CHECK(document.has_value());
  return std::move(*document);
}

/// A record's one step: nothing before for its creation.
struct Step {
  JsonObject before;
  JsonObject after;
};

ChangeView view_of(RecordKey key, Step step, Time now) {
  ChangeView view;
  view.change = {.key = std::move(key),
                 .version = step.before.empty() ? Version{1} : Version{2},
                 .at = now,
                 .origin = {.actor = "system:sample", .source = "sample"},
                 .fields = diff(step.before, step.after)};
  view.after = std::make_shared<const JsonObject>(std::move(step.after));
  view.updated_at = now;
  return view;
}

Step lead_step(std::string_view event_type, Time now) {
  const bool creation = event_type == "lead.created";
  JsonObject lead = made(lead::create(parsed(kLead), kLeadId, creation ? now : now - std::chrono::hours{24}));
  if (creation) return {{}, std::move(lead)};
  JsonObject after;
  if (event_type == "lead.deleted") {
    after = lead::remove(lead, now);
  } else if (event_type == "leadTagged") {
    after = made(lead::replace_tags(lead, parsed(R"({"tagIds": ["sample"]})")));
  } else if (event_type == "lead.additionalInfo.updated") {
    after = made(lead::update(lead, parsed(R"({"additionalInfo": {"insuranceProvider": "Aetna"}})")));
  } else {
    after = made(lead::update(lead, parsed(R"({"lastName": "Example"})")));
  }
  return {std::move(lead), std::move(after)};
}

Step contact_step(std::string_view event_type, Time now) {
  const bool creation = event_type == "newContactCreated";
  const Time created_at = creation ? now : now - std::chrono::hours{24};
  JsonObject contact = made(contact::create(parsed(kContact), kContactId, "contact_sample", created_at));
  if (creation) return {{}, std::move(contact)};
  JsonObject after = event_type == "contactDeleted"
                         ? contact::remove(contact, now)
                         : made(contact::update(contact, parsed(R"({"status": "QUALIFIED"})")));
  return {std::move(contact), std::move(after)};
}

Step endpoint_step() {
  JsonObject after = parsed(kEndpoint);
  for (const auto& member : parsed(kDisabled)) after.insert_or_assign(member.key(), member.value());
  return {parsed(kEndpoint), std::move(after)};
}

}  // namespace

ChangeView sample_view(std::string_view event_type, Time now) {
  const Kind kind = record_kind(event_type);
  const AccountId account("account_sample");
  if (kind == Kind::lead)
    return view_of({account, kind, std::string(kLeadId)}, lead_step(event_type, now), now);
  if (kind == Kind::contact) {
    return view_of({account, kind, contact_key_id(kContactId)}, contact_step(event_type, now), now);
  }
  return view_of({account, kind, "endpoint_sample"}, endpoint_step(), now);
}

}  // namespace deltapost::format
