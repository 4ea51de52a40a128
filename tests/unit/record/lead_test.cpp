#include "record/lead.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "documents.hpp"

namespace deltapost {
namespace {

using testing::changes;
using ::testing::HasSubstr;
using testing::json;
using testing::made;

constexpr Time kCreated = Time(Millis(1'778'772'600'000));  // 2026-05-14T15:30:00Z
constexpr Time kLater = kCreated + std::chrono::minutes(5);

JsonObject lead_with(std::string_view text) {
  return made(lead::create(json(text), "L1", kCreated));
}

JsonObject john() {
  return lead_with(
      R"({"firstName":"John","phone":"+15555555555","additionalInfo":{"state":"CA","age":"40"}})");
}

std::string changes_of(const JsonObject& before, std::string_view patch) {
  return changes(before, lead::update(before, json(patch)));
}

TEST(LeadCreation, NeedsOnlyAPhoneAndGivesTheWholeShape) {
  EXPECT_EQ(
      to_text(lead_with(R"({"phone":"+1 (555) 555-5555"})")),
      R"({"id":"L1","firstName":null,"lastName":null,"phone":"+15555555555","email":null,"timeZone":null,)"
      R"("customerProfile":null,"additionalInfo":{},"tags":[],"hasReplied":false,"isHot":false,)"
      R"("isQualified":false,"isUnsubscribed":false,"isAiOn":false,"summary":null,"externalLeadId":null,)"
      R"("close_crm_leadId":null,"createdAt":"2026-05-14T15:30:00.000Z","deleted":false,"deletedAt":null})");
}

TEST(LeadCreation, TakesEveryWritableField) {
  const JsonObject lead = lead_with(
      R"({"firstName":"Zoë","lastName":"","phone":"+49.30.123456","email":"z.o+e@example.co.uk",)"
      R"("timeZone":"America/Argentina/Buenos_Aires","customerProfile":"Insurance","additionalInfo":{"a":"1","b":null},)"
      R"("tags":["vip",{"id":"t2","name":"Two"},"vip"],"hasReplied":true,"isHot":true,"isQualified":true,)"
      R"("isUnsubscribed":true,"isAiOn":true,"summary":"s","externalLeadId":"003XX","close_crm_leadId":"lead_x"})");
  EXPECT_EQ(lead.at("phone"), "+4930123456");
  EXPECT_EQ(to_text(lead.at("additionalInfo")), R"({"a":"1"})");
  EXPECT_EQ(to_text(lead.at("tags")), R"([{"id":"vip","name":"vip"},{"id":"t2","name":"Two"}])");
  EXPECT_EQ(lead.at("isAiOn"), true);
  EXPECT_EQ(lead.at("close_crm_leadId"), "lead_x");
}

TEST(LeadUpdate, LeavesUnmentionedFieldsAlone) {
  EXPECT_EQ(changes_of(john(), R"({"email":"j@example.com"})"),
            R"({"email":{"old":null,"new":"j@example.com"}})");
  EXPECT_EQ(changes_of(john(), "{}"), "{}");
}

TEST(LeadUpdate, MergesAdditionalInfoKeyByKey) {
  EXPECT_EQ(
      changes_of(john(), R"({"additionalInfo":{"insuranceProvider":"Aetna","age":"41"}})"),
      R"({"additionalInfo.age":{"old":"40","new":"41"},"additionalInfo.insuranceProvider":{"new":"Aetna"}})");
  EXPECT_EQ(changes_of(john(), R"({"additionalInfo":{"age":null}})"),
            R"({"additionalInfo.age":{"old":"40"}})");
  EXPECT_EQ(changes_of(john(), R"({"additionalInfo":{"e.g. x":""}})"),
            R"({"additionalInfo.e\\.g\\. x":{"new":""}})");
}

TEST(LeadUpdate, ClearsWithNullAndKeepsTheFieldInTheShape) {
  EXPECT_EQ(changes_of(john(), R"({"firstName":null})"), R"({"firstName":{"old":"John","new":null}})");
}

TEST(LeadUpdate, ChangesNothingWhenAllIsSoAlready) {
  for (const char* patch : {R"({"phone":"+1 (555) 555-5555"})", R"({"additionalInfo":{"missing":null}})",
                            R"({"additionalInfo":{}})", R"({"additionalInfo":{"state":"CA"}})",
                            R"({"firstName":"John","lastName":null,"isHot":false})"}) {
    EXPECT_EQ(changes_of(john(), patch), "{}") << patch;
  }
}

struct Refusal {
  const char* patch;
  const char* field;
  const char* message;
};

void PrintTo(const Refusal& refusal, std::ostream* out) {
  *out << refusal.patch;
}

class LeadRefusal : public ::testing::TestWithParam<Refusal> {};

TEST_P(LeadRefusal, NamesFieldAndCureOnCreationAndUpdate) {
  JsonObject input = json(R"({"phone":"+15555555555"})");
  for (const auto& member : json(GetParam().patch)) input.insert_or_assign(member.key(), member.value());
  for (const Result<JsonObject>& refused : std::initializer_list<Result<JsonObject>>{
           lead::create(input, "L1", kCreated), lead::update(john(), json(GetParam().patch))}) {
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().fault, Fault::invalid);
    EXPECT_EQ(refused.error().field, GetParam().field);
    EXPECT_THAT(refused.error().message, HasSubstr(GetParam().message));
  }
}

INSTANTIATE_TEST_SUITE_P(
    All, LeadRefusal,
    ::testing::Values(
        Refusal{R"({"additionalInfo":{"age":42}})", "additionalInfo.age",
                R"(must be a string or null (null deletes the key), not a number; write "42")"},
        Refusal{R"({"additionalInfo":{"ok":true}})", "additionalInfo.ok", R"(not a boolean; write "true")"},
        Refusal{R"({"additionalInfo":{"a.b":[]}})", R"(additionalInfo.a\.b)", "not an array"},
        Refusal{R"({"additionalInfo":{"a":{"b":"c"}}})", "additionalInfo.a", "not an object"},
        Refusal{R"({"additionalInfo":{"":"x"}})", "additionalInfo.", "empty key"},
        Refusal{R"({"additionalInfo":null})", "additionalInfo", "must be an object"},
        Refusal{R"({"additionalInfo":"x"})", "additionalInfo", "must be an object"},
        Refusal{R"({"phone":"5555555555"})", "phone", "write + and the country code"},
        Refusal{R"({"phone":"+0555555555"})", "phone", "no international phone number"},
        Refusal{R"({"phone":null})", "phone", "must be a string"},
        Refusal{R"({"phone":15555555555})", "phone", "must be a string"},
        Refusal{R"({"firstName":7})", "firstName", R"(must be a string, not a number; write "7")"},
        Refusal{R"({"isHot":"yes"})", "isHot", "must be true or false, not a string"},
        Refusal{R"({"isHot":null})", "isHot", "must be true or false, not null"},
        Refusal{R"({"email":"john@localhost"})", "email", "name@example.com"},
        Refusal{R"({"timeZone":"+05:00"})", "timeZone", "America/New_York"},
        Refusal{R"({"externalLeadId":""})", "externalLeadId", "must not be empty"},
        Refusal{R"({"frstName":"x"})", "frstName", "did you mean firstName?"},
        Refusal{R"({"first_name":"x"})", "first_name", "did you mean firstName?"},
        Refusal{R"({"phoneNumber":"x"})", "phoneNumber", "did you mean phone?"},
        Refusal{R"({"colour":"x"})", "colour", "there are firstName, lastName,"},
        Refusal{R"({"a.b":"x"})", R"(a\.b)", "is not a field"},
        Refusal{R"({"id":"L1"})", "id", "kept by Deltapost"},
        Refusal{R"({"createdAt":"2026-05-14T15:30:00.000Z"})", "createdAt", "leave it out"},
        Refusal{R"({"deleted":true})", "deleted", "kept by Deltapost"},
        Refusal{R"({"version":3})", "version", "kept by Deltapost"}));

TEST(LeadCreation, WithoutAPhoneIsRefused) {
  const Result<JsonObject> refused = lead::create(json(R"({"firstName":"x"})"), "L1", kCreated);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().field, "phone");
  EXPECT_THAT(refused.error().message, HasSubstr("required"));
}

TEST(LeadUpdate, SendsTagsToTheirOwnRoute) {
  const Result<JsonObject> refused = lead::update(john(), json(R"({"tags":["vip"]})"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().field, "tags");
  EXPECT_THAT(refused.error().message, HasSubstr("PUT /v1/leads/{leadId}/tags"));
}

TEST(AdditionalInfo, HasLimits) {
  const auto patch = [](std::string key, std::string value) {
    return JsonObject{{"additionalInfo", JsonObject{{key, value}}}};
  };
  EXPECT_TRUE(lead::update(john(), patch(std::string(256, 'k'), std::string(16384, 'v'))));
  EXPECT_FALSE(lead::update(john(), patch(std::string(257, 'k'), "v")));
  const Result<JsonObject> too_long = lead::update(john(), patch("k", std::string(16385, 'v')));
  ASSERT_FALSE(too_long);
  EXPECT_EQ(too_long.error().field, "additionalInfo.k");

  JsonObject info;
  for (int i = 0; i < 498; ++i) info.emplace("k" + std::to_string(i), "v");
  const JsonObject full = made(lead::update(john(), {{"additionalInfo", info}}));
  EXPECT_TRUE(lead::update(full, patch("k1", "w")));
  EXPECT_FALSE(lead::update(full, patch("new", "v")));
  EXPECT_TRUE(lead::update(full, {{"additionalInfo", JsonObject{{"new", "v"}, {"k1", nullptr}}}}));
}

TEST(LeadText, IsCountedInCharacters) {
  std::string name;
  for (int i = 0; i < 255; ++i) name += "é";
  EXPECT_TRUE(lead::update(john(), {{"firstName", name}}));
  const Result<JsonObject> refused = lead::update(john(), {{"firstName", name + "é"}});
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("has 256 characters; at most 255"));
}

TEST(DeletedLead, KeepsItsFieldsAndTakesNoWrite) {
  const JsonObject gone = lead::remove(john(), kLater);
  EXPECT_EQ(
      changes(john(), gone),
      R"({"deleted":{"old":false,"new":true},"deletedAt":{"old":null,"new":"2026-05-14T15:35:00.000Z"}})");
  EXPECT_EQ(changes(gone, lead::remove(gone, kLater + std::chrono::hours(1))), "{}");
  for (const Result<Edited>& refused : {lead::update(gone, json("{}")), lead::add_context(gone, json("{}")),
                                        lead::replace_tags(gone, json(R"({"tagIds":[]})"))}) {
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().fault, Fault::not_found);
  }
}

TEST(AddContext, AppendsToTheSummaryAndMergesAdditionalInfo) {
  const JsonObject once =
      made(lead::add_context(john(), json(R"({"context":"calls back","additionalInfo":{"state":null}})")));
  EXPECT_EQ(changes(john(), once),
            R"({"additionalInfo.state":{"old":"CA"},"summary":{"old":null,"new":"calls back"}})");
  EXPECT_EQ(made(lead::add_context(once, json(R"({"context":"likes tea"})"))).at("summary"),
            "calls back\nlikes tea");
  EXPECT_EQ(changes(once, lead::add_context(once, json("{}"))), "{}");
}

TEST(AddContext, RefusesCommandsAndWhatItDoesNotKnow) {
  const auto refusal = [](std::string_view input) { return lead::add_context(john(), json(input)).error(); };
  EXPECT_THAT(refusal(R"({"command":"text them"})").message, HasSubstr("sends no messages"));
  EXPECT_EQ(refusal(R"({"contxt":"x"})").field, "contxt");
  EXPECT_THAT(refusal(R"({"contxt":"x"})").message, HasSubstr("did you mean context?"));
  EXPECT_EQ(refusal(R"({"context":""})").field, "context");
  EXPECT_EQ(refusal(R"({"context":5})").field, "context");
  EXPECT_EQ(refusal(R"({"additionalInfo":{"x":1}})").field, "additionalInfo.x");
}

TEST(ReplaceTags, KeepsKnownNamesAndCountsRepeatedOnesOnce) {
  const JsonObject lead = lead_with(R"({"phone":"+15555555555","tags":[{"id":"t1","name":"One"},"t2"]})");
  const JsonObject tagged = made(lead::replace_tags(lead, json(R"({"tagIds":["t3","t1","t3"]})")));
  EXPECT_EQ(to_text(tagged.at("tags")), R"([{"id":"t3","name":"t3"},{"id":"t1","name":"One"}])");
  EXPECT_EQ(changes(tagged, lead::replace_tags(tagged, json(R"({"tagIds":["t3","t1"]})"))), "{}");
  EXPECT_EQ(to_text(made(lead::replace_tags(lead, json(R"({"tagIds":[]})"))).at("tags")), "[]");
}

TEST(ReplaceTags, RefusesWhatIsNoTag) {
  const auto refusal = [](std::string_view input) { return lead::replace_tags(john(), json(input)).error(); };
  EXPECT_EQ(refusal("{}").field, "tagIds");
  EXPECT_EQ(refusal(R"({"tagIds":"vip"})").field, "tagIds");
  EXPECT_EQ(refusal(R"({"tagIds":["vip",""]})").field, "tagIds.1");
  EXPECT_EQ(refusal(R"({"tagIds":[5]})").field, "tagIds.0");
  EXPECT_EQ(refusal(R"({"tagIds":[],"tags":[]})").field, "tags");
}

TEST(NormalisePhone, GivesE164) {
  EXPECT_EQ(*lead::normalise_phone("+1 (555) 555-5555"), "+15555555555");
  EXPECT_EQ(*lead::normalise_phone("+44.20.7946.0958"), "+442079460958");
  EXPECT_EQ(*lead::normalise_phone("+1234567"), "+1234567");
  EXPECT_EQ(*lead::normalise_phone("+123456789012345"), "+123456789012345");
}

TEST(NormalisePhone, RefusesWhatNobodyCouldDial) {
  for (const char* text :
       {"", "+", "15555555555", "+123456", "+1234567890123456", "+0123456789", "+1 555 CALL-ME",
        "+1555555555+", "+1/5555555555", " +15555555555", "tel:+15555555555"}) {
    const Result<std::string> phone = lead::normalise_phone(text);
    ASSERT_FALSE(phone) << text;
    EXPECT_EQ(phone.error().fault, Fault::invalid);
    EXPECT_EQ(phone.error().field, "phone");
  }
}

TEST(PresentedLead, ShowsUpdatedAtAfterCreatedAtAndTheVersionLast) {
  const std::string text = to_text(lead::present(john(), kLater, 3));
  EXPECT_THAT(text,
              HasSubstr(R"("createdAt":"2026-05-14T15:30:00.000Z","updatedAt":"2026-05-14T15:35:00.000Z")"));
  EXPECT_TRUE(text.ends_with(R"("deletedAt":null,"version":3})"));
}

}  // namespace
}  // namespace deltapost
