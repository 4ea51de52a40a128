// Records, changes and golden files that the tests of this room share.
#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>
#include <string_view>

#include "format/format.hpp"
#include "record/diff.hpp"
#include "support/json.hpp"

namespace deltapost::format {

using testing::json;

/// `base` with the members of `changes` set; for nested ones give the whole object.
inline JsonObject with(JsonObject base, std::string_view changes) {
  for (const auto& member : json(changes)) base.insert_or_assign(member.key(), member.value());
  return base;
}

/// A golden file as compact text: the bytes that a body must have, key order included.
inline std::string golden(const std::string& name) {
  std::ifstream file(std::string(DP_SOURCE_DIR) + "/tests/unit/format/golden/" + name + ".json");
  EXPECT_TRUE(file) << name;
  std::ostringstream text;
  text << file.rdbuf();
  const auto parsed = parse_json(text.str());
  EXPECT_TRUE(parsed) << name;
  return parsed ? to_text(*parsed) : std::string();
}

inline JsonObject lead() {
  return json(R"({
    "id": "lead_01hzy3", "firstName": "Grace", "lastName": null, "phone": "+15555555555", "email": null,
    "timeZone": null, "customerProfile": null, "additionalInfo": {}, "tags": [], "hasReplied": false, "isHot": false,
    "isQualified": false, "isUnsubscribed": false, "isAiOn": true, "summary": null, "externalLeadId": null,
    "close_crm_leadId": null, "createdAt": "2026-03-01T00:00:00.000Z", "deleted": false, "deletedAt": null})");
}

inline JsonObject contact() {
  return json(R"({
    "id": 5, "userId": 4, "accountId": 3, "firstName": "Raya", "lastName": "Fleming", "email": "zogiji@example.com",
    "phoneNumber": null, "secondary_email": null, "secondary_phoneNumber": null, "status": "QUALIFIED",
    "createdAt": "2025-05-09T15:28:40.783Z", "previewId": "contact_-d9DGyd9xHK_", "timeZone": "Asia/Karachi",
    "joinedTime": "2025-05-09T15:28:40.783Z", "country": "PK", "ipAddress": "::1",
    "questionsAndAnswers": {
      "1_question": "Phone Number", "1_response": "+1234567890",
      "2_question": "Email Address", "2_response": "zogiji@example.com",
      "3_question": "Full Name", "3_response": "Raya Fleming",
      "4_question": "Additional Information Question 1", "4_response": "Additional Information Response 1",
      "Phone Number": "+1234567890", "Email Address": "zogiji@example.com", "Full Name": "Raya Fleming",
      "Additional Information Question 1": "Additional Information Response 1"},
    "event": {"id": 12, "name": "Strategy Session", "linkPrefix": "raya/strategy", "color": "#22C55E",
      "eventType": "STRATEGY_EVENT"},
    "tracking": {"utm_source": "newsletter", "first_utm_source": "search"},
    "latestCall": {"dateTime": "2025-05-10T09:00:00.000Z", "duration": 30,
      "user": {"id": 4, "firstName": "Sam", "lastName": "Host", "email": "sam.host@example.com"}},
    "disqualifyingGroup": [], "deletedAt": null})");
}

inline JsonObject endpoint() {
  return json(
      R"({"id": "ep_1", "url": "https://example.com/hook", "state": "active", "disabledReason": null})");
}

inline Time time_of(std::string_view text) {
  const auto time = parse_iso(text);
  EXPECT_TRUE(time) << text;
  return time ? *time : Time{};
}

inline const Time kChangedAt = time_of("2026-03-04T05:06:00.250Z");
inline const Time kFirstSentAt = time_of("2026-03-04T05:06:07.999Z");

/// The step between two documents; version 1 when there is nothing before.
inline ChangeView step(Kind kind, std::string id, const JsonObject& before, JsonObject after) {
  ChangeView view;
  view.change = {.key = {AccountId("acc_1"), kind, std::move(id)},
                 .version = before.empty() ? Version{1} : Version{2},
                 .at = kChangedAt,
                 .origin = {.actor = "key:k1", .source = "api"},
                 .fields = diff(before, after)};
  view.after = std::make_shared<const JsonObject>(std::move(after));
  view.updated_at = kChangedAt;
  return view;
}

inline ChangeView lead_step(const JsonObject& before, JsonObject after) {
  return step(Kind::lead, "lead_01hzy3", before, std::move(after));
}

inline ChangeView contact_step(const JsonObject& before, JsonObject after) {
  return step(Kind::contact, contact_key_id(5), before, std::move(after));
}

inline ChangeView endpoint_step(const JsonObject& before, JsonObject after) {
  return step(Kind::endpoint, "ep_1", before, std::move(after));
}

/// An event with the id that the golden files hold.
inline Event event(std::string type, std::string subject = {}) {
  return {std::move(type), std::move(subject), "9f86d081884c7d659a2feaa0c55ad015"};
}

inline std::string body(Format format, const Event& event, const ChangeView& view,
                        const RenderOptions& options = {}) {
  return render(format, event, view, kFirstSentAt, options).body;
}

}  // namespace deltapost::format
