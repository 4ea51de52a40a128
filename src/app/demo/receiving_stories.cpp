// The other end: webhooks in Apten's and iClosed's own shapes come in; a repeated, a late and a forged one,
// too.
#include <fmt/format.h>

#include "app/demo/stories.hpp"

namespace deltapost::app::demo {
namespace {

constexpr const char* kAetna = R"({"event": "lead.additionalInfo.updated",
  "data": {"leadId": "lead_7Qm2xK", "phone": "+15555550188",
           "additionalInfo": {"insuranceProvider": {"old": null, "new": "Aetna"}}},
  "eventId": "9f86d081884c7d659a2feaa0c55ad015", "timestamp": "2026-05-14T15:30:00Z"})";

constexpr const char* kCigna = R"({"event": "lead.additionalInfo.updated",
  "data": {"leadId": "lead_7Qm2xK", "phone": "+15555550188",
           "additionalInfo": {"insuranceProvider": {"old": "Aetna", "new": "Cigna"}}},
  "eventId": "6b86b273ff34fce19d6b804eff5a3f57", "timestamp": "2026-05-14T16:10:00Z"})";

/// Sent before the one to Cigna, arriving after it.
constexpr const char* kLateInfo = R"({"event": "lead.additionalInfo.updated",
  "data": {"leadId": "lead_7Qm2xK", "phone": "+15555550188",
           "additionalInfo": {"insuranceProvider": {"old": null, "new": "Kaiser"}}},
  "eventId": "d4735e3a265e16eee03f59718b9b5d03", "timestamp": "2026-05-14T15:45:00Z"})";

constexpr const char* kContact =
    R"([{"id": 42, "userId": 4, "accountId": 3, "firstName": "Noor", "lastName": "Haddad",
  "email": "noor@example.com", "phoneNumber": null, "status": "POTENTIAL", "createdAt": "2025-05-09T15:28:40.783Z",
  "previewId": "contact_-d9DGyd9xHK_", "timeZone": "Asia/Karachi", "joinedTime": "2025-05-09T15:28:40.783Z",
  "country": "PK", "ipAddress": "::1", "updatedAt": "2025-05-09T15:28:41.385Z", "updatedAttributes": [],
  "questionsAndAnswers": {"1_question": "Full Name", "1_response": "Noor Haddad", "Full Name": "Noor Haddad"},
  "hookType": "Contact created"}])";

/// The sender's own list of what changed is empty, as in the vendor's sample.
constexpr const char* kQualified = R"([{"id": 42, "firstName": "Noor", "status": "QUALIFIED",
  "createdAt": "2025-05-09T15:28:40.783Z", "updatedAt": "2025-05-09T15:31:02.004Z", "updatedAttributes": [],
  "questionsAndAnswers": {"1_question": "Full Name", "1_response": "Noor Haddad", "Full Name": "Noor Haddad"},
  "hookType": "Contact updated"}])";

constexpr const char* kLateContact = R"([{"id": 42, "firstName": "Nora", "status": "POTENTIAL",
  "updatedAt": "2025-05-09T15:29:30.000Z", "updatedAttributes": [], "hookType": "Contact updated"}])";

/// What Deltapost sends on for a change of the lead's insurance provider.
std::function<Json(const Json&)> info(Json old_value, Json new_value) {
  return [old_value, new_value](const Json&) -> Json {
    return JsonObject{
        {"event", "lead.additionalInfo.updated"},
        {"data",
         JsonObject{{"leadId", "lead_7Qm2xK"},
                    {"phone", "+15555550188"},
                    {"additionalInfo",
                     JsonObject{{"insuranceProvider", JsonObject{{"old", old_value}, {"new", new_value}}}}}}},
        {"eventId", ""},
        {"timestamp", ""}};
  };
}

std::function<Json(const Json&)> contact(JsonArray updated, std::string_view hook_type) {
  return
      [updated, hook_type](const Json& answer) -> Json { return contact_hook(answer, updated, hook_type); };
}

Json nothing(const Json&) {
  return nullptr;
}

Result<void> play_all(Stage& stage, const std::vector<Incoming>& incoming) {
  for (const Incoming& step : incoming)
    if (auto played = stage.receive(step); !played) return played;
  return ok();
}

}  // namespace

Result<void> apten_source_story(Stage& stage) {
  fmt::print("\nReceiving: a source that takes Apten's webhooks and checks their signature\n");
  auto source = stage.add_source(*parse_json_object(R"({"format": "apten", "verifier": "apten"})"));
  if (!source) return source.error();
  const std::string path = "/v1/leads/lead_7Qm2xK";
  return play_all(
      stage, {{"A lead that is new here gets an insurance provider", *source, kAetna, 200, "accepted", path,
               info(nullptr, "Aetna")},
              {"The same webhook again, as after an answer that was lost", *source, kAetna, 200, "duplicate",
               path, nothing},
              {"It changes to Cigna", *source, kCigna, 200, "accepted", path, info("Aetna", "Cigna")},
              {"A late one, sent before that", *source, kLateInfo, 200, "stale", path, nothing},
              {.title = "A forged one, signed with another secret",
               .source = *source,
               .body = kCigna,
               .status = 401,
               .verdict = "rejected",
               .record = path,
               .expected = nothing,
               .forged = true}});
}

Result<void> iclosed_source_story(Stage& stage) {
  fmt::print(
      "\nReceiving: a source that takes iClosed's webhooks, which carry no signature and no event id\n");
  auto source = stage.add_source(*parse_json_object(R"({"format": "iclosed", "verifier": "none"})"));
  if (!source) return source.error();
  const std::string path = "/v1/contacts/42";
  return play_all(
      stage, {{"A contact that is new here", *source, kContact, 200, "accepted", path,
               contact({}, "Contact created")},
              {"It qualifies; the sender does not say what changed, Deltapost does", *source, kQualified, 200,
               "accepted", path, contact({"status"}, "Contact updated")},
              {"The same webhook again", *source, kQualified, 200, "duplicate", path, nothing},
              {"A late one, of before it qualified", *source, kLateContact, 200, "stale", path, nothing}});
}

}  // namespace deltapost::app::demo
