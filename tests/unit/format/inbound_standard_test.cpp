#include <random>

#include "inbound_reader.hpp"
#include "record/contact.hpp"
#include "record/lead.hpp"
#include "samples.hpp"

namespace deltapost::format {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::UnorderedElementsAreArray;

const Reader kStandard{InboundFormat::standard, {{"webhook-id", "msg_1"}}};
constexpr RenderOptions kChangesOnly{.changes_only = true};

std::string sent(std::string_view type, const ChangeView& view, const RenderOptions& options = {}) {
  return body(Format::standard, event(std::string(type)), view, options);
}

TEST(InboundStandard, ReadsAChangedLead) {
  const Statement statement = kStandard.statement(
      sent("lead.updated",
           lead_step(with(lead(), R"({"additionalInfo": {"state": "CA", "gone": "x"}})"),
                     with(lead(), R"({"email": "a@b.co", "additionalInfo": {"state": "NY"}, "isHot": true,
                                 "tags": [{"id": "vip", "name": "vip"}]})"))));
  EXPECT_EQ(statement.nature, Statement::Nature::delta);
  EXPECT_EQ(statement.event, "lead.updated");
  EXPECT_EQ(statement.event_id, "msg_1");
  EXPECT_EQ(statement.sequence, 2U);
  EXPECT_EQ(statement.actor, "key:k1");
  EXPECT_EQ(statement.time, kChangedAt);
  EXPECT_EQ(shown(statement.subject), "lead lead_01hzy3 +15555555555");
  EXPECT_THAT(shown(statement.fields),
              ElementsAre(R"(email="a@b.co"<-null)", R"(additionalInfo.state="NY"<-"CA")",
                          R"(additionalInfo.gone=nothing<-"x")", R"(tags=[{"id":"vip","name":"vip"}]<-[])",
                          "isHot=true<-false"));
  EXPECT_THAT(shown(statement.base), Contains(R"(additionalInfo.state="NY")"));
  EXPECT_THAT(shown(statement.base), Contains(R"(createdAt="2026-03-01T00:00:00.000Z")"));
  EXPECT_THAT(shown(statement.base), Contains("deleted=false"));
  EXPECT_THAT(shown(statement.base), Not(Contains(::testing::StartsWith("version"))));
  EXPECT_THAT(statement.ignored, IsEmpty());
}

TEST(InboundStandard, SaysTheSameForEachEventOfAChange) {
  const ChangeView view =
      lead_step(lead(), with(lead(), R"({"additionalInfo": {"state": "NY"}, "isHot": true})"));
  const auto fields = kStandard.fields(sent("lead.updated", view));
  EXPECT_EQ(kStandard.fields(sent("lead.additionalInfo.updated", view)), fields);
  EXPECT_EQ(kStandard.fields(body(Format::standard, event("leadTagged", "isHot"), view)), fields);
}

TEST(InboundStandard, ReadsACreationFieldByField) {
  const ChangeView view = lead_step({}, with(lead(), R"({"additionalInfo": {"state": "NY"}})"));
  for (const RenderOptions& options : {RenderOptions{}, kChangesOnly}) {
    const auto fields = kStandard.fields(sent("lead.created", view, options));
    EXPECT_THAT(fields, Contains(R"(additionalInfo.state="NY"<-nothing)"));
    EXPECT_THAT(fields, Contains(R"(phone="+15555555555"<-nothing)"));
    EXPECT_THAT(fields, Not(Contains(::testing::StartsWith("id="))));
  }
}

TEST(InboundStandard, ReadsADeletion) {
  const Time now = time_of("2026-03-04T05:06:00.250Z");
  EXPECT_THAT(kStandard.fields(sent("lead.deleted", lead_step(lead(), lead::remove(lead(), now)))),
              ElementsAre("deleted=true<-false", R"(deletedAt="2026-03-04T05:06:00.250Z"<-null)"));
  EXPECT_THAT(
      kStandard.fields(sent("contactDeleted", contact_step(contact(), contact::remove(contact(), now)))),
      ElementsAre(R"(deletedAt="2026-03-04T05:06:00.250Z"<-null)"));
}

/// A change of these members, each {"old": …, "new": …}, without a record.
std::vector<std::string> changed(std::string_view kind, std::string_view changes) {
  return kStandard.fields(R"({"type": "t", "timestamp": "2026-03-04T05:06:00Z", "data": {"kind": ")" +
                          std::string(kind) + R"(", "id": )" + (kind == "lead" ? R"("l")" : "5") +
                          R"(, "version": 2, "changes": {)" + std::string(changes) + "}}}");
}

TEST(InboundStandard, KeepsAbsentNullAndValueApartOnBothSides) {
  EXPECT_THAT(
      changed("contact",
              R"("email": {"new": null}, "country": {"old": null, "new": "PK"}, "tracking.a": {"old": "x"},
                                    "tracking.b": {"old": null}, "tracking.c": {"new": ""})"),
      ElementsAre("email=null<-nothing", R"(country="PK"<-null)", R"(tracking.a=nothing<-"x")",
                  "tracking.b=nothing<-null", R"(tracking.c=""<-nothing)"));
}

TEST(InboundStandard, TakesAContainerThatCameOrWentApart) {
  EXPECT_THAT(changed("lead", R"("additionalInfo": {"new": {"a": "1", "b": "2"}})"),
              ElementsAre(R"(additionalInfo.a="1"<-nothing)", R"(additionalInfo.b="2"<-nothing)"));
  EXPECT_THAT(changed("contact", R"("tracking": {"old": {"a": "1"}, "new": null})"),
              ElementsAre(R"(tracking.a=nothing<-"1")"));
  EXPECT_THAT(changed("contact", R"("tracking": {"old": {"a": "1"}})"),
              ElementsAre(R"(tracking.a=nothing<-"1")"));
  EXPECT_THAT(changed("contact", R"("tracking": {"old": {"a": "1", "b": "2"}, "new": {"a": "3"}})"),
              ElementsAre(R"(tracking.a="3"<-"1")", R"(tracking.b=nothing<-"2")"));
  EXPECT_THAT(changed("contact", R"("tracking": {"new": null})"), ElementsAre("tracking=null<-nothing"));
  EXPECT_THAT(changed("contact", R"("tracking": {"new": {}})"), IsEmpty());
  EXPECT_THAT(
      changed("contact",
              R"("questionsAndAnswers": {"old": {"1_question": "Q", "1_response": "a", "Q": "a", "P": "p"},
                                    "new": {"1_question": "R", "1_response": "b", "P": "o"}})"),
      ElementsAre(R"(questionsAndAnswers.R="b"<-nothing#1)", R"(questionsAndAnswers.P="o"<-"p")",
                  R"(questionsAndAnswers.Q=nothing<-"a")"));
}

TEST(InboundStandard, NumbersTheAnswersThatChangedAndTellsEachOnce) {
  EXPECT_THAT(changed("contact", R"("questionsAndAnswers.1_response": {"old": "a", "new": "b"},
                                    "questionsAndAnswers.Q": {"old": "a", "new": "b"},
                                    "questionsAndAnswers.2_question": {"new": "New"},
                                    "questionsAndAnswers.2_response": {"new": "n"},
                                    "questionsAndAnswers.New": {"new": "n"},
                                    "questionsAndAnswers.3_question": {"old": "Old"},
                                    "questionsAndAnswers.3_response": {"old": "o"},
                                    "questionsAndAnswers.Old": {"old": "o"})"),
              ElementsAre(R"(questionsAndAnswers.Q="b"<-"a")", R"(questionsAndAnswers.New="n"<-nothing#2)",
                          R"(questionsAndAnswers.Old=nothing<-"o"#3)"));
  EXPECT_THAT(changed("contact", R"("questionsAndAnswers.2_question": {"new": "New"},
                                    "questionsAndAnswers.2_response": {"new": "n"})"),
              ElementsAre(R"(questionsAndAnswers.New="n"<-nothing#2)"));
}

TEST(InboundStandard, StatesAnObjectWholeWhenItsRecordIsThere) {
  JsonObject after = contact();
  after.at("event").as_object()["name"] = "Other";
  after.at("latestCall").as_object().at("user").as_object()["id"] = 9;
  const ChangeView view = contact_step(contact(), after);
  EXPECT_THAT(kStandard.fields(sent("contactUpdated", view)),
              ElementsAre("event=" + to_text(after.at("event")) + "<-" + to_text(contact().at("event")),
                          "latestCall=" + to_text(after.at("latestCall")) + "<-" +
                              to_text(contact().at("latestCall"))));
  EXPECT_THAT(kStandard.fields(sent("contactUpdated", view, kChangesOnly)),
              ElementsAre(R"(event={"name":"Other"})", R"(latestCall={"user":{"id":9}})"));
}

TEST(InboundStandard, TakesEventsOfEndpointsAsNotesAboutNobody) {
  const ChangeView view = endpoint_step(endpoint(), with(endpoint(), R"({"state": "disabled"})"));
  const Statement statement = kStandard.statement(sent("endpoint.disabled", view));
  EXPECT_EQ(statement.nature, Statement::Nature::note);
  EXPECT_EQ(shown(statement.subject), "nobody");
  EXPECT_THAT(statement.fields, IsEmpty());
}

TEST(InboundStandard, ListsFieldsThatAreNotKept) {
  const Statement statement = kStandard.statement(
      R"({"type": "lead.updated", "timestamp": "2026-03-04T05:06:00Z", "data": {"kind": "lead", "id": "l", "version": 2,
          "changes": {"score": {"new": 5}, "email": {"new": "a@b.co"}}, "record": {"score": 5, "phone": "+15555555555"}}})");
  EXPECT_THAT(shown(statement.fields), ElementsAre(R"(email="a@b.co"<-nothing)"));
  EXPECT_THAT(statement.ignored, ElementsAre("score", "data.record.score"));
}

TEST(InboundStandard, SaysWhatItExpectsOfAForeignBody) {
  const auto refused = [](std::string_view body, std::string_view field, std::string_view why) {
    kStandard.expect_refused(body, field, why);
  };
  refused(R"({"id": "evt_1", "object": "event"})", "type", "format generic");
  refused(R"({"type": "invoice.paid", "data": {"object": {}}})", "data.kind", "format generic");
  refused(R"({"type": "invoice.paid"})", "data", "format generic");
  const auto data = [&](std::string_view members, std::string_view field, std::string_view why) {
    refused(R"({"type": "t", "timestamp": "2026-03-04T05:06:00Z", "data": {)" + std::string(members) + "}}",
            field, why);
  };
  data(R"("kind": "order", "id": "x")", "data.kind", "lead or contact");
  data(R"("kind": "account", "id": "x")", "data.kind", "lead or contact");
  data(R"("kind": "lead")", "data.id", "required");
  data(R"("kind": "lead", "id": 5)", "data.id", "letters");
  data(R"("kind": "contact", "id": "5")", "data.id", "whole number");
  data(R"("kind": "lead", "id": "l")", "data.version", "whole number");
  data(R"("kind": "lead", "id": "l", "version": 0)", "data.version", "whole number");
  data(R"("kind": "lead", "id": "l", "version": 2)", "data.changes", "required");
  data(R"("kind": "lead", "id": "l", "version": 2, "changes": {"email": "x"})", "data.changes.email", "old");
  data(R"("kind": "lead", "id": "l", "version": 2, "changes": {}, "record": [])", "data.record", "an array");
  data(R"("kind": "lead", "id": "l", "version": 2, "changes": {"additionalInfo.a.b": {"new": "x"}})",
       "data.changes.additionalInfo.a.b", "texts");
  data(R"("kind": "lead", "id": "l", "version": 2, "changes": {"additionalInfo": {"new": "x"}})",
       "data.changes.additionalInfo", "a string");
  data(
      R"("kind": "contact", "id": 5, "version": 2, "changes": {"questionsAndAnswers.1_response": {"new": "x"}})",
      "data.changes.questionsAndAnswers.1_response", "question");
  refused(R"({"type": "t", "data": {"kind": "lead"}})", "timestamp", "required");
  refused(R"({"type": "t", "timestamp": "now", "data": {"kind": "lead"}})", "timestamp", "RFC 3339");
}

// ---- the round trip

/// No label here begins with a digit.
bool is_numbered(std::string_view key) {
  return !key.empty() && key[0] >= '1' && key[0] <= '9' &&
         (key.ends_with("_question") || key.ends_with("_response"));
}

/// Every fine field of a document, by its dotted path.
std::map<std::string, Json> fine_fields(Kind kind, const JsonObject& document) {
  std::map<std::string, Json> fields;
  for (const auto& member : document) {
    const std::string name(member.key());
    if (name == "id") continue;
    const bool container =
        kind == Kind::lead ? name == "additionalInfo" : name == "tracking" || name == "questionsAndAnswers";
    if (!container) {
      fields.emplace(name, member.value());
      continue;
    }
    for (const auto& inner : member.value().as_object()) {
      const std::string key(inner.key());
      const bool numbered = name == "questionsAndAnswers" && is_numbered(key);
      if (!numbered) fields.emplace(dotted({name, key}), inner.value());
    }
  }
  return fields;
}

class RandomPatches {
 public:
  explicit RandomPatches(std::uint64_t seed) : engine_(seed) {}

  JsonObject lead() {
    JsonObject patch{{"additionalInfo", members()}};
    for (const char* name : {"firstName", "summary", "customerProfile", "externalLeadId"})
      maybe(patch, name, text());
    for (const char* name : {"isHot", "isAiOn"}) maybe(patch, name, below(2) == 0);
    return patch;
  }

  JsonObject contact() {
    JsonObject patch{{"tracking", members()}, {"questionsAndAnswers", members()}};
    for (const char* name : {"firstName", "country"}) maybe(patch, name, text());
    maybe(patch, "event",
          JsonObject{{"id", below(3)}, {"name", text()}, {"of", JsonObject{{"x", below(3)}}}});
    maybe(patch, "latestCall", below(2) == 0 ? Json(nullptr) : Json(JsonObject{{"duration", below(3)}}));
    maybe(patch, "disqualifyingGroup",
          below(2) == 0 ? Json(JsonArray{below(3)}) : Json(JsonObject{{"a", below(3)}}));
    return patch;
  }

 private:
  int below(int bound) { return std::uniform_int_distribution(0, bound - 1)(engine_); }
  Json text() {
    static const char* const kTexts[] = {"a", "b", "Zürich", "a.b", "\"q\""};
    return kTexts[below(5)];
  }
  void maybe(JsonObject& patch, const char* name, Json value) {
    if (below(3) == 0) patch.emplace(name, std::move(value));
  }
  JsonObject members() {
    static const char* const kKeys[] = {"plan", "a.b", "\\", "é", "x_question", "*"};
    JsonObject made;
    for (int left = below(4); left > 0; --left) {
      made.insert_or_assign(kKeys[below(6)], below(3) == 0 ? Json(nullptr) : text());
    }
    return made;
  }

  std::mt19937_64 engine_;
};

std::vector<std::string> changed_paths(Kind kind, const JsonObject& before, const JsonObject& after) {
  const auto old_fields = fine_fields(kind, before);
  const auto new_fields = fine_fields(kind, after);
  std::vector<std::string> paths;
  for (const auto& [path, value] : old_fields) {
    const auto now = new_fields.find(path);
    if (now == new_fields.end() || !same_json(now->second, value)) paths.push_back(path);
  }
  for (const auto& [path, value] : new_fields) {
    if (!old_fields.contains(path)) paths.push_back(path);
  }
  return paths;
}

/// Each field that is said to have changed did, from and to what it says; and none is missing.
void expect_exact(Kind kind, const JsonObject& before, const JsonObject& after) {
  const ChangeView view = kind == Kind::lead ? lead_step(before, after) : contact_step(before, after);
  const std::string_view type = kind == Kind::lead ? "lead.updated" : "contactUpdated";
  const auto new_fields = fine_fields(kind, after);
  const auto old_fields = fine_fields(kind, before);
  for (const bool changes_only : {false, true}) {
    const Statement statement = kStandard.statement(sent(type, view, {.changes_only = changes_only}));
    std::vector<std::string> told;
    for (const StatedField& field : statement.fields) {
      const std::string path = dotted(field.path);
      told.push_back(path);
      if (!field.has_old) continue;  // part of an object, without the record
      const auto now = new_fields.find(path);
      const auto was = old_fields.find(path);
      ASSERT_EQ(field.value.has_value(), now != new_fields.end()) << path;
      ASSERT_EQ(field.old.has_value(), was != old_fields.end()) << path;
      if (field.value) {
        EXPECT_TRUE(same_json(*field.value, now->second)) << path;
      }
      if (field.old) {
        EXPECT_TRUE(same_json(*field.old, was->second)) << path;
      }
    }
    EXPECT_THAT(told, UnorderedElementsAreArray(changed_paths(kind, before, after)));
    if (!changes_only) {
      std::map<std::string, Json> base;
      for (const StatedField& field : statement.base) base.emplace(dotted(field.path), *field.value);
      EXPECT_EQ(base, new_fields);
    }
  }
}

TEST(InboundStandard, NamesExactlyWhatChangedInRandomRecordsOfOurOwn) {
  for (std::uint64_t seed = 0; seed < 400; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    RandomPatches random(seed);
    const auto before_lead = lead::update(lead(), random.lead());
    const auto after_lead = lead::update(before_lead->document, random.lead());
    const auto before_contact = contact::update(contact(), random.contact());
    ASSERT_TRUE(before_lead && after_lead && before_contact);
    const auto after_contact = contact::update(before_contact->document, random.contact());
    ASSERT_TRUE(after_contact);
    expect_exact(Kind::lead, before_lead->document, after_lead->document);
    expect_exact(Kind::contact, before_contact->document, after_contact->document);
    if (::testing::Test::HasFailure()) return;
  }
}

TEST(InboundIclosed, StatesEveryFieldOfRandomContactsOfOurOwn) {
  const Reader iclosed{InboundFormat::iclosed};
  for (std::uint64_t seed = 0; seed < 400; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    RandomPatches random(seed);
    const auto after = contact::update(contact(), random.contact());
    ASSERT_TRUE(after);
    const Statement statement = iclosed.statement(
        body(Format::iclosed, event("contactUpdated"), contact_step(contact(), after->document)));
    std::map<std::string, Json> told;
    for (const StatedField& field : statement.fields) told.emplace(dotted(field.path), *field.value);
    auto expected = fine_fields(Kind::contact, after->document);
    expected.erase("deletedAt");
    EXPECT_EQ(told, expected);
    if (::testing::Test::HasFailure()) return;
  }
}

TEST(InboundApten, NamesExactlyTheKeysThatChangedInRandomLeadsOfOurOwn) {
  const Reader apten{InboundFormat::apten};
  for (std::uint64_t seed = 0; seed < 400; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    RandomPatches random(seed);
    const auto before = lead::update(lead(), random.lead());
    const auto after = lead::update(before->document, random.lead());
    ASSERT_TRUE(before && after);
    std::vector<std::string> told;
    for (const StatedField& field : apten
                                        .statement(body(Format::apten, event("lead.additionalInfo.updated"),
                                                        lead_step(before->document, after->document)))
                                        .fields) {
      if (field.path.size() == 2) told.push_back(dotted(field.path));
    }
    std::vector<std::string> expected;
    for (const std::string& path : changed_paths(Kind::lead, before->document, after->document)) {
      if (path.starts_with("additionalInfo.")) expected.push_back(path);
    }
    EXPECT_THAT(told, UnorderedElementsAreArray(expected));
  }
}

}  // namespace
}  // namespace deltapost::format
