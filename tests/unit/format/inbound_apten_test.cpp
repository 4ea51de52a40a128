#include "inbound_reader.hpp"
#include "samples.hpp"

namespace deltapost::format {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const Reader kApten{InboundFormat::apten};

/// lead.additionalInfo.updated with these members of data beside the lead.
std::string info_updated(std::string_view more) {
  return R"({"event": "lead.additionalInfo.updated", "timestamp": "2026-05-14T15:30:00Z", "eventId": "e1", "data": {)"
         R"("leadId": "lead_1", "phone": "+1 (555) 555-5555", )" +
         std::string(more) + "}}";
}

TEST(InboundApten, ReadsTheChangedKeysOfAdditionalInfo) {
  const Statement statement =
      kApten.statement(info_updated(R"("additionalInfo": {"insurance": {"old": null, "new":
      "Aetna"}, "state": {"old": "CA", "new": "NY"}, "gone": {"old": "x", "new": null}, "unsaid": {"new": "1"}},
      "externalLeadId": "00Q5g00000ABCDEAA1", "close_crm_leadId": "lead_xyz123")"));
  EXPECT_EQ(statement.nature, Statement::Nature::delta);
  EXPECT_EQ(statement.event, "lead.additionalInfo.updated");
  EXPECT_EQ(statement.event_id, "e1");
  EXPECT_EQ(shown(statement.subject), "lead lead_1 +15555555555");
  EXPECT_EQ(statement.time, time_of("2026-05-14T15:30:00Z"));
  EXPECT_THAT(
      shown(statement.fields),
      ElementsAre(R"(additionalInfo.insurance="Aetna"<-nothing)", R"(additionalInfo.state="NY"<-"CA")",
                  R"(additionalInfo.gone=null<-"x")", R"(additionalInfo.unsaid="1")",
                  R"(externalLeadId="00Q5g00000ABCDEAA1")", R"(close_crm_leadId="lead_xyz123")"));
  EXPECT_THAT(statement.ignored, IsEmpty());
}

TEST(InboundApten, TakesALinkThatIsAbsentNullOrEmptyAsNotStated) {
  for (const char* links : {"", R"(, "externalLeadId": null, "close_crm_leadId": null)",
                            R"(, "externalLeadId": "", "close_crm_leadId": "")"}) {
    EXPECT_THAT(kApten.fields(info_updated(R"("additionalInfo": {})" + std::string(links))), IsEmpty())
        << links;
  }
}

TEST(InboundApten, KeepsDotsInKeysApart) {
  EXPECT_THAT(kApten.fields(info_updated(R"("additionalInfo": {"a.b": {"old": "", "new": "é"}})")),
              ElementsAre(R"(additionalInfo.a\.b="é"<-"")"));
}

TEST(InboundApten, NamesTheKeyWhoseValueIsNoText) {
  for (const char* sides : {R"({"old": null, "new": {"nested": "x"}})", R"({"old": null, "new": 5})",
                            R"({"old": true, "new": "x"})", R"({"old": "x"})", R"("x")", "null", "[]"}) {
    kApten.expect_refused(info_updated(R"("additionalInfo": {"plan.b": )" + std::string(sides) + "}"),
                          R"(data.additionalInfo.plan\.b)", "string or null");
  }
  kApten.expect_refused(info_updated(R"("additionalInfo": null)"), "data.additionalInfo");
  kApten.expect_refused(info_updated(R"("other": 1)"), "data.additionalInfo");
}

TEST(InboundApten, TurnsBuiltInTagsIntoFlagsAndOthersIntoTags) {
  const auto tagged = [](std::string_view tag) {
    return kApten.fields(
        R"({"event": "leadTagged", "timestamp": "2026-05-14T15:30:00Z", "data": {"leadId": "lead_1",
            "externalLeadId": "003XX", "phone": "+15555555555", "channel": "sms", "tag": ")" +
        std::string(tag) + R"("}})");
  };
  EXPECT_THAT(tagged("isHot"), ElementsAre("isHot=true", R"(externalLeadId="003XX")"));
  EXPECT_THAT(tagged("isQualified"), ElementsAre("isQualified=true", R"(externalLeadId="003XX")"));
  EXPECT_THAT(tagged("hasReplied"), ElementsAre("hasReplied=true", R"(externalLeadId="003XX")"));
  EXPECT_THAT(tagged("vip"),
              ElementsAre(R"(tags.vip={"id":"vip","name":"vip"})", R"(externalLeadId="003XX")"));
  EXPECT_THAT(tagged("ishot"),
              ElementsAre(R"(tags.ishot={"id":"ishot","name":"ishot"})", R"(externalLeadId="003XX")"));
}

TEST(InboundApten, ReadsAnOptOut) {
  const Statement statement = kApten.statement(
      R"({"event": "optOut", "timestamp": "2026-05-14T15:30:00.123Z", "data": {"leadId": "lead_1", "phone": "+15555555555",
          "channel": "email", "optOutReason": "COMPLAINT", "isTwilioOptOut": null}})");
  EXPECT_EQ(statement.nature, Statement::Nature::delta);
  EXPECT_THAT(shown(statement.fields), ElementsAre("isUnsubscribed=true"));
  EXPECT_THAT(statement.ignored, ElementsAre("data.optOutReason", "data.isTwilioOptOut"));
  EXPECT_EQ(statement.event_id, "");
}

TEST(InboundApten, TakesEverythingElseAsANote) {
  const struct {
    std::string event, data, subject;
  } kNotes[] = {
      {"message.received", R"("leadId": "lead_1", "phone": "+15555555555", "content": {"text": "hi"})",
       "lead lead_1 +15555555555"},
      {"notification", R"("phone": "+15555555555")", "lead +15555555555"},
      {"lead.updated", R"("leadId": "lead_1", "changes": {})", "lead lead_1"},
      {"something.new", R"("x": 1)", "nobody"},
      {"webchat.message.received", R"("sessionId": "s", "leadId": "lead_1")", "nobody"},
      {"webchat.session.converted", R"("sessionId": "s", "leadId": "lead_1", "phone": null)", "lead lead_1"},
      {"webchat.session.converted", R"("sessionId": "s")", "nobody"},
  };
  for (const auto& [event, data, subject] : kNotes) {
    const Statement statement = kApten.statement(
        R"({"event": ")" + event + R"(", "timestamp": "2026-05-14T15:30:00Z", "data": {)" + data + "}}");
    EXPECT_EQ(statement.nature, Statement::Nature::note) << event;
    EXPECT_EQ(statement.event, event);
    EXPECT_EQ(shown(statement.subject), subject) << event;
    EXPECT_THAT(statement.fields, IsEmpty());
    EXPECT_THAT(statement.ignored, IsEmpty());
  }
}

TEST(InboundApten, ReadsTimesInSecondsMillisecondsAndWithAnOffset) {
  const auto time = [](std::string_view text) {
    return kApten
        .statement(R"({"event": "notification", "data": {}, "timestamp": ")" + std::string(text) + R"("})")
        .time;
  };
  EXPECT_EQ(time("2026-05-14T15:30:00Z"), time_of("2026-05-14T15:30:00Z"));
  EXPECT_EQ(time("2026-05-14T15:30:00.123Z"), time_of("2026-05-14T15:30:00.123Z"));
  EXPECT_EQ(time("2026-05-14T17:30:00+02:00"), time_of("2026-05-14T15:30:00Z"));
  for (const char* text : {R"("yesterday")", R"("2026-02-30T00:00:00Z")", "1614265330", "null", R"("")"}) {
    kApten.expect_refused(R"({"event": "notification", "data": {}, "timestamp": )" + std::string(text) + "}",
                          "timestamp", "RFC 3339");
  }
}

TEST(InboundApten, NamesWhatTheEnvelopeLacks) {
  const auto refused = [](std::string_view body, std::string_view field) {
    kApten.expect_refused(body, field);
  };
  refused(R"({"timestamp": "2026-05-14T15:30:00Z", "data": {}})", "event");
  refused(R"({"event": "", "timestamp": "2026-05-14T15:30:00Z", "data": {}})", "event");
  refused(R"({"event": 5, "timestamp": "2026-05-14T15:30:00Z", "data": {}})", "event");
  refused(R"({"event": "optOut", "data": {}})", "timestamp");
  refused(R"({"event": "optOut", "timestamp": "2026-05-14T15:30:00Z"})", "data");
  refused(R"({"event": "optOut", "timestamp": "2026-05-14T15:30:00Z", "data": []})", "data");
  refused(R"({"event": "optOut", "timestamp": "2026-05-14T15:30:00Z", "data": {}})", "data.leadId");
  refused(R"({"event": "optOut", "timestamp": "2026-05-14T15:30:00Z", "data": {"leadId": 5}})",
          "data.leadId");
  refused(R"({"event": "optOut", "timestamp": "2026-05-14T15:30:00Z", "data": {"leadId": "a b"}})",
          "data.leadId");
  refused(
      R"({"event": "optOut", "timestamp": "2026-05-14T15:30:00Z", "data": {"leadId": "l", "phone": "5555"}})",
      "data.phone");
  refused(R"({"event": "leadTagged", "timestamp": "2026-05-14T15:30:00Z", "data": {"leadId": "l"}})",
          "data.tag");
  refused(
      R"({"event": "leadTagged", "timestamp": "2026-05-14T15:30:00Z", "data": {"leadId": "l", "tag": ""}})",
      "data.tag");
  refused(info_updated(R"("additionalInfo": {}, "externalLeadId": 5)"), "data.externalLeadId");
}

TEST(InboundApten, HasTheSameContentOnEveryTryAndAnotherForAnotherEvent) {
  const auto content = [](std::string event, std::string_view time, std::string_view tail) {
    return kApten
        .statement(R"({"event": ")" + event + R"(", "timestamp": ")" + std::string(time) +
                   R"(", "data": {"leadId": "l", "additionalInfo": {"k": {"old": "a", "new": ")" +
                   std::string(tail) + R"("}}}})")
        .content;
  };
  const std::string early = "2026-05-14T15:30:00Z", late = "2026-05-14T15:31:00Z";
  EXPECT_EQ(content("lead.additionalInfo.updated", early, "x"),
            content("lead.additionalInfo.updated", late, "x"));
  EXPECT_NE(content("lead.additionalInfo.updated", early, "x"),
            content("lead.additionalInfo.updated", early, "y"));
  // The older events say when it happened: at another time it is another one.
  EXPECT_NE(content("message.received", early, "x"), content("message.received", late, "x"));
}

TEST(InboundApten, ReadsWhatWeSendOurselves) {
  const JsonObject before = with(lead(), R"({"additionalInfo": {"state": "CA", "gone": "x"}})");
  const JsonObject after = with(lead(), R"({"additionalInfo": {"state": "NY", "new.key": "y"}, "isHot": true,
                                             "tags": [{"id": "vip", "name": "vip"}], "externalLeadId": "ext"})");
  const ChangeView view = lead_step(before, after);
  EXPECT_THAT(kApten.fields(body(Format::apten, event("lead.additionalInfo.updated"), view)),
              ElementsAre(R"(additionalInfo.state="NY"<-"CA")", R"(additionalInfo.gone=null<-"x")",
                          R"(additionalInfo.new\.key="y"<-nothing)", R"(externalLeadId="ext")"));
  EXPECT_THAT(kApten.fields(body(Format::apten, event("leadTagged", "vip"), view)),
              ElementsAre(R"(tags.vip={"id":"vip","name":"vip"})", R"(externalLeadId="ext")"));
  EXPECT_THAT(kApten.fields(body(Format::apten, event("leadTagged", "isHot"), view)),
              ElementsAre("isHot=true", R"(externalLeadId="ext")"));
  for (const char* type : {"lead.created", "lead.updated", "lead.deleted"}) {
    EXPECT_EQ(kApten.statement(body(Format::apten, event(type), view)).nature, Statement::Nature::note);
  }
}

}  // namespace
}  // namespace deltapost::format
