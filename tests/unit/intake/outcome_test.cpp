#include "intake/outcome.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace deltapost::intake {
namespace {

TEST(ReceiptId, IsReadAsItIsWritten) {
  for (const store::ReceiptNumber number : {store::ReceiptNumber{1}, store::ReceiptNumber{12},
                                            store::before_receipts(3) + 7, ~store::ReceiptNumber{0} >> 1})
    EXPECT_EQ(parse_receipt_id(receipt_id(number)), number);
  for (const char* text : {"", "rc_", "12", "rc_0", "rc_01", "rc_-1", "rc_+1", "rc_1x", "rc_ 1", "RC_1",
                           "rc_9223372036854775808", "rc_99999999999999999999"})
    EXPECT_EQ(parse_receipt_id(text), std::nullopt) << text;
}

TEST(Verdicts, AreReadAsTheyAreWritten) {
  for (const Verdict verdict : {Verdict::accepted, Verdict::duplicate, Verdict::stale, Verdict::no_change,
                                Verdict::quarantined, Verdict::rejected})
    EXPECT_EQ(parse_verdict(to_string(verdict)), verdict);
  EXPECT_EQ(parse_verdict("fine"), std::nullopt);
}

Outcome of(std::initializer_list<Verdict> verdicts) {
  Outcome outcome;
  for (const Verdict verdict : verdicts) outcome.items.push_back({.verdict = verdict});
  return outcome;
}

TEST(Outcomes, OfSeveralItemsShowTheGravest) {
  using enum Verdict;
  EXPECT_EQ(of({accepted, rejected, quarantined}).verdict(), rejected);
  EXPECT_EQ(of({accepted, quarantined, duplicate}).verdict(), quarantined);
  EXPECT_EQ(of({duplicate, stale, accepted}).verdict(), accepted);
  EXPECT_EQ(of({no_change, stale}).verdict(), stale);
  EXPECT_EQ(of({duplicate, no_change}).verdict(), no_change);
  EXPECT_EQ(of({duplicate}).verdict(), duplicate);
  Outcome whole = of({accepted});
  whole.whole = rejected;
  EXPECT_EQ(whole.verdict(), rejected);
}

TEST(Outcomes, LeaveOutWhatWouldBeEmpty) {
  EXPECT_EQ(to_text(to_json(ItemOutcome{})), R"({"verdict":"accepted"})");
  EXPECT_EQ(to_text(to_json(Outcome{})), "{}");
}

TEST(Outcomes, TellAllThatIsKnown) {
  const ItemOutcome item{.verdict = Verdict::duplicate,
                         .event = "made",
                         .event_id = "e1",
                         .record = RecordKey{AccountId("acc_1"), Kind::contact, contact_key_id(5)},
                         .version = 3,
                         .time = Time{Millis{1}},
                         .changed = {"additionalInfo.state"},
                         .updated_attributes = {{"status"}},
                         .flags = {{"gap", "status", "was A"}, {"erased", "", ""}},
                         .ignored = {"x"},
                         .reason = "why",
                         .field = "email",
                         .first = 7};
  EXPECT_EQ(
      to_text(to_json(Outcome{.items = {item}, .reason = "all", .field = "f"})),
      R"({"reason":"all","field":"f","items":[{"verdict":"duplicate","event":"made","eventId":"e1",)"
      R"("record":{"kind":"contact","id":5},"version":3,"time":"1970-01-01T00:00:00.001Z",)"
      R"("changed":["additionalInfo.state"],"updatedAttributes":["status"],)"
      R"("flags":[{"flag":"gap","field":"status","message":"was A"},{"flag":"erased"}],"ignored":["x"],)"
      R"("reason":"why","field":"email","receipt":"rc_7"}]})");
}

TEST(Outcomes, KnowTheFlagsOfAllTheirItems) {
  Outcome outcome = of({Verdict::accepted, Verdict::accepted});
  EXPECT_FALSE(outcome.has_flag("gap"));
  outcome.items[1].flags = {{"gap", "", ""}};
  EXPECT_TRUE(outcome.has_flag("gap"));
}

}  // namespace
}  // namespace deltapost::intake
