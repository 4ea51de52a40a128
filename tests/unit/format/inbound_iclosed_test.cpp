#include "inbound_reader.hpp"
#include "samples.hpp"

namespace deltapost::format {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::Optional;

const Reader kIclosed{InboundFormat::iclosed};

/// A contact with these members beside id and updatedAt.
std::string contact_with(std::string_view more) {
  return R"({"id": 5, "updatedAt": "2025-05-09T15:28:41.385Z", "hookType": "Contact updated")" +
         (more.empty() ? std::string() : ", " + std::string(more)) + "}";
}

std::string answers(std::string_view members) {
  return contact_with(R"("questionsAndAnswers": {)" + std::string(members) + "}");
}

TEST(InboundIclosed, ReadsTheVendorsSample) {
  const Statement statement = kIclosed.statement(golden("iclosed_updated"));
  EXPECT_EQ(statement.nature, Statement::Nature::full);
  EXPECT_EQ(statement.event, "Contact updated");
  EXPECT_EQ(shown(statement.subject), "contact 0000000000000005");
  EXPECT_EQ(statement.time, time_of("2025-05-09T15:28:41.385Z"));
  EXPECT_THAT(
      shown(statement.fields),
      ElementsAre(
          "userId=4", "accountId=3", R"(firstName="Raya")", R"(lastName="Fleming")",
          R"(email="zogiji@example.com")", "phoneNumber=null", "secondary_email=null",
          "secondary_phoneNumber=null", R"(status="QUALIFIED")", R"(createdAt="2025-05-09T15:28:40.783Z")",
          R"(previewId="contact_-d9DGyd9xHK_")", R"(timeZone="Asia/Karachi")",
          R"(joinedTime="2025-05-09T15:28:40.783Z")", R"(country="PK")", R"(ipAddress="::1")",
          R"(questionsAndAnswers.Phone Number="+1234567890"#1)",
          R"(questionsAndAnswers.Email Address="zogiji@example.com"#2)",
          R"(questionsAndAnswers.Full Name="Raya Fleming"#3)",
          R"(questionsAndAnswers.Additional Information Question 1="Additional Information Response 1"#4)",
          R"(event={"id":12,"name":"Strategy Session","linkPrefix":"raya/strategy","color":"#22C55E","eventType":"STRATEGY_EVENT"})",
          R"(tracking.utm_source="newsletter")", R"(tracking.first_utm_source="search")",
          R"(latestCall={"dateTime":"2025-05-10T09:00:00.000Z","duration":30,"user":{"id":4,"firstName":"Sam","lastName":"Host","email":"sam.host@example.com"}})",
          "disqualifyingGroup=[]"));
  EXPECT_THAT(statement.updated_attributes, Optional(ElementsAre("status", "questionsAndAnswers")));
  EXPECT_THAT(statement.ignored, IsEmpty());
}

TEST(InboundIclosed, TakesArraysAndBareObjects) {
  EXPECT_THAT(kIclosed.fields("[" + contact_with(R"("country": "PK")") + "]"),
              ElementsAre(R"(country="PK")"));
  EXPECT_THAT(kIclosed.fields(contact_with(R"("country": "PK")")), ElementsAre(R"(country="PK")"));
  const auto two = kIclosed.items("[" + contact_with("") + ", 5, " + contact_with("") + "]");
  ASSERT_TRUE(two && two->size() == 3);
  EXPECT_TRUE((*two)[0].statement && (*two)[2].statement);
  EXPECT_FALSE((*two)[1].statement);
}

TEST(InboundIclosed, TellsAContactByItsHookTypeOrItsMembers) {
  for (const char* type : {"Contact updated", "Contact created", "Contact by status", "contactUpdated",
                           "contactDetailChanged", "newContactCreated"}) {
    const Statement statement = kIclosed.statement(
        R"({"id": 5, "updatedAt": "2025-05-09T15:28:41Z", "hookType": ")" + std::string(type) + R"("})");
    EXPECT_EQ(statement.nature, Statement::Nature::full) << type;
    EXPECT_EQ(statement.event, type);
  }
  const Statement bare =
      kIclosed.statement(R"({"id": 5, "updatedAt": "2025-05-09T15:28:41Z", "email": null})");
  EXPECT_EQ(bare.event, "contactUpdated");
  EXPECT_THAT(shown(bare.fields), ElementsAre("email=null"));
  kIclosed.expect_refused(R"({"email": "a@b.co"})", "hookType");
  kIclosed.expect_refused(R"({"id": 5, "hookType": 5})", "hookType");
}

TEST(InboundIclosed, KeepsAbsentNullAndValueApartForEveryKindOfField) {
  const struct {
    std::string member;
    std::vector<std::string> stated;
  } kCases[] = {
      {"", {}},
      {R"("email": null)", {"email=null"}},
      {R"("email": "a@b.co")", {R"(email="a@b.co")"}},
      {R"("tracking": null)", {"tracking=null"}},
      {R"("tracking": {})", {}},
      {R"("tracking": {"utm_source": null, "utm.x": "a"})",
       {"tracking.utm_source=null", R"(tracking.utm\.x="a")"}},
      {R"("questionsAndAnswers": null)", {"questionsAndAnswers=null"}},
      {R"("questionsAndAnswers": {})", {}},
      {R"("event": null)", {"event=null"}},
      {R"("event": {"id": 1})", {R"(event={"id":1})"}},
      {R"("latestCall": {"user": {"id": 4}})", {R"(latestCall={"user":{"id":4}})"}},
      {R"("disqualifyingGroup": [{"a": 1}])", {R"(disqualifyingGroup=[{"a":1}])"}},
      {R"("deletedAt": null, "version": 7)", {}},
  };
  for (const auto& [member, stated] : kCases) {
    const Statement statement = kIclosed.statement(contact_with(member));
    EXPECT_EQ(shown(statement.fields), stated) << member;
    EXPECT_THAT(statement.ignored, IsEmpty()) << member;
  }
}

TEST(InboundIclosed, ListsMembersWithoutAPlace) {
  EXPECT_THAT(kIclosed
                  .statement(contact_with(R"("previewUrl": "https://x", "deletedAt": "2025-05-09T15:28:41Z",
      "updatedAttributes": ["email", 5])"))
                  .ignored,
              ElementsAre("updatedAttributes", "previewUrl", "deletedAt"));
}

TEST(InboundIclosed, NeedsAnIdThatIsANumberAndATime) {
  for (const char* id : {R"("5")", "0", "-1", "5.5", "9007199254740992", "null", "true"}) {
    kIclosed.expect_refused(R"({"updatedAt": "2025-05-09T15:28:41Z", "hookType": "Contact updated", "id": )" +
                                std::string(id) + "}",
                            "id");
  }
  kIclosed.expect_refused(R"({"updatedAt": "2025-05-09T15:28:41Z", "hookType": "Contact updated"})", "id",
                          "required");
  EXPECT_EQ(
      shown(kIclosed.statement(R"({"updatedAt": "2025-05-09T15:28:41Z", "id": 9007199254740991})").subject),
      "contact 9007199254740991");
  kIclosed.expect_refused(R"({"id": 5, "hookType": "Contact updated"})", "updatedAt", "required");
  for (const char* time : {R"("soon")", "null", "1746804521"}) {
    kIclosed.expect_refused(R"({"id": 5, "updatedAt": )" + std::string(time) + "}", "updatedAt", "RFC 3339");
  }
}

TEST(InboundIclosed, MergesBothSpellingsOfAnAnswer) {
  const struct {
    std::string members;
    std::vector<std::string> stated;
  } kCases[] = {
      {R"("1_question": "Q", "1_response": "a", "Q": "a")", {R"(questionsAndAnswers.Q="a"#1)"}},
      {R"("1_question": "Q", "1_response": "a")", {R"(questionsAndAnswers.Q="a"#1)"}},
      {R"("Q": "a")", {R"(questionsAndAnswers.Q="a")"}},
      {R"("3_question": "Q", "Q": "a")", {R"(questionsAndAnswers.Q="a"#3)"}},
      {R"("3_question": "Q")", {}},
      {R"("3_question": "Q", "3_response": null)", {"questionsAndAnswers.Q=null#3"}},
      {R"("3_question": null, "3_response": null)", {}},
      {R"("Q": null)", {"questionsAndAnswers.Q=null"}},
      {R"("x_question": "a", "_response": "b")",
       {R"(questionsAndAnswers.x_question="a")", R"(questionsAndAnswers._response="b")"}},
      {R"("10_question": "Ten", "10_response": "t", "2_question": "Two", "2_response": "z", "Own": "o")",
       {R"(questionsAndAnswers.Two="z"#2)", R"(questionsAndAnswers.Ten="t"#10)",
        R"(questionsAndAnswers.Own="o")"}},
      {R"("1_question": "Q", "1_response": "a", "2_question": "Q", "2_response": "a")",
       {R"(questionsAndAnswers.Q="a"#1)"}},
  };
  for (const auto& [members, stated] : kCases)
    EXPECT_EQ(kIclosed.fields(answers(members)), stated) << members;
}

TEST(InboundIclosed, RefusesAnswersThatContradictOrAreNoText) {
  const auto refused = [](std::string_view members, std::string_view field, std::string_view why) {
    kIclosed.expect_refused(answers(members), field, why);
  };
  refused(R"("1_question": "Q", "1_response": "a", "Q": "b")", "questionsAndAnswers.Q", "contradicts");
  refused(R"("1_question": "Q", "1_response": "a", "Q": null)", "questionsAndAnswers.Q", "contradicts");
  refused(R"("1_question": "Q", "1_response": "a", "2_question": "Q", "2_response": "b")",
          "questionsAndAnswers.2_response", "contradicts");
  refused(R"("1_response": "a")", "questionsAndAnswers.1_response", "1_question");
  refused(R"("1_question": null, "1_response": "a")", "questionsAndAnswers.1_response", "1_question");
  refused(R"("01_question": "Q")", "questionsAndAnswers.01_question", "1 to 9999");
  refused(R"("0_question": "Q")", "questionsAndAnswers.0_question", "1 to 9999");
  refused(R"("10000_question": "Q")", "questionsAndAnswers.10000_question", "1 to 9999");
  refused(R"("99999999999999999999_question": "Q")", "questionsAndAnswers.99999999999999999999_question",
          "1 to");
  refused(R"("Q.1": 5)", R"(questionsAndAnswers.Q\.1)", "not a number");
  refused(R"("Q": true)", "questionsAndAnswers.Q", "not a boolean");
  refused(R"("Q": {"a": 1})", "questionsAndAnswers.Q", "not an object");
  refused(R"("": "a")", "questionsAndAnswers.", "empty label");
  refused(R"("1_question": "", "1_response": "a")", "questionsAndAnswers.1_question", "empty label");
  kIclosed.expect_refused(contact_with(R"("questionsAndAnswers": [])"), "questionsAndAnswers", "an array");
  kIclosed.expect_refused(contact_with(R"("tracking": "utm")"), "tracking", "a string");
  kIclosed.expect_refused(contact_with(R"("tracking": {"utm": {"a": 1}})"), "tracking.utm", "an object");
}

TEST(InboundIclosed, RefusesMoreQuestionsThanAContactHolds) {
  const auto questions = [](int count) {
    std::string members;
    for (int i = 1; i <= count; ++i) members += (i > 1 ? "," : "") + ("\"Q" + std::to_string(i)) + "\":\"a\"";
    return answers(members);
  };
  EXPECT_EQ(kIclosed.fields(questions(500)).size(), 500U);
  kIclosed.expect_refused(questions(501), "questionsAndAnswers", "at most 500");
  kIclosed.expect_refused(questions(10'000), "questionsAndAnswers", "at most 500");
}

TEST(InboundIclosed, TakesCallsAndOutcomesAsNotes) {
  const struct {
    std::string body, event, subject, time;
  } kNotes[] = {
      {R"([{"event_type": {"name": "Call"}, "event": {"uuid": "u", "created_at": "2025-05-09T15:00:00+05:00"},
           "invitee": {"email": "a@b.co", "text_reminder_number": "+1 555 555 5555"}, "contact": {"id": 5},
           "hookType": "Call booked"}])",
       "Call booked", "contact 0000000000000005 +15555555555 a@b.co", "2025-05-09T10:00:00.000Z"},
      {R"({"event": {"canceled_at": "2025-05-09T15:00:00Z", "created_at": "2025-05-08T15:00:00Z"},
          "invitee": {"email": "a@b.co"}, "hookType": "Call canceled"})",
       "Call canceled", "contact a@b.co", "2025-05-09T15:00:00.000Z"},
      {R"({"event": {"created_at": "06:00pm"}, "invitee": {}, "phoneNumber": "5555", "email": "a@b.co"})",
       "Call", "contact a@b.co", ""},
      {R"({"contactId": 7, "callOutcome": "SALE", "email": "a@b.co", "startTime": "2025-05-09T15:00:00Z", "id": 9,
          "hookType": "Outcome added"})",
       "Outcome added", "contact 0000000000000007 a@b.co", "2025-05-09T15:00:00.000Z"},
      {R"({"event_type": {}, "contact": {"id": "not a number", "phoneNumber": "+15555555555"}})", "Call",
       "contact +15555555555", ""},
      {R"({"hookType": "Note added", "text": "hello"})", "Note added", "nobody", ""},
  };
  for (const auto& [body, event, subject, time] : kNotes) {
    const Statement statement = kIclosed.statement(body);
    EXPECT_EQ(statement.nature, Statement::Nature::note) << body;
    EXPECT_EQ(statement.event, event) << body;
    EXPECT_EQ(shown(statement.subject), subject) << body;
    EXPECT_EQ(statement.time ? iso_millis(*statement.time) : "", time) << body;
    EXPECT_THAT(statement.fields, IsEmpty());
  }
  kIclosed.expect_refused(R"({"event_type": {}, "phoneNumber": "5555"})", "phoneNumber", "+15555555555");
}

TEST(InboundIclosed, HasTheSameContentWhateverTheOrderOfMembers) {
  EXPECT_EQ(kIclosed.statement(contact_with(R"("country": "PK", "event": {"id": 1, "name": "x"})")).content,
            kIclosed.statement(contact_with(R"("event": {"name": "x", "id": 1}, "country": "PK")")).content);
  EXPECT_NE(kIclosed.statement(contact_with(R"("country": "PK")")).content,
            kIclosed.statement(contact_with(R"("country": null)")).content);
}

TEST(InboundIclosed, ReadsWhatWeSendOurselves) {
  const ChangeView view = contact_step(contact(), with(contact(), R"({"email": "new@example.com"})"));
  for (const bool bare : {false, true}) {
    const Statement statement =
        kIclosed.statement(body(Format::iclosed, event("contactUpdated"), view, {.bare_object = bare}));
    EXPECT_THAT(shown(statement.fields), Contains(R"(email="new@example.com")"));
    EXPECT_THAT(statement.updated_attributes, Optional(ElementsAre("email")));
    EXPECT_EQ(statement.time, view.updated_at);
  }
  const Statement created = kIclosed.statement(body(Format::iclosed, event("newContactCreated"), view));
  EXPECT_EQ(created.event, "Contact created");
}

}  // namespace
}  // namespace deltapost::format
