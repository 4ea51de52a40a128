#include "app/demo/stories.hpp"

#include <fmt/format.h>

namespace deltapost::app::demo {
namespace {

constexpr const char* kContact = R"({
  "id": 5, "userId": 4, "accountId": 3, "firstName": "Raya", "lastName": "Fleming", "email": "zogiji@example.com",
  "status": "QUALIFIED", "createdAt": "2025-05-09T15:28:40.783Z", "joinedTime": "2025-05-09T15:28:40.783Z",
  "timeZone": "Asia/Karachi", "country": "PK", "ipAddress": "::1",
  "questionsAndAnswers": {"1_question": "Phone Number", "1_response": "+1234567890",
                          "2_question": "Email Address", "2_response": "zogiji@example.com",
                          "3_question": "Full Name", "3_response": "Raya Fleming"},
  "event": {"id": 12, "name": "Discovery", "linkPrefix": "raya/discovery", "color": "#1d4ed8", "eventType": "DISCOVERY_EVENT"},
  "tracking": {"utm_source": "newsletter", "first_utm_source": "newsletter"}
})";

Json json(std::string_view text) {
  return *parse_json(text);
}

/// The apten webhook for one key of additionalInfo.
Json info_updated(const Json& answer, Json old_value, Json new_value) {
  const JsonObject& lead = answer.at("lead").as_object();
  return JsonObject{
      {"event", "lead.additionalInfo.updated"},
      {"data", JsonObject{{"leadId", lead.at("id")},
                          {"phone", lead.at("phone")},
                          {"additionalInfo",
                           JsonObject{{"insuranceProvider", JsonObject{{"old", std::move(old_value)},
                                                                       {"new", std::move(new_value)}}}}}}},
      {"eventId", ""},
      {"timestamp", ""}};
}

Result<void> lead_story(Stage& stage) {
  fmt::print("\nLeads: an endpoint in Apten's format that wants lead.additionalInfo.updated\n");
  if (auto added = stage.add_endpoint(
          *parse_json_object(R"({"format": "apten", "events": ["lead.additionalInfo.updated"]})"));
      !added)
    return added;
  auto created =
      stage.play({.title = "A lead is created",
                  .method = "POST",
                  .path = "/v1/leads/create",
                  .body = json(R"({"firstName": "Maria", "lastName": "Lopez", "phone": "+1 (555) 555-0137",
                                             "customerProfile": "Insurance"})"),
                  .expected = [](const Json&) { return Json(nullptr); }});
  if (!created) return created.error();
  stage.lead_id(std::string(created->at("id").as_string()));
  const std::string path = "/v1/leads/" + stage.lead_id();

  const Json aetna = json(R"({"additionalInfo": {"insuranceProvider": "Aetna"}})");
  for (const Step& step :
       {Step{.title = "It gets an insurance provider",
       .method = "PATCH",
       .path = path,
       .body = aetna,
       .expected = [](const Json& answer) { return info_updated(answer, nullptr, "Aetna"); }},
        Step{.title = "The same again: nothing changes, nothing is sent",
        .method = "PATCH",
        .path = path,
        .body = aetna,
        .expected = [](const Json&) { return Json(nullptr); }},
        Step{.title = "It loses the insurance provider",
        .method = "PATCH",
        .path = path,
        .body = json(R"({"additionalInfo": {"insuranceProvider": null}})"),
        .expected = [](const Json& answer) { return info_updated(answer, "Aetna", nullptr); }}})
    if (auto played = stage.play(step); !played) return played.error();
  return ok();
}

Result<void> contact_story(Stage& stage) {
  fmt::print("\nContacts: an endpoint in iClosed's format\n");
  if (auto added = stage.add_endpoint(*parse_json_object(R"({"format": "iclosed"})")); !added) return added;
  for (const Step& step :
       {Step{.title = "A contact is created",
       .method = "POST",
       .path = "/v1/contacts",
       .body = json(kContact),
       .expected = [](const Json& answer) { return contact_hook(answer, {}, "Contact created"); }},
        Step{.title = "Its phone number becomes known and a call is booked",
        .method = "PATCH",
        .path = "/v1/contacts/5",
        .body = json(R"({"phoneNumber": "+1234567890", "status": "STRATEGY_CALL_BOOKED",
                             "latestCall": {"id": 77, "dateTime": "2025-05-12T09:00:00.000Z", "duration": 30,
                                            "user": {"id": 4, "firstName": "Sam", "lastName": "Host",
                                                     "email": "sam@example.com"}}})"),
        .expected =
                 [](const Json& answer) {
                   return contact_hook(answer, {"phoneNumber", "status", "latestCall"}, "Contact updated");
                 }},
        Step{.title = "It answers a question differently",
        .method = "PATCH",
        .path = "/v1/contacts/5",
        .body = json(R"({"questionsAndAnswers": {"Full Name": "Raya K. Fleming"}})"),
        .expected =
                 [](const Json& answer) {
                   return contact_hook(answer, {"questionsAndAnswers"}, "Contact updated");
                 }},
        Step{.title = "It comes back through a campaign, and loses its last name",
        .method = "PATCH",
        .path = "/v1/contacts/5",
        .body = json(R"({"tracking": {"utm_source": "spring"}, "lastName": null})"),
        .expected = [](const Json& answer) {
          return contact_hook(answer, {"lastName", "tracking"}, "Contact updated");
        }}})
    if (auto played = stage.play(step); !played) return played.error();
  return ok();
}

}  // namespace

Json contact_hook(const Json& answer, JsonArray updated, std::string_view hook_type) {
  JsonObject contact = answer.at("data").at("contact").as_object();
  erase_key(contact, "version");
  erase_key(contact, "deletedAt");
  contact["updatedAttributes"] = std::move(updated);
  contact["hookType"] = hook_type;
  return JsonArray{std::move(contact)};
}

bool play_stories(Stage& stage) {
  for (auto* story : {lead_story, contact_story, apten_source_story, iclosed_source_story}) {
    if (auto told = story(stage); !told) {
      fmt::print("  FAILED   {}\n", told.error().message);
      return false;
    }
  }
  if (auto nothing = stage.nothing_else_arrived(); !nothing) {
    fmt::print("  FAILED   {}\n", nothing.error().message);
    return false;
  }
  return true;
}

}  // namespace deltapost::app::demo
