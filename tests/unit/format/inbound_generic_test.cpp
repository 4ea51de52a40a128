#include "inbound_reader.hpp"
#include "samples.hpp"

namespace deltapost::format {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

Reader lead_reader(std::string_view more = "", std::string_view fields = R"("phone": "/phone")") {
  return {InboundFormat::generic,
          {{"x-event", "ping"}, {"x-id", "d1"}},
          R"({"kind": "lead", "fields": {)" + std::string(fields) + "}" + (more.empty() ? "" : ", ") +
              std::string(more) + "}"};
}

TEST(InboundGeneric, FindsThingsByPointersAndHeaders) {
  const Reader reader{InboundFormat::generic,
                      {{"X-GitHub-Delivery", "72d3162e"}},
                      R"({"kind": "lead", "items": "/data/people", "eventId": "header:X-GitHub-Delivery",
                          "event": "/action", "id": "/ref", "time": "/at", "fields": {
                            "phone": "/contact/phones/1", "email": "/contact/e~1mail", "firstName": "/contact/~0name",
                            "additionalInfo.plan": "/plan", "additionalInfo.a\\.b": "/a.b"}})"};
  const auto items = reader.items(R"({"data": {"people": [
      {"action": "won", "ref": 12, "at": 1614265330, "plan": "gold", "a.b": true, "extra": 1,
       "contact": {"phones": ["x", "+1 555 555 5555"], "e/mail": "a@b.co", "~name": "Ada"}},
      {"ref": "r-2", "at": null}]}})");
  ASSERT_TRUE(items && items->size() == 2);
  const auto& first = (*items)[0].statement;
  ASSERT_TRUE(first) << first.error().message;
  EXPECT_EQ(first->nature, Statement::Nature::full);
  EXPECT_EQ(first->event, "won");
  EXPECT_EQ(first->event_id, "72d3162e");
  EXPECT_EQ(first->time, time_of("2021-02-25T15:02:10Z"));
  EXPECT_EQ(shown(first->subject), "lead 12 +15555555555 a@b.co");
  EXPECT_THAT(shown(first->fields),
              ElementsAre(R"(phone="+1 555 555 5555")", R"(email="a@b.co")", R"(firstName="Ada")",
                          R"(additionalInfo.plan="gold")", R"(additionalInfo.a\.b="true")"));
  EXPECT_THAT(first->ignored, ElementsAre("extra"));
  const auto& second = (*items)[1].statement;
  ASSERT_TRUE(second) << second.error().message;
  EXPECT_EQ(second->event, "generic");
  EXPECT_FALSE(second->time);
  EXPECT_EQ(shown(second->subject), "lead r-2");
  EXPECT_THAT(second->fields, IsEmpty());
}

TEST(InboundGeneric, KeepsAbsentNullAndValueApart) {
  const Reader reader =
      lead_reader(R"("id": "/id")", R"("email": "/e", "additionalInfo.plan": "/p", "isHot": "/h",
                                      "additionalInfo": "/info")");
  const struct {
    std::string members;
    std::vector<std::string> stated;
  } kCases[] = {
      {"", {}},
      {R"(, "e": null, "p": null, "h": null, "info": null)",
       {"email=null", "additionalInfo.plan=null", "isHot=null", "additionalInfo=null"}},
      {R"(, "e": "a@b.co", "p": "x", "h": true)",
       {R"(email="a@b.co")", R"(additionalInfo.plan="x")", "isHot=true"}},
      {R"(, "p": 5)", {R"(additionalInfo.plan="5")"}},
      {R"(, "p": 1.5)", {R"(additionalInfo.plan="1.5")"}},
      {R"(, "p": false)", {R"(additionalInfo.plan="false")"}},
      {R"(, "p": "")", {R"(additionalInfo.plan="")"}},
      {R"(, "info": {})", {}},
      {R"(, "info": {"a": 1, "b.c": null, "d": "x"})",
       {R"(additionalInfo.a="1")", R"(additionalInfo.b\.c=null)", R"(additionalInfo.d="x")"}},
  };
  for (const auto& [members, stated] : kCases) {
    EXPECT_EQ(reader.fields(R"({"id": "l")" + members + "}"), stated) << members;
  }
  reader.expect_refused(R"({"id": "l", "p": {"x": 1}})", "additionalInfo.plan", "(at /p)");
  reader.expect_refused(R"({"id": "l", "p": [1]})", "additionalInfo.plan", "point to each part");
  reader.expect_refused(R"({"id": "l", "info": {"a": {"b": 1}}})", "additionalInfo.a", "point to each part");
  reader.expect_refused(R"({"id": "l", "info": {"a": [1]}})", "additionalInfo.a", "array");
  reader.expect_refused(R"({"id": "l", "info": "x"})", "additionalInfo", "an object");
}

TEST(InboundGeneric, SpreadsTheObjectsOfContacts) {
  const Reader reader{
      InboundFormat::generic, {}, R"({"kind": "contact", "id": "/id", "delta": true, "fields": {
      "tracking": "/utm", "tracking.ref": "/ref", "questionsAndAnswers": "/form", "event": "/event",
      "questionsAndAnswers.How many?": "/n"}})"};
  const Statement statement = reader.statement(R"({"id": "5", "utm": {"source": "a", "n": 1}, "ref": null,
      "form": {"1_question": "Q", "1_response": 5, "Own": true}, "event": {"id": 1}, "n": 12})");
  EXPECT_EQ(statement.nature, Statement::Nature::delta);
  EXPECT_EQ(shown(statement.subject), "contact 0000000000000005");
  EXPECT_THAT(shown(statement.fields),
              ElementsAre(R"(tracking.source="a")", "tracking.n=1", "tracking.ref=null",
                          R"(questionsAndAnswers.Q="5"#1)", R"(questionsAndAnswers.Own="true")",
                          R"(event={"id":1})", R"(questionsAndAnswers.How many?="12")"));
  EXPECT_FALSE(statement.fields.front().has_old);
}

TEST(InboundGeneric, NeedsToKnowWhoItIsAbout) {
  lead_reader(R"("id": "/id")").expect_refused("{}", "id", "phone and email");
  lead_reader(R"("id": "/id")").expect_refused(R"({"id": null, "phone": ""})", "id", "missing");
  lead_reader().expect_refused(R"({"phone": "555-5555"})", "phone", "+15555555555");
  lead_reader().expect_refused(R"({"phone": 15555555555})", "phone");
  for (const char* id : {R"("")", R"("a b")", "1.5", "true", "{}"}) {
    lead_reader(R"("id": "/id")").expect_refused(R"({"id": )" + std::string(id) + "}", "id", "(at /id)");
  }
  const Reader contact{InboundFormat::generic, {}, R"({"kind": "contact", "id": "/id", "fields": {
      "phoneNumber": "/phone", "email": "/email"}})"};
  for (const char* id : {R"("x")", "0", "1.5", R"("99999999999999999999")", "[]"}) {
    contact.expect_refused(R"({"id": )" + std::string(id) + "}", "id", "whole number");
  }
  EXPECT_EQ(shown(contact.statement(R"({"phone": "5555", "email": "a@b.co"})").subject), "contact a@b.co");
  EXPECT_EQ(shown(contact.statement(R"({"phone": "+15555555555"})").subject), "contact +15555555555");
  contact.expect_refused(R"({"phone": "5555"})", "phoneNumber", "+15555555555");
}

TEST(InboundGeneric, ReadsTimesInEveryUsualForm) {
  const Reader reader = lead_reader(R"("time": "/t")");
  const auto time = [&](std::string_view text) {
    return reader.statement(R"({"phone": "+15555555555", "t": )" + std::string(text) + "}").time;
  };
  const Time second = time_of("2021-02-25T15:02:10Z");
  for (const char* text : {"1614265330", R"("1614265330")", "1614265330000", R"("1614265330000")",
                           "1614265330.0", R"("2021-02-25T15:02:10Z")", R"("2021-02-25T16:02:10+01:00")"}) {
    EXPECT_EQ(time(text), second) << text;
  }
  EXPECT_EQ(time("1614265330.25"), second + Millis{250});
  EXPECT_EQ(time("1614265330123"), second + Millis{123});
  EXPECT_EQ(time("null"), std::nullopt);
  for (const char* text : {R"("today")", "-1", "1e300", R"("1614265330s")", "true", "{}", R"("")",
                           R"("99999999999999999999999999")"}) {
    reader.expect_refused(R"({"phone": "+15555555555", "t": )" + std::string(text) + "}", "time", "(at /t)");
  }
}

TEST(InboundGeneric, TellsATimeOfWholeSecondsFromOneOfAFullSecond) {
  const Reader reader = lead_reader(R"("time": "/t")");
  const auto whole_second = [&](std::string_view text) {
    return reader.statement(R"({"phone": "+15555555555", "t": )" + std::string(text) + "}").whole_second;
  };
  for (const char* text :
       {"1614265330", R"("1614265330")", R"("2021-02-25T15:02:10Z")", R"("2021-02-25T16:02:10+01:00")"})
    EXPECT_TRUE(whole_second(text)) << text;
  for (const char* text : {"1614265330000", R"("1614265330000")", "1614265330.0",
                           R"("2021-02-25T15:02:10.000Z")", R"("2021-02-25T15:02:10.0+00:00")", "null"})
    EXPECT_FALSE(whole_second(text)) << text;
}

TEST(InboundGeneric, TakesNamesFromHeadersAndBoundsThem) {
  const Statement statement = lead_reader(R"("event": "header:x-event", "eventId": "header:x-id")")
                                  .statement(R"({"phone": "+15555555555"})");
  EXPECT_EQ(statement.event, "ping");
  EXPECT_EQ(statement.event_id, "d1");
  const Reader reader = lead_reader(R"("eventId": "/id", "event": "header:absent")");
  EXPECT_EQ(reader.statement(R"({"phone": "+15555555555", "id": 17})").event_id, "17");
  EXPECT_EQ(reader.statement(R"({"phone": "+15555555555"})").event_id, "");
  reader.expect_refused(R"({"phone": "+15555555555", "id": ")" + std::string(257, 'x') + R"("})", "eventId",
                        "256");
  reader.expect_refused(R"({"phone": "+15555555555", "id": {}})", "eventId");
}

TEST(InboundGeneric, MakesNotesWithoutFields) {
  const Reader reader{InboundFormat::generic, {}, R"({"id": "/id"})"};
  EXPECT_EQ(reader.statement(R"({"id": "l"})").nature, Statement::Nature::note);
}

TEST(InboundGeneric, NeedsItsItemsWhereTheMappingSays) {
  const Reader reader = lead_reader(R"("items": "/list")");
  reader.expect_unusable(R"({"phone": "+15555555555"})", "nothing at /list");
  reader.expect_unusable(R"({"list": []})", "without any item");
  reader.expect_unusable(R"({"list": "x"})", "a string");
  EXPECT_EQ(reader.items(R"({"list": {"phone": "+15555555555"}})")->size(), 1U);
}

TEST(ParseMapping, NamesTheMemberThatIsWrong) {
  const struct {
    InboundFormat format;
    std::string text, field, why;
  } kRefused[] = {
      {InboundFormat::generic, "[]", "mapping", "an object"},
      {InboundFormat::generic, R"({"kinds": "lead"})", "mapping.kinds", "did you mean kind?"},
      {InboundFormat::generic, R"({"kind": "endpoint"})", "mapping.kind", "lead or contact"},
      {InboundFormat::generic, R"({"delta": "yes"})", "mapping.delta", "true or false"},
      {InboundFormat::generic, R"({"id": "id"})", "mapping.id", "JSON pointer"},
      {InboundFormat::generic, R"({"id": "/a~2"})", "mapping.id", "JSON pointer"},
      {InboundFormat::generic, R"({"id": "/a~"})", "mapping.id", "JSON pointer"},
      {InboundFormat::generic, R"({"id": "header:x"})", "mapping.id", "JSON pointer"},
      {InboundFormat::generic, R"({"event": "header:"})", "mapping.event", "header:"},
      {InboundFormat::generic, R"({"rest": "tracking"})", "mapping.rest", "is not a field"},
      {InboundFormat::generic, R"({"fields": []})", "mapping.fields", "at most 200"},
      {InboundFormat::generic, R"({"fields": {"first_name": "/f"}})", "mapping.fields.first_name",
       "did you mean firstName?"},
      {InboundFormat::generic, R"({"fields": {"createdAt": "/f"}})", "mapping.fields.createdAt",
       "is not a field"},
      {InboundFormat::generic, R"({"fields": {"tracking.a": "/f"}})", "mapping.fields.tracking.a",
       "is not a field"},
      {InboundFormat::generic, R"({"fields": {"email.x": "/f"}})", "mapping.fields.email.x", "mapped whole"},
      {InboundFormat::generic, R"({"fields": {"additionalInfo.a.b": "/f"}})",
       "mapping.fields.additionalInfo.a.b", "one member"},
      {InboundFormat::generic, R"({"fields": {"additionalInfo.": "/f"}})", "mapping.fields.additionalInfo.",
       "one member"},
      {InboundFormat::generic, R"({"fields": {"email": 5}})", "mapping.fields.email", "must be a string"},
      {InboundFormat::generic, R"({"fields": {"email": "e"}})", "mapping.fields.email", "JSON pointer"},
      {InboundFormat::generic, R"({"kind": "contact", "fields": {"additionalInfo.a": "/f"}})",
       "mapping.fields.additionalInfo.a", "is not a field"},
      {InboundFormat::form, R"({"id": "/x"})", "mapping.id", "is not a field"},
      {InboundFormat::form, R"({"rest": "tracking"})", "mapping.rest", "additionalInfo for a lead"},
      {InboundFormat::form, R"({"kind": "contact", "rest": "additionalInfo"})", "mapping.rest",
       "tracking for a contact"},
      {InboundFormat::form, R"({"fields": {"additionalInfo": "x"}})", "mapping.fields.additionalInfo",
       "name a member"},
      {InboundFormat::form, R"({"kind": "contact", "fields": {"event": "x"}})", "mapping.fields.event",
       "cannot give"},
      {InboundFormat::form, R"({"fields": {"email": ""}})", "mapping.fields.email", "1 to 512"},
  };
  for (const auto& [format, text, field, why] : kRefused) {
    const auto refused = parse_mapping(format, *parse_json(text), "mapping");
    ASSERT_FALSE(refused) << text;
    EXPECT_EQ(refused.error().fault, Fault::invalid) << text;
    EXPECT_EQ(refused.error().field, field) << text;
    EXPECT_THAT(refused.error().message, HasSubstr(why)) << text;
    EXPECT_THAT(refused.error().message, StartsWith("mapping")) << text;
  }
}

TEST(ParseMapping, IsWrittenAsItIsRead) {
  for (
      const char* text :
      {R"({"kind":"lead"})",
       R"({"kind":"contact","delta":true,"items":"/a","eventId":"header:X","event":"/e","id":"/i","time":"/t","fields":{"email":"/m","tracking.a\\.b":"/x"}})"}) {
    const auto mapping = parse_mapping(InboundFormat::generic, *parse_json(text), "mapping");
    ASSERT_TRUE(mapping) << mapping.error().message;
    EXPECT_EQ(to_text(mapping_to_json(*mapping)), text);
  }
  const std::string form = R"({"kind":"contact","fields":{"email":"your-email"},"rest":"tracking"})";
  const auto mapping = parse_mapping(InboundFormat::form, *parse_json(form), "mapping");
  ASSERT_TRUE(mapping) << mapping.error().message;
  EXPECT_EQ(to_text(mapping_to_json(*mapping)), form);
}

}  // namespace
}  // namespace deltapost::format
