#include "torture/oracle.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace deltapost::torture {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;

const RecordName kLead{Kind::lead, "lead_1"};

Fields became(const std::string& path, std::optional<Json> old, std::optional<Json> now) {
  return {{path, {.old = std::move(old), .now = std::move(now)}}};
}

/// A lead at version 2, acknowledged twice and stored as it was acknowledged.
class OracleTest : public ::testing::Test {
 protected:
  OracleTest() {
    const Json info = JsonObject{{"step", "1"}};
    oracle_.acknowledged(Claim{.record = kLead,
                               .version = 1,
                               .fields = became("additionalInfo", std::nullopt, info),
                               .whole = false});
    oracle_.acknowledged(
        Claim{.record = kLead, .version = 2, .fields = became("additionalInfo.step", Json("1"), Json("2"))});
    Fields first = became("additionalInfo", std::nullopt, info);
    first["phone"] = {.now = Json("+15555550137")};
    stored_.changes = {{.record = kLead,
                        .version = 1,
                        .fields = first,
                        .events = {{"lead.created", "a"}, {"lead.additionalInfo.updated", "b"}}},
                       {.record = kLead,
                        .version = 2,
                        .fields = became("additionalInfo.step", Json("1"), Json("2")),
                        .events = {{"lead.updated", "c"}, {"lead.additionalInfo.updated", "d"}}}};
    stored_.documents[kLead] = {{"phone", "+15555550137"}, {"additionalInfo", JsonObject{{"step", "2"}}}};
  }

  Findings judge() const {
    Findings findings;
    oracle_.judge(stored_, findings);
    return findings;
  }
  void finds(Broken promise, const std::string& what) const {
    const Findings findings = judge();
    EXPECT_EQ(findings.count(promise), 1u);
    EXPECT_THAT(findings.told(), Contains(HasSubstr(what)));
  }

  Oracle oracle_;
  Stored stored_;
};

TEST_F(OracleTest, FindsNothingInAStoreThatHasWhatWasAcknowledged) {
  EXPECT_TRUE(judge().none()) << judge().told().front();
}

TEST_F(OracleTest, AnAcknowledgedVersionThatIsGoneIsLost) {
  stored_.changes.pop_back();
  finds(Broken::lost, "lead lead_1 version 2 was acknowledged and is not in the log");
}

TEST_F(OracleTest, ARecordThatIsGoneIsLost) {
  stored_.documents.clear();
  finds(Broken::lost, "lead lead_1 was acknowledged and is not there");
}

TEST_F(OracleTest, AVersionThatNobodyAskedForIsWrong) {
  stored_.changes.push_back({.record = kLead, .version = 3});
  finds(Broken::wrong, "version 3 is in the log, and nobody asked for it");
}

TEST_F(OracleTest, AChangeWithAnotherOldValueIsWrong) {
  stored_.changes[1].fields["additionalInfo.step"].old = Json("0");
  finds(Broken::wrong, R"(additionalInfo.step: "0" -> "2", not "1" -> "2")");
}

TEST_F(OracleTest, AChangeOfAFieldThatNobodyWroteIsWrong) {
  stored_.changes[1].fields["email"] = {.now = Json("a@example.com")};
  finds(Broken::wrong, "email became \"a@example.com\", which nobody wrote");
}

TEST_F(OracleTest, ADocumentThatIsNotTheFoldOfItsClaimsIsWrong) {
  stored_.documents[kLead]["additionalInfo"] = JsonObject{{"step", "1"}};
  finds(Broken::wrong, R"(additionalInfo is {"step":"1"}, not {"step":"2"})");
}

TEST_F(OracleTest, AChangeWithoutItsEventIsLost) {
  stored_.changes[1].events.pop_back();
  finds(Broken::lost, "version 2 means no lead.additionalInfo.updated");
}

TEST_F(OracleTest, TwoWritesThatWereAnsweredWithOneVersionCannotBothBeTrue) {
  oracle_.acknowledged(
      Claim{.record = kLead, .version = 2, .fields = became("isHot", Json(false), Json(true))});
  finds(Broken::wrong, "lead lead_1 version 2 was acknowledged for two writes");
}

TEST_F(OracleTest, AReceiptMustBeThereWithItsVerdictAndItsBody) {
  oracle_.acknowledged(StoredReceipt{.id = "rc_1", .verdict = "accepted", .digest = "d1"});
  finds(Broken::lost, "receipt rc_1 was acknowledged and is not there");
  stored_.receipts = {{.id = "rc_1", .verdict = "stale", .digest = "d1"}};
  finds(Broken::wrong, "receipt rc_1 is stale, but was answered accepted");
  stored_.receipts = {{.id = "rc_1", .verdict = "accepted", .digest = "d2"}};
  finds(Broken::wrong, "receipt rc_1 does not keep what was sent");
}

TEST_F(OracleTest, AReceiptThatNobodyWasToldOfNeedsAWebhookWithoutAnAnswer) {
  stored_.receipts = {{.id = "rc_1", .verdict = "accepted", .digest = "d1"}};
  finds(Broken::wrong, "1 receipts that nobody was told of");
  oracle_.unanswered_webhook();
  EXPECT_TRUE(judge().none());
}

TEST(Folded, FollowsTheClaimsInTheOrderOfTheirVersions) {
  const JsonObject document =
      folded({{3, {.record = kLead, .version = 3, .fields = became("additionalInfo.a", Json("2"), {})}},
              {1, {.record = kLead, .version = 1, .fields = became("additionalInfo.a", {}, Json("1"))}},
              {2,
               {.record = kLead,
                .version = 2,
                .fields = {{"additionalInfo.a", {.now = Json("2")}}, {"isHot", {.now = Json(true)}}}}}});
  EXPECT_EQ(to_text(document), R"({"additionalInfo":{},"isHot":true})");
}

}  // namespace
}  // namespace deltapost::torture
