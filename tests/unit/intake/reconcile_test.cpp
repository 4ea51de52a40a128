#include "intake/reconcile.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "base/random.hpp"
#include "record/contact.hpp"
#include "record/diff.hpp"
#include "record/lead.hpp"

namespace deltapost::intake {
namespace {

using format::StatedField;
using format::Statement;

const AccountId kAccount("acc_1");
const Time kStart{std::chrono::seconds{1'746'800'000}};

RecordKey contact_key() {
  return {kAccount, Kind::contact, contact_key_id(5)};
}
RecordKey lead_key() {
  return {kAccount, Kind::lead, "lead_1"};
}

Time at(int seconds) {
  return kStart + std::chrono::seconds{seconds};
}

Statement full(std::vector<StatedField> fields) {
  Statement statement;
  statement.fields = std::move(fields);
  return statement;
}

Statement delta(std::vector<StatedField> fields) {
  Statement statement = full(std::move(fields));
  statement.nature = Statement::Nature::delta;
  return statement;
}

StatedField changed(FieldPath path, std::optional<Json> old, std::optional<Json> now) {
  return {.path = std::move(path), .value = std::move(now), .has_old = true, .old = std::move(old)};
}

/// A record with its clocks, as a receiver keeps the two; the clocks go through their text each time.
class Kept {
 public:
  explicit Kept(RecordKey key) { record_.key = std::move(key); }

  Reconciled hear(const Statement& statement, Stamp stamp) {
    auto clocks = text_.empty() ? Result<Clocks>(Clocks{}) : Clocks::parse(text_, record_.document);
    EXPECT_TRUE(clocks) << clocks.error().message;
    auto heard = reconcile(record_, *clocks, statement, stamp);
    EXPECT_TRUE(heard) << heard.error().message;
    if (!heard) return {};
    const Diff changes = diff(record_.document, heard->document);
    JsonObject folded = record_.document;
    EXPECT_TRUE(apply_diff(folded, changes));
    EXPECT_TRUE(same_json(folded, heard->document));
    if (!changes.empty()) ++record_.version;
    record_.document = heard->document;
    heard->clocks.version = record_.version;
    text_ = heard->clocks.text(record_.document);
    return *std::move(heard);
  }
  Reconciled hear(const Statement& statement, int seconds) { return hear(statement, Stamp{at(seconds), 0}); }

  /// Somebody else's write, as the API makes it.
  void write(const JsonObject& patch, int seconds) {
    write_whole(*contact::update(record_.document, patch), seconds);
  }
  void write_whole(JsonObject document, int seconds) {
    Record before = record_;
    record_.document = std::move(document);
    ++record_.version;
    auto clocks = *Clocks::parse(text_, record_.document);
    clocks.catch_up({record_.key, record_.version, at(seconds), {}, diff(before.document, record_.document)},
                    at(seconds));
    text_ = clocks.text(record_.document);
  }

  const JsonObject& document() const { return record_.document; }
  Json get(const char* name) const { return record_.document.at(name); }
  Version version() const { return record_.version; }

 private:
  Record record_;
  std::string text_;
};

std::vector<std::string> flags(const Reconciled& heard) {
  std::vector<std::string> names;
  for (const Finding& finding : heard.findings)
    names.push_back(std::string(to_string(finding.what)) + " " + finding.field);
  return names;
}

// ---- the order of full objects

TEST(ReconcileFull, ANewerStatementOverwritesAndALateOneDoesNot) {
  Kept contact(contact_key());
  contact.hear(full({{{"status"}, "POTENTIAL"}, {{"firstName"}, "Raya"}}), 10);
  contact.hear(full({{{"status"}, "QUALIFIED"}}), 20);
  const auto late = contact.hear(full({{{"status"}, "DISQUALIFIED"}}), 15);
  EXPECT_EQ(contact.get("status"), "QUALIFIED");
  EXPECT_TRUE(late.late);
  EXPECT_TRUE(late.outrun);
  EXPECT_THAT(flags(late), testing::ElementsAre("outrun status"));
}

TEST(ReconcileFull, TakesAnEqualValueAsItIsSpelledNow) {
  Kept contact(contact_key());
  contact.hear(full({{{"event"}, *parse_json(R"({"id":1,"name":"Call"})")}}), 10);
  contact.hear(full({{{"event"}, *parse_json(R"({"name":"Call","id":1})")}, {{"status"}, "QUALIFIED"}}), 20);
  EXPECT_EQ(to_text(contact.get("event")), R"({"name":"Call","id":1})");
}

TEST(ReconcileFull, AFieldThatIsStatedTwiceIsAsItWasStatedLast) {
  Kept contact(contact_key());
  contact.hear(full({{{"firstName"}, "Raya"}}), 10);
  contact.hear(full({{{"firstName"}, "Ada"}, {{"firstName"}, "Raya"}}), 20);
  EXPECT_EQ(contact.get("firstName"), "Raya");
}

TEST(ReconcileFull, ALateStatementFillsOnlyWhatNothingNewerHasSet) {
  Kept contact(contact_key());
  contact.hear(full({{{"status"}, "QUALIFIED"}, {{"country"}, nullptr}}), 20);
  const auto late =
      contact.hear(full({{{"status"}, "POTENTIAL"}, {{"firstName"}, "Raya"}, {{"country"}, "PK"}}), 10);
  EXPECT_EQ(contact.get("firstName"), "Raya");
  EXPECT_EQ(contact.get("status"), "QUALIFIED");
  EXPECT_EQ(contact.get("country"), nullptr);  // cleared by the newer one
  EXPECT_TRUE(late.late);
  EXPECT_TRUE(late.outrun);
}

TEST(ReconcileFull, AConfirmedValueIsAsNewAsItsConfirmation) {
  Kept contact(contact_key());
  contact.hear(full({{{"status"}, "QUALIFIED"}}), 10);
  contact.hear(full({{{"status"}, "QUALIFIED"}}), 30);
  contact.hear(full({{{"status"}, "POTENTIAL"}}), 20);
  EXPECT_EQ(contact.get("status"), "QUALIFIED");
}

TEST(ReconcileFull, MissingStaysAndNullClears) {
  Kept contact(contact_key());
  contact.hear(full({{{"firstName"}, "Raya"},
                     {{"lastName"}, "Fleming"},
                     {{"tracking", "utm_source"}, "x"},
                     {{"questionsAndAnswers", "Full Name"}, "Raya Fleming"}}),
               10);
  contact.hear(full({{{"lastName"}, nullptr},
                     {{"tracking", "utm_source"}, nullptr},
                     {{"questionsAndAnswers", "Full Name"}, nullptr}}),
               20);
  EXPECT_EQ(contact.get("firstName"), "Raya");
  EXPECT_EQ(contact.get("lastName"), nullptr);
  EXPECT_EQ(contact.get("tracking"), Json(JsonObject{}));
  EXPECT_EQ(contact.get("questionsAndAnswers"), Json(JsonObject{}));
}

TEST(ReconcileFull, EqualTimesApplyInOrderOfArrivalAndAreReported) {
  Kept contact(contact_key());
  contact.hear(full({{{"status"}, "POTENTIAL"}}), 10);
  const auto second = contact.hear(full({{{"status"}, "QUALIFIED"}}), 10);
  EXPECT_EQ(contact.get("status"), "QUALIFIED");
  EXPECT_THAT(flags(second), testing::ElementsAre("equal_time status"));
}

TEST(ReconcileFull, AnOldStatementDoesNotOverwriteWhatTheApiWroteSince) {
  Kept contact(contact_key());
  contact.hear(full({{{"firstName"}, "Raya"}, {{"status"}, "POTENTIAL"}}), 10);
  contact.write({{"firstName", "Raja"}}, 20);
  contact.hear(full({{{"firstName"}, "Raya"}, {{"status"}, "QUALIFIED"}}), 15);
  EXPECT_EQ(contact.get("firstName"), "Raja");
  EXPECT_EQ(contact.get("status"), "QUALIFIED");
  contact.hear(full({{{"firstName"}, "Ray"}}), 25);
  EXPECT_EQ(contact.get("firstName"), "Ray");
}

TEST(ReconcileFull, AWholeCallReplacesTheOneBefore) {
  Kept contact(contact_key());
  contact.hear(full({{{"latestCall"}, JsonObject{{"id", 1}, {"duration", 30}}}}), 10);
  contact.hear(full({{{"latestCall"}, JsonObject{{"id", 1}, {"dateTime", "x"}}}}), 20);
  EXPECT_EQ(contact.get("latestCall"), Json((JsonObject{{"id", 1}, {"dateTime", "x"}})));
}

TEST(ReconcileFull, AContainerThatWasClearedStaysClearedForOlderStatements) {
  Kept contact(contact_key());
  contact.hear(full({{{"tracking"}, nullptr}}), 20);
  contact.hear(full({{{"tracking", "utm_source"}, "x"}}), 10);
  EXPECT_EQ(contact.get("tracking"), Json(JsonObject{}));
  contact.hear(full({{{"tracking", "utm_source"}, "y"}}), 30);
  EXPECT_EQ(contact.get("tracking"), Json((JsonObject{{"utm_source", "y"}})));
}

// ---- what is written once

TEST(ReconcileOnce, WhatIsWrittenOnceIsNotOverwrittenAndTheAttemptIsReported) {
  Kept contact(contact_key());
  contact.hear(full({{{"createdAt"}, "2025-05-09T15:28:40.783Z"}, {{"tracking", "first_utm_source"}, "a"}}),
               10);
  const auto again = contact.hear(
      full({{{"createdAt"}, "2026-01-01T00:00:00Z"}, {{"tracking", "first_utm_source"}, "b"}}), 20);
  EXPECT_EQ(contact.get("createdAt"), "2025-05-09T15:28:40.783Z");
  EXPECT_EQ(contact.get("tracking"), Json((JsonObject{{"first_utm_source", "a"}})));
  EXPECT_THAT(flags(again),
              testing::ElementsAre("write_once createdAt", "write_once tracking.first_utm_source"));
}

TEST(ReconcileOnce, AnotherSpellingOfTheSameMomentIsNoAttempt) {
  Kept contact(contact_key());
  contact.hear(full({{{"createdAt"}, "2025-05-09T15:28:40.000Z"}}), 10);
  EXPECT_THAT(flags(contact.hear(full({{{"createdAt"}, "2025-05-09T17:28:40+02:00"}}), 20)),
              testing::IsEmpty());
}

TEST(ReconcileOnce, TheFirstAttributionIsTheOldestStatementsHoweverLate) {
  Kept contact(contact_key());
  contact.hear(full({{{"tracking", "first_utm_source"}, "later"}}), 20);
  const auto late = contact.hear(full({{{"tracking", "first_utm_source"}, "earlier"}}), 10);
  EXPECT_EQ(contact.get("tracking"), Json((JsonObject{{"first_utm_source", "earlier"}})));
  EXPECT_THAT(flags(late), testing::ElementsAre("write_once tracking.first_utm_source"));
}

TEST(ReconcileOnce, WithoutACreationTimeARecordIsAsOldAsTheOldestStatement) {
  Kept contact(contact_key());
  contact.hear(full({{{"status"}, "QUALIFIED"}}), 20);
  contact.hear(full({{{"status"}, "POTENTIAL"}}), 10);
  EXPECT_EQ(contact.get("createdAt"), Json(iso_millis(at(10))));
  contact.hear(full({{{"createdAt"}, "2020-01-01T00:00:00.000Z"}}), 30);
  EXPECT_EQ(contact.get("createdAt"), "2020-01-01T00:00:00.000Z");
}

// ---- deltas

TEST(ReconcileDelta, ADeltaThatFitsAppliesWithoutAWord) {
  Kept lead(lead_key());
  lead.hear(full({{{"phone"}, "+15555555555"}, {{"additionalInfo", "state"}, "CA"}}), 10);
  const auto heard = lead.hear(delta({changed({"additionalInfo", "state"}, "CA", "NV"),
                                      changed({"additionalInfo", "age"}, nullptr, "42")}),
                               20);
  EXPECT_EQ(lead.get("additionalInfo"), Json((JsonObject{{"state", "NV"}, {"age", "42"}})));
  EXPECT_THAT(heard.findings, testing::IsEmpty());
}

TEST(ReconcileDelta, ADeltaWhoseOldValueIsNotOursAppliesAndReportsTheGap) {
  Kept lead(lead_key());
  lead.hear(full({{{"phone"}, "+15555555555"}, {{"additionalInfo", "state"}, "CA"}}), 10);
  const auto heard = lead.hear(delta({changed({"additionalInfo", "state"}, "NV", "OR")}), 20);
  EXPECT_EQ(lead.get("additionalInfo"), Json((JsonObject{{"state", "OR"}})));
  EXPECT_THAT(flags(heard), testing::ElementsAre("gap additionalInfo.state"));
}

TEST(ReconcileDelta, NullTakesAKeyAwayAndALateDeltaDoesNotBringItBack) {
  Kept lead(lead_key());
  lead.hear(full({{{"phone"}, "+15555555555"}, {{"additionalInfo", "state"}, "CA"}}), 10);
  lead.hear(delta({changed({"additionalInfo", "state"}, "CA", nullptr)}), 30);
  const auto late = lead.hear(delta({changed({"additionalInfo", "state"}, "CA", "NV")}), 20);
  EXPECT_EQ(lead.get("additionalInfo"), Json(JsonObject{}));
  EXPECT_TRUE(late.outrun);
}

TEST(ReconcileDelta, StatementsOfOneTimeAreToldApartByTheirNumber) {
  Kept contact(contact_key());
  contact.hear(delta({{{"status"}, "QUALIFIED"}}), Stamp{at(10), 3});
  const auto late = contact.hear(delta({{{"status"}, "POTENTIAL"}}), Stamp{at(10), 2});
  EXPECT_EQ(contact.get("status"), "QUALIFIED");
  EXPECT_TRUE(late.late);
}

TEST(ReconcileDelta, TheWholeRecordBesideADeltaMakesARecordThatIsNewHere) {
  Kept lead(lead_key());
  Statement statement = delta({changed({"email"}, nullptr, "a@example.com")});
  statement.base = {{{"phone"}, "+15555555555"}, {{"email"}, "a@example.com"}, {{"isHot"}, true}};
  const auto heard = lead.hear(statement, 10);
  EXPECT_EQ(lead.get("isHot"), true);
  EXPECT_EQ(lead.get("email"), "a@example.com");
  EXPECT_THAT(heard.findings, testing::IsEmpty());
}

TEST(ReconcileDelta, TagsComeAndGoOneByOne) {
  Kept lead(lead_key());
  lead.hear(full({{{"phone"}, "+15555555555"}}), 10);
  lead.hear(delta({{{"tags", "vip"}, JsonObject{{"id", "vip"}, {"name", "vip"}}}}), 20);
  lead.hear(delta({{{"tags", "cold"}, JsonObject{{"id", "cold"}, {"name", "cold"}}}}), 15);
  EXPECT_EQ(lead.get("tags").as_array().size(), 2u);
  lead.hear(full({{{"tags"}, JsonArray{JsonObject{{"id", "new"}, {"name", "new"}}}}}), 30);
  EXPECT_EQ(lead.get("tags"), Json((JsonArray{JsonObject{{"id", "new"}, {"name", "new"}}})));
}

TEST(ReconcileDelta, TheSameTagsInAnotherOrderAreNoChange) {
  const auto tag = [](const char* id) { return JsonObject{{"id", id}, {"name", id}}; };
  Kept lead(lead_key());
  lead.hear(full({{{"phone"}, "+15555555555"}}), 10);
  lead.write_whole(*lead::replace_tags(lead.document(), {{"tagIds", {"vip", "cold"}}}), 20);
  const Json as_written = lead.get("tags");
  lead.hear(delta({changed({"tags"}, {}, JsonArray{tag("cold"), tag("vip")})}), 30);
  EXPECT_EQ(lead.get("tags"), as_written);
  lead.hear(delta({changed({"tags", "new"}, {}, tag("new"))}), 40);
  EXPECT_EQ(lead.get("tags"), Json((JsonArray{tag("cold"), tag("new"), tag("vip")})));
}

TEST(ReconcileBad, ALeadThatIsNewHereNeedsAPhone) {
  Record nothing{.key = lead_key()};
  const auto heard =
      reconcile(nothing, {}, delta({changed({"additionalInfo", "a"}, nullptr, "b")}), {at(1), 0});
  ASSERT_FALSE(heard);
  EXPECT_EQ(heard.error().field, "phone");
}

TEST(ReconcileBad, AValueThatTheRecordCannotTakeIsNamed) {
  Record nothing{.key = contact_key()};
  const auto heard = reconcile(nothing, {}, full({{{"email"}, "no address"}}), {at(1), 0});
  ASSERT_FALSE(heard);
  EXPECT_EQ(heard.error().field, "email");
}

// ---- any order and repetition

/// Statements of distinct times about one contact, whole or partial, with every kind of field.
std::vector<std::pair<Statement, Stamp>> random_statements(SeededRandom& random, std::size_t count) {
  const auto pick = [&](std::initializer_list<const char*> of) {
    return std::string(of.begin()[random.below(of.size())]);
  };
  std::vector<std::pair<Statement, Stamp>> statements;
  for (std::size_t i = 0; i < count; ++i) {
    std::vector<StatedField> fields;
    const auto maybe = [&](FieldPath path, Json value, unsigned number = 0) {
      if (random.below(3) == 0) return;
      const bool clears = random.below(5) == 0 && path != FieldPath{"status"};
      fields.push_back(
          {.path = std::move(path), .value = clears ? Json(nullptr) : std::move(value), .number = number});
    };
    maybe({"status"}, Json(pick({"POTENTIAL", "QUALIFIED", "DISQUALIFIED"})));
    maybe({"firstName"}, Json(pick({"Raya", "Ray", "Raja"})));
    maybe({"email"}, Json(pick({"a@example.com", "b@example.com"})));
    maybe({"latestCall"}, Json(JsonObject{{"id", random.below(3)}, {"duration", random.below(60)}}));
    maybe({"disqualifyingGroup"}, Json(JsonArray{random.below(3)}));
    if (random.below(6) == 0) maybe({"tracking"}, nullptr);
    for (const char* key : {"utm_source", "utm_medium", "first_utm_source"})
      maybe({"tracking", key}, Json(pick({"x", "y", "z"})));
    if (random.below(6) == 0) maybe({"questionsAndAnswers"}, nullptr);
    unsigned number = random.below(2) == 0 ? 1 : 0;
    for (const char* label : {"A", "B", "C", "D", "E"}) {
      if (random.below(2) == 0) continue;
      maybe({"questionsAndAnswers", label}, Json(pick({"yes", "no", "perhaps"})), number);
      if (number > 0) number += 1 + static_cast<unsigned>(random.below(2));
    }
    maybe({"createdAt"}, Json(pick({"2025-05-09T15:28:40.783Z", "2025-05-10T00:00:00.000Z"})));
    maybe({"previewId"}, Json(pick({"contact_one", "contact_two"})));
    statements.emplace_back(full(std::move(fields)), Stamp{at(static_cast<int>(i) * 7), 0});
  }
  return statements;
}

TEST(ReconcileProperty, AnyOrderAndRepetitionOfFullObjectsEndsInTheSameRecord) {
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    SeededRandom random(seed);
    auto statements = random_statements(random, 2 + random.below(6));
    Kept in_order(contact_key());
    for (const auto& [statement, stamp] : statements) in_order.hear(statement, stamp);
    for (int shuffle = 0; shuffle < 4; ++shuffle) {
      auto shuffled = statements;
      for (std::size_t extra = random.below(4); extra > 0; --extra)
        shuffled.push_back(statements[random.below(statements.size())]);
      for (std::size_t i = shuffled.size(); i > 1; --i) std::swap(shuffled[i - 1], shuffled[random.below(i)]);
      Kept other(contact_key());
      for (const auto& [statement, stamp] : shuffled) other.hear(statement, stamp);
      ASSERT_TRUE(same_json(in_order.document(), other.document())) << "seed " << seed << "\n"
                                                                    << to_text(in_order.document()) << "\n"
                                                                    << to_text(other.document());
    }
  }
}

TEST(ReconcileProperty, DeltasInOrderWithRepetitionsEndInTheSameRecord) {
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    SeededRandom random(seed);
    Kept once(lead_key()), repeated(lead_key());
    const Statement first = full({{{"phone"}, "+15555555555"}});
    once.hear(first, 0), repeated.hear(first, 0);
    std::map<std::string, std::optional<Json>> state;
    std::vector<std::pair<Statement, Stamp>> sent;
    for (int i = 1; i <= 12; ++i) {
      const std::string key(1, static_cast<char>('a' + random.below(3)));
      std::optional<Json> now =
          random.below(4) == 0 ? std::optional<Json>(nullptr) : Json(std::to_string(random.below(4)));
      sent.emplace_back(delta({changed({"additionalInfo", key}, state[key], now)}), Stamp{at(i), 0});
      state[key] = now;
      once.hear(sent.back().first, sent.back().second);
      repeated.hear(sent.back().first, sent.back().second);
      // A repetition of any that came before, as of a sender that saw no answer.
      const auto& again = sent[random.below(sent.size())];
      const auto version = repeated.version();
      repeated.hear(again.first, again.second);
      EXPECT_EQ(repeated.version(), version);
    }
    ASSERT_TRUE(same_json(once.document(), repeated.document())) << "seed " << seed;
  }
}

}  // namespace
}  // namespace deltapost::intake
