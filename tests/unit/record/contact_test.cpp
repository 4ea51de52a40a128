#include "record/contact.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "documents.hpp"

namespace deltapost {
namespace {

using testing::changes;
using ::testing::HasSubstr;
using testing::json;
using testing::made;

constexpr Time kCreated = Time(Millis(1'746'804'520'783));  // 2025-05-09T15:28:40.783Z
constexpr Time kLater = kCreated + std::chrono::minutes(5);

Result<JsonObject> created(std::string_view text) {
  return contact::create(json(text), 5, "contact_made", kCreated);
}

JsonObject raya() {
  return made(
      created(R"({"firstName":"Raya","status":"QUALIFIED","event":{"id":1,"name":"Call","color":"#fff"},)"
              R"("tracking":{"utm_source":"google","first_utm_source":"google"},)"
              R"("latestCall":{"id":9,"duration":15,"user":{"id":1,"email":"h@example.com"}}})"));
}

std::string changes_of(const JsonObject& before, std::string_view patch) {
  return changes(before, contact::update(before, json(patch)));
}

TEST(ContactCreation, NeedsNothingAndGivesTheWholeShapeInTheVendorsOrder) {
  EXPECT_EQ(
      to_text(made(created("{}"))),
      R"({"id":5,"userId":null,"accountId":null,"firstName":null,"lastName":null,"email":null,"phoneNumber":null,)"
      R"("secondary_email":null,"secondary_phoneNumber":null,"status":"POTENTIAL",)"
      R"("createdAt":"2025-05-09T15:28:40.783Z","previewId":"contact_made","timeZone":null,)"
      R"("joinedTime":"2025-05-09T15:28:40.783Z","country":null,"ipAddress":null,"questionsAndAnswers":{},)"
      R"("event":null,"tracking":{},"latestCall":null,"disqualifyingGroup":[],"deletedAt":null})");
}

TEST(ContactCreation, TakesTheVendorsSample) {
  const JsonObject contact = made(created(
      R"({"id":5,"userId":4,"accountId":3,"firstName":"Raya","lastName":"Fleming","email":"zogiji@example.com",)"
      R"("phoneNumber":null,"secondary_email":null,"secondary_phoneNumber":null,"status":"QUALIFIED",)"
      R"("createdAt":"2025-05-09T15:28:40.783Z","previewId":"contact_-d9DGyd9xHK_","timeZone":"Asia/Karachi",)"
      R"("joinedTime":"2025-05-09T15:28:40.783Z","country":"PK","ipAddress":"::1",)"
      R"("questionsAndAnswers":{"1_question":"Phone Number","1_response":"+1234567890","Phone Number":"+1234567890"}})"));
  EXPECT_EQ(contact.at("previewId"), "contact_-d9DGyd9xHK_");
  EXPECT_EQ(contact.at("ipAddress"), "::1");
  EXPECT_EQ(contact.at("questionsAndAnswers").as_object().size(), 3U);
}

TEST(ContactCreation, KeepsTheTimesOfAnImport) {
  const JsonObject contact =
      made(created(R"({"createdAt":"2020-01-01T00:00:00Z","joinedTime":"2020-01-01T02:00:00+01:00"})"));
  EXPECT_EQ(contact.at("createdAt"), "2020-01-01T00:00:00.000Z");
  EXPECT_EQ(contact.at("joinedTime"), "2020-01-01T01:00:00.000Z");
}

TEST(ContactCreation, TurnsAUtmQueryIntoTracking) {
  const JsonObject contact = made(created(
      R"({"utm":"?utm_source=news+letter&utm_medium=e%2Dmail&&utm_term=","tracking":{"utm_source":"news letter"}})"));
  EXPECT_EQ(to_text(contact.at("tracking")),
            R"({"utm_source":"news letter","utm_medium":"e-mail","utm_term":""})");
}

TEST(ContactCreation, PutsTheEventsNameIdAndLinkIntoTheEvent) {
  const JsonObject contact = made(created(R"({"eventId":7,"eventName":"Intro","linkPrefix":"raya/intro"})"));
  EXPECT_EQ(to_text(contact.at("event")), R"({"id":7,"name":"Intro","linkPrefix":"raya/intro"})");
  EXPECT_EQ(made(created(R"({"eventName":null,"utm":null})")), made(created("{}")));
}

TEST(ContactUpdate, LeavesUnmentionedFieldsAlone) {
  EXPECT_EQ(changes_of(raya(), R"({"status":"STRATEGY_CALL_BOOKED","phoneNumber":"+1234567890"})"),
            R"({"phoneNumber":{"old":null,"new":"+1234567890"},)"
            R"("status":{"old":"QUALIFIED","new":"STRATEGY_CALL_BOOKED"}})");
  EXPECT_EQ(changes_of(raya(), R"({"firstName":null})"), R"({"firstName":{"old":"Raya","new":null}})");
}

TEST(ContactUpdate, ChangesNothingWhenAllIsSoAlready) {
  for (const char* patch :
       {"{}",
        R"({"id":5,"createdAt":"2025-05-09T20:28:40.783+05:00","previewId":"contact_made","deletedAt":null})",
        R"({"id":5.0,"status":"QUALIFIED"})", R"({"tracking":{"utm_source":"google","utm_term":null}})",
        R"({"event":{"id":1}})", R"({"latestCall":{"user":{"id":1}}})",
        R"({"questionsAndAnswers":{"none":null}})", R"({"disqualifyingGroup":[]})"}) {
    EXPECT_EQ(changes_of(raya(), patch), "{}") << patch;
  }
}

TEST(ContactUpdate, MergesTrackingMemberByMember) {
  EXPECT_EQ(changes_of(raya(), R"({"tracking":{"utm_source":"bing","utm_medium":"cpc"}})"),
            R"({"tracking.utm_source":{"old":"google","new":"bing"},"tracking.utm_medium":{"new":"cpc"}})");
  EXPECT_EQ(changes_of(raya(), R"({"tracking":{"utm_source":null}})"),
            R"({"tracking.utm_source":{"old":"google"}})");
  EXPECT_EQ(changes_of(raya(), R"({"tracking":{"first_utm_medium":"cpc"}})"),
            R"({"tracking.first_utm_medium":{"new":"cpc"}})");
}

TEST(ContactUpdate, ReplacesAnEventOrCallByAnotherOne) {
  EXPECT_EQ(changes_of(raya(), R"({"event":{"id":1,"color":"#000"}})"),
            R"({"event.color":{"old":"#fff","new":"#000"}})");
  EXPECT_EQ(
      changes_of(raya(), R"({"event":{"id":2,"name":"Demo"}})"),
      R"({"event.id":{"old":1,"new":2},"event.name":{"old":"Call","new":"Demo"},"event.color":{"old":"#fff"}})");
  EXPECT_EQ(
      changes_of(raya(), R"({"latestCall":null})"),
      R"({"latestCall":{"old":{"id":9,"duration":15,"user":{"id":1,"email":"h@example.com"}},"new":null}})");
}

TEST(ContactUpdate, TakesADisqualifyingGroupAsArrayObjectOrNull) {
  EXPECT_EQ(changes_of(raya(), R"({"disqualifyingGroup":[{"if":"x"}]})"),
            R"({"disqualifyingGroup":{"old":[],"new":[{"if":"x"}]}})");
  EXPECT_EQ(changes_of(raya(), R"({"disqualifyingGroup":{"a":1}})"),
            R"({"disqualifyingGroup":{"old":[],"new":{"a":1}}})");
  EXPECT_EQ(changes_of(raya(), R"({"disqualifyingGroup":null})"),
            R"({"disqualifyingGroup":{"old":[],"new":null}})");
}

struct Refusal {
  const char* patch;
  const char* field;
  const char* message;
};

void PrintTo(const Refusal& refusal, std::ostream* out) {
  *out << refusal.patch;
}

class ContactRefusal : public ::testing::TestWithParam<Refusal> {};
class ContactCreationRefusal : public ::testing::TestWithParam<Refusal> {};
class ContactUpdateRefusal : public ::testing::TestWithParam<Refusal> {};

void expect_refusal(const Result<JsonObject>& refused, const Refusal& expected) {
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().fault, Fault::invalid);
  EXPECT_EQ(refused.error().field, expected.field);
  EXPECT_THAT(refused.error().message, HasSubstr(expected.message));
}

TEST_P(ContactRefusal, NamesFieldAndCureOnCreationAndUpdate) {
  expect_refusal(created(GetParam().patch), GetParam());
  expect_refusal(contact::update(raya(), json(GetParam().patch)), GetParam());
}

TEST_P(ContactCreationRefusal, NamesFieldAndCure) {
  expect_refusal(created(GetParam().patch), GetParam());
}

TEST_P(ContactUpdateRefusal, NamesFieldAndCure) {
  expect_refusal(contact::update(raya(), json(GetParam().patch)), GetParam());
}

INSTANTIATE_TEST_SUITE_P(
    All, ContactRefusal,
    ::testing::Values(
        Refusal{R"({"firstName":"abcdefghijklmnopqrstuvwxyz"})", "firstName",
                "has 26 characters; at most 25"},
        Refusal{R"({"firstName":1})", "firstName", R"(write "1")"},
        Refusal{R"({"email":"a@@b"})", "email", "name@example.com"},
        Refusal{R"({"secondary_email":"x"})", "secondary_email", "null for none"},
        Refusal{R"({"phoneNumber":"+1 555"})", "phoneNumber", "digits only"},
        Refusal{R"({"phoneNumber":"+"})", "phoneNumber", "digits only"},
        Refusal{R"({"secondary_phoneNumber":"+12345678901234567890"})", "secondary_phoneNumber",
                "at most 20"},
        Refusal{R"({"status":"BOOKED"})", "status", "one of POTENTIAL"},
        Refusal{R"({"status":null})", "status", "one of POTENTIAL"},
        Refusal{R"({"userId":"4"})", "userId", "whole number"},
        Refusal{R"({"accountId":-1})", "accountId", "whole number"},
        Refusal{R"({"timeZone":"PST time"})", "timeZone", "America/New_York"},
        Refusal{R"({"ipAddress":"1.2.3"})", "ipAddress", "192.0.2.1"},
        Refusal{R"({"ipAddress":"::1\u0000x"})", "ipAddress", "192.0.2.1"},
        Refusal{R"({"id":6})", "id", "it is 5, leave it out"},
        Refusal{R"({"deletedAt":"2025-05-09T15:28:40.783Z"})", "deletedAt", "never changes"},
        Refusal{R"({"updatedAt":"2025-05-09T15:28:40.783Z"})", "updatedAt", "kept by Deltapost"},
        Refusal{R"({"version":1})", "version", "kept by Deltapost"},
        Refusal{R"({"event":"Call"})", "event", "must be an object or null, not a string"},
        Refusal{R"({"latestCall":[]})", "latestCall", "must be an object or null, not an array"},
        Refusal{R"({"tracking":[]})", "tracking", "must be an object or null"},
        Refusal{R"({"tracking":{"utm":{"source":"x"}}})", "tracking.utm", "a member for each part"},
        Refusal{R"({"disqualifyingGroup":"x"})", "disqualifyingGroup", "an array, an object or null"},
        Refusal{R"({"questionsAndAnswers":[]})", "questionsAndAnswers", "must be an object or null"},
        Refusal{R"({"questionsAndAnswers":{"Age":42}})", "questionsAndAnswers.Age", R"(write "42")"},
        Refusal{R"({"referrerUrl":"https://example.com"})", "referrerUrl", "tracking.referrerUrl"},
        Refusal{R"({"tag":"x"})", "tag", "not a field of a contact"},
        Refusal{R"({"first_name":"x"})", "first_name", "did you mean firstName?"},
        Refusal{R"({"phone":"x"})", "phone", "did you mean phoneNumber?"},
        Refusal{R"({"updatedAttributes":[]})", "updatedAttributes", "is not a field"}));

INSTANTIATE_TEST_SUITE_P(All, ContactCreationRefusal,
                         ::testing::Values(Refusal{R"({"createdAt":"yesterday"})", "createdAt", "RFC 3339"},
                                           Refusal{R"({"joinedTime":null})", "joinedTime", "date-time"},
                                           Refusal{R"({"previewId":""})", "previewId", "must not be empty"},
                                           Refusal{R"({"utm":"utm_source"})", "utm", "is no name=value"},
                                           Refusal{R"({"utm":"utm_source=%zz"})", "utm", "is no name=value"},
                                           Refusal{R"({"utm":"utm_source=%ff"})", "utm", "is no name=value"},
                                           Refusal{R"({"utm":"utm_source=a&utm_source=b"})", "utm",
                                                   "given twice"},
                                           Refusal{R"({"utm":"utm_source=a","tracking":{"utm_source":"b"}})",
                                                   "utm", "contradicts tracking.utm_source"},
                                           Refusal{R"({"utm":5})", "utm", "must be a string"},
                                           Refusal{R"({"eventName":"a","event":{"name":"b"}})", "eventName",
                                                   "contradicts event.name"},
                                           Refusal{R"({"eventId":"a"})", "eventId", "whole number"}));

INSTANTIATE_TEST_SUITE_P(
    All, ContactUpdateRefusal,
    ::testing::Values(
        Refusal{R"({"createdAt":"2020-01-01T00:00:00Z"})", "createdAt", "2025-05-09T15:28:40.783Z"},
        Refusal{R"({"joinedTime":"2020-01-01T00:00:00Z"})", "joinedTime", "never changes"},
        Refusal{R"({"previewId":"other"})", "previewId", "never changes"},
        Refusal{R"({"tracking":{"first_utm_source":"bing"}})", "tracking.first_utm_source",
                R"(it is "google")"},
        Refusal{R"({"tracking":{"first_utm_source":"bing"}})", "tracking.first_utm_source",
                "write utm_source instead"},
        Refusal{R"({"tracking":{"first_utm_source":null}})", "tracking.first_utm_source", "written once"},
        Refusal{R"({"tracking":null})", "tracking.first_utm_source", "written once"},
        Refusal{R"({"utm":"utm_source=a"})", "utm", "on creation only"},
        Refusal{R"({"eventName":"a"})", "eventName", "on creation only"}));

TEST(FirstTouch, NamesWhatWouldGetLost) {
  const JsonObject tracking = json(R"({"first_utm_source":"a","first_utm_term":"t","utm_source":"a"})");
  EXPECT_THAT(
      contact::rewritten_first_touch(
          tracking,
          json(R"({"utm_source":"b","first_utm_source":"b","first_utm_term":"t","first_utm_x":"n"})")),
      ::testing::ElementsAre("first_utm_source"));
}

TEST(ContactUpdate, BoundsWhatCanPileUp) {
  JsonObject tracking;
  for (int i = 0; i < 198; ++i) tracking.emplace("utmKey_" + std::to_string(i), "v");
  const JsonObject full = made(contact::update(raya(), {{"tracking", tracking}}));
  EXPECT_FALSE(contact::update(full, json(R"({"tracking":{"one_more":"v"}})")));
  const JsonObject large{{"event", JsonObject{{"a", std::string(20'000, 'x')}}}};
  const JsonObject larger{{"event", JsonObject{{"b", std::string(20'000, 'x')}}}};
  const Result<JsonObject> refused = contact::update(made(contact::update(raya(), large)), larger);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().field, "event");
}

TEST(DeletedContact, KeepsItsFieldsAndTakesNoWrite) {
  const JsonObject gone = contact::remove(raya(), kLater);
  EXPECT_EQ(changes(raya(), gone), R"({"deletedAt":{"old":null,"new":"2025-05-09T15:33:40.783Z"}})");
  EXPECT_EQ(changes(gone, contact::remove(gone, kLater + std::chrono::hours(1))), "{}");
  const Result<JsonObject> refused = contact::update(gone, json("{}"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().fault, Fault::not_found);
}

TEST(PresentedContact, ShowsUpdatedAtAfterIpAddressAndTheVersionLast) {
  const std::string text = to_text(contact::present(raya(), kLater, 2));
  EXPECT_THAT(text,
              HasSubstr(R"("ipAddress":null,"updatedAt":"2025-05-09T15:33:40.783Z","questionsAndAnswers")"));
  EXPECT_TRUE(text.ends_with(R"("deletedAt":null,"version":2})"));
}

}  // namespace
}  // namespace deltapost
