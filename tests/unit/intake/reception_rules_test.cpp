// What rules do to what a source gets: each severity, kind and event, over an item as it came (schema) and
// over what it would make of the record (condition).
#include "receiving_house.hpp"

namespace deltapost::intake {
namespace {

using ::testing::ElementsAre;
using testing::flags;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::json;
using testing::kAccount;
using testing::kLeads;
using testing::ReceivingHouse;
using testing::with;

constexpr const char* kNameSchema = R"("schema": {"required": ["name"]})";
constexpr const char* kNameCondition = R"("condition": {"!!": [{"var": "after.firstName"}]})";
constexpr const char* kNameless = R"({"id": "l1", "phone": "+15550001111", "type": "made"})";

class Rules : public ::testing::TestWithParam<const char*> {
 protected:
  Rules() { house_.start(); }

  /// A source whose only rule has these members, beside its name and the schema or condition of the test.
  void rule(const std::string& members) {
    house_.source("s", with(kLeads, R"({"validation": [{"name": "Has a name")" +
                                        (members.empty() ? "" : ", " + members) + ", " + GetParam() + "}]}"));
  }

  ReceivingHouse house_;
};

INSTANTIATE_TEST_SUITE_P(SchemaAndCondition, Rules, ::testing::Values(kNameSchema, kNameCondition));

TEST_P(Rules, LetPassWhatKeepsThem) {
  rule(R"("severity": "reject")");
  EXPECT_EQ(house_.says("s", with(kNameless, R"({"name": "Ann"})")), "200 accepted");
}

TEST_P(Rules, SetAsideUnlessTheySayOtherwise) {
  rule("");
  const auto item = house_.item("s", kNameless);
  EXPECT_EQ(item.verdict, Verdict::quarantined);
  EXPECT_THAT(item.reason, HasSubstr("Has a name: "));
  EXPECT_EQ(house_.lead("l1").version, 0u);
}

TEST_P(Rules, OnlyFlagWhenTheyWarn) {
  rule(R"("severity": "warn", "message": "who is it?")");
  const auto item = house_.item("s", kNameless);
  EXPECT_EQ(item.verdict, Verdict::accepted);
  ASSERT_EQ(item.flags.size(), 1u);
  EXPECT_EQ(item.flags[0].name, "warning");
  EXPECT_EQ(item.flags[0].message, "Has a name: who is it?");
}

TEST_P(Rules, RefuseTheRequestWhenTheyReject) {
  rule(R"("severity": "reject")");
  const auto answer = house_.receive(
      "s",
      R"([{"id": "good", "phone": "+15550000001", "name": "Ann"}, {"id": "l1", "phone": "+15550001111"}])");
  EXPECT_EQ(answer->status, 422);
  EXPECT_EQ(house_.lead("good").version, 0u);
  EXPECT_EQ(house_.receipts().back().verdict, Verdict::rejected);
}

TEST_P(Rules, AreForTheirEventAlone) {
  rule(R"("event": "deleted")");
  EXPECT_EQ(house_.says("s", kNameless), "200 accepted");
  rule(R"("event": "made")");
  EXPECT_EQ(house_.says("s", with(kNameless, R"({"id": "l2", "phone": "+15550002222"})")), "200 quarantined");
}

TEST_P(Rules, AreForTheirKindAlone) {
  rule(R"("kind": "contact")");
  EXPECT_EQ(house_.says("s", kNameless), "200 accepted");
  rule(R"("kind": "lead")");
  EXPECT_EQ(house_.says("s", with(kNameless, R"({"id": "l2", "phone": "+15550002222"})")), "200 quarantined");
}

TEST_P(Rules, BelowRejectLetPassWhatAPersonReleases) {
  rule("");
  const auto set_aside = house_.receive("s", kNameless);
  const auto released = house_.release(set_aside->receipt);
  ASSERT_TRUE(released) << released.error().message;
  EXPECT_THAT(flags(released->outcome.items.at(0)), ElementsAre(::testing::StartsWith("warning")));
  EXPECT_EQ(house_.lead("l1").version, 1u);
}

TEST_P(Rules, ThatRejectHoldForWhatAPersonReleases) {
  rule("");
  const auto set_aside = house_.receive("s", kNameless);
  rule(R"("severity": "reject")");
  const auto released = house_.release(set_aside->receipt);
  ASSERT_FALSE(released);
  EXPECT_EQ(released.error().fault, Fault::invalid);
  EXPECT_EQ(house_.lead("l1").version, 0u);
}

TEST(Conditions, SeeTheRecordBeforeAndAfterWhatChangedAndFromWhere) {
  ReceivingHouse house;
  house.start();
  house.source("s", with(kLeads, R"({"validation": [{"name": "seen", "condition": {"or": [
      {"!": [{"var": "before"}]},
      {"and": [{"==": [{"var": "before.firstName"}, "Ann"]}, {"==": [{"var": "after.firstName"}, "Eve"]},
               {"==": [{"var": "changes.firstName.old"}, "Ann"]}, {"==": [{"var": "changes.firstName.new"}, "Eve"]},
               {"==": [{"var": "event"}, "renamed"]}, {"==": [{"var": "source"}, "s"]}]}]}}]})"));
  const char* lead = R"({"id": "l1", "phone": "+15550001111", "name": "Ann"})";
  EXPECT_EQ(house.says("s", lead), "200 accepted");
  house.clock.advance(std::chrono::seconds{1});
  EXPECT_EQ(house.says("s", with(lead, R"({"name": "Zoe", "type": "renamed"})")), "200 quarantined");
  EXPECT_EQ(house.says("s", with(lead, R"({"name": "Eve", "type": "renamed"})")), "200 accepted");
}

TEST(Conditions, AreNotAskedAboutWhatChangesNothing) {
  ReceivingHouse house;
  house.start();
  const char* lead = R"({"id": "l1", "phone": "+15550001111"})";
  house.source("s", kLeads);
  house.says("s", lead);
  house.source("s", with(kLeads, R"({"validation": [{"name": "never", "condition": {"==": [1, 2]}}]})"));
  EXPECT_EQ(house.says("s", lead), "200 no_change");
}

}  // namespace
}  // namespace deltapost::intake
