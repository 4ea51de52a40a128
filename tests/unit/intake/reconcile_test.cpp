// What a statement makes of a record: each kind of statement, and what it meets.
#include "kept_record.hpp"

namespace deltapost::intake {
namespace {

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

}  // namespace
}  // namespace deltapost::intake
