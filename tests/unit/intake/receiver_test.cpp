#include "intake/receiver.hpp"

#include "receiving_house.hpp"

namespace deltapost::intake {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::kAccount;
using testing::kLeads;
using testing::ReceivingHouse;
using testing::with;

constexpr const char* kAnn = R"({"id": "l1", "phone": "+15550001111", "name": "Ann"})";
constexpr const char* kBad = R"({"id": "l1", "phone": "12"})";

class Receiving : public ::testing::Test {
 protected:
  Receiving() {
    house_.start();
    house_.source("s", kLeads);
  }

  static bool answered(const std::future<ReceivingHouse::Answer>& answer) {
    return answer.wait_for(0s) == std::future_status::ready;
  }

  /// A job that keeps the committing thread busy, before the store is reached, until it is let go.
  std::promise<void> occupy() {
    auto started = std::make_shared<std::promise<void>>();
    std::promise<void> go;
    auto accepted = house_.committer.submit(
        [started, gone = go.get_future().share()](store::Draft&) -> Result<void> {
          started->set_value();
          gone.wait();
          return ok();
        },
        [](const Result<void>&) {});
    EXPECT_TRUE(accepted);
    started->get_future().wait();
    return go;
  }

  ReceivingHouse house_{{.max_waiting = 2}};
};

// ---- answered after the commit

TEST_F(Receiving, AnswersOnlyWhenReceiptAndRecordAreCommitted) {
  house_.store.hold();
  auto answer = house_.submit("s", kAnn);
  house_.store.wait_for_a_commit();
  EXPECT_FALSE(answered(answer));
  EXPECT_EQ(house_.receipts_heard, 0);
  house_.store.let_go();
  const auto acknowledged = answer.get();
  ASSERT_TRUE(acknowledged);
  EXPECT_EQ(acknowledged->status, 200);
  EXPECT_EQ(house_.receipts().at(0).number, acknowledged->receipt);
  EXPECT_EQ(house_.lead("l1").version, 1u);
  EXPECT_EQ(house_.receipts_heard, 1);
}

TEST_F(Receiving, TellsTheSenderWhenTheCommitFailsAndKeepsNothing) {
  house_.store.fail_with(Error{Fault::unavailable, "the disk is full"});
  const auto answer = house_.receive("s", kAnn);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().fault, Fault::unavailable);
  house_.store.fail_with(std::nullopt);
  EXPECT_THAT(house_.receipts(), IsEmpty());
  EXPECT_EQ(house_.receipts_heard, 0);
  EXPECT_EQ(house_.says("s", kAnn), "200 accepted") << "what failed was not remembered as seen";
}

TEST_F(Receiving, OfTwoCopiesInOneGroupOneIsADuplicate) {
  auto go = occupy();
  const std::string body = R"({"event": "e1", "id": "l1", "phone": "+15550001111"})";
  auto first = house_.submit("s", body), second = house_.submit("s", body);
  go.set_value();
  const auto one = first.get(), other = second.get();
  EXPECT_EQ(one->outcome.verdict(), Verdict::accepted);
  EXPECT_EQ(other->outcome.verdict(), Verdict::duplicate);
  EXPECT_EQ(other->outcome.items.at(0).first, one->receipt);
}

// ---- too much at once

TEST_F(Receiving, RefusesWhenTheQueueIsFull) {
  auto go = occupy();
  auto first = house_.submit("s", R"({"event": "a", "id": "a", "phone": "+15550000001"})");
  auto second = house_.submit("s", R"({"event": "b", "id": "b", "phone": "+15550000002"})");
  const auto third = house_.receive("s", kAnn);
  ASSERT_FALSE(third);
  EXPECT_EQ(third.error().fault, Fault::overloaded);
  go.set_value();
  EXPECT_TRUE(first.get());
  EXPECT_TRUE(second.get());
  EXPECT_EQ(house_.receipts().size(), 2u);
}

TEST_F(Receiving, RefusesWhatWaitedTooLongAndKeepsNothingOfIt) {
  auto go = occupy();
  auto waited = house_.submit("s", kAnn);
  house_.clock.advance(Receiver::kMaxWait + 1ms);
  const auto late = house_.receive("s", kAnn);
  ASSERT_FALSE(late) << "the queue stands still";
  EXPECT_EQ(late.error().fault, Fault::overloaded);
  go.set_value();
  const auto answer = waited.get();
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().fault, Fault::overloaded);
  EXPECT_THAT(house_.receipts(), IsEmpty());
  EXPECT_EQ(house_.says("s", kAnn), "200 accepted");
}

TEST_F(Receiving, TakesWhatWaitedJustAsLongAsItMay) {
  auto go = occupy();
  auto waited = house_.submit("s", kAnn);
  house_.clock.advance(Receiver::kMaxWait);
  go.set_value();
  EXPECT_TRUE(waited.get());
}

TEST_F(Receiving, APausedSourceAsksToComeAgainAndKeepsNothing) {
  house_.source("s", with(kLeads, R"({"state": "paused"})"));
  const auto answer = house_.receive("s", kAnn);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 503);
  EXPECT_TRUE(answer->retry_after_s);
  EXPECT_THAT(house_.receipts(), IsEmpty());
}

TEST_F(Receiving, HoldsASourceToItsRate) {
  house_.source("s", with(kLeads, R"({"rateLimit": 10})"));
  EXPECT_EQ(house_.says("s", kAnn), "200 accepted");
  const auto answer = house_.receive("s", kAnn);
  EXPECT_EQ(answer->status, 429);
  EXPECT_TRUE(answer->retry_after_s);
  house_.clock.advance(100ms);
  EXPECT_EQ(house_.says("s", kAnn), "200 no_change");
  EXPECT_EQ(house_.receipts().size(), 2u);
}

TEST_F(Receiving, KnowsNoSourceByAnotherToken) {
  const auto answer = house_.receive("nobody", kAnn);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().fault, Fault::not_found);
}

// ---- not genuine, too large

TEST_F(Receiving, KeepsOnlySoManyRequestsThatNobodyVouchesFor) {
  house_.source("t", with(kLeads, R"({"verifier": {"scheme": "token", "header": "X-Token"}})"), kAccount,
                {.tokens = {{ReceivingHouse::token_of("t"), std::nullopt}},
                 .secrets = {{"right-token-0123456789", std::nullopt}}});
  std::size_t kept = 0;
  for (int i = 0; i < 300; ++i) {
    const auto answer = house_.receive("t", kAnn, {{"X-Token", "wrong"}});
    ASSERT_EQ(answer->status, 401);
    kept += answer->receipt > 0 ? 1 : 0;
  }
  EXPECT_GT(kept, 0u);
  EXPECT_LT(kept, 300u);
  EXPECT_EQ(house_.receipts().size(), kept);
  EXPECT_EQ(house_.lead("l1").version, 0u);
  EXPECT_EQ(house_.says("t", kAnn, {{"X-Token", "right-token-0123456789"}}), "200 accepted");
}

TEST_F(Receiving, KeepsTheBeginningOfABodyThatIsTooLarge) {
  house_.source("s", with(kLeads, R"({"maxBodyBytes": 20000})"));
  const auto answer = house_.receive("s", R"({"id": ")" + std::string(20'000, 'x') + R"("})");
  EXPECT_EQ(answer->status, 413);
  EXPECT_EQ(house_.receipts().at(0).body.size(), 16u << 10);
  EXPECT_EQ(house_.submit("s", "{", {}, true).get()->status, 413) << "it was not read to its end";
}

TEST_F(Receiving, KeepsNoSecretOfTheHeaders) {
  house_.source("t", with(kLeads, R"({"verifier": {"scheme": "token", "header": "X-Token"}})"), kAccount,
                {.tokens = {{ReceivingHouse::token_of("t"), std::nullopt}},
                 .secrets = {{"right-token-0123456789", std::nullopt}}});
  ASSERT_TRUE(house_.receive(
      "t", kAnn, {{"x-token", "right-token-0123456789"}, {"Authorization", "mine"}, {"X-Id", "1"}}));
  const JsonObject kept = testing::json(house_.receipts().at(0).headers);
  EXPECT_EQ(kept.at("x-token"), "(secret, not kept)");
  EXPECT_EQ(kept.at("authorization"), "(secret, not kept)");
  EXPECT_EQ(kept.at("x-id"), "1");
}

// ---- several items

constexpr const char* kGoodAndBad =
    R"([{"event": "g", "id": "good", "phone": "+15550000001"}, {"event": "b", "id": "bad", "phone": "12"}])";

TEST_F(Receiving, AppliesTheGoodItemsBesideOnesToBeQuarantined) {
  EXPECT_EQ(house_.says("s", kGoodAndBad), "200 quarantined");
  EXPECT_EQ(house_.lead("good").version, 1u);
  EXPECT_EQ(house_.lead("bad").version, 0u);
}

TEST_F(Receiving, AppliesNothingWhenOneItemIsRejected) {
  house_.source("s", with(kLeads, R"({"onBadContent": "reject"})"));
  const auto answer = house_.receive("s", kGoodAndBad);
  EXPECT_EQ(answer->status, 422);
  EXPECT_EQ(answer->outcome.field, "phone");
  EXPECT_EQ(house_.lead("good").version, 0u);
  const auto kept = house_.receipts();
  ASSERT_EQ(kept.size(), 1u);
  EXPECT_EQ(kept[0].verdict, Verdict::rejected);
  EXPECT_EQ(house_.says("s", R"({"event": "g", "id": "good", "phone": "+15550000001"})"), "200 accepted")
      << "what was not applied does not count as seen";
}

// ---- our own mistakes

TEST_F(Receiving, SetsAsideWhatItCannotProcessAndGoesOn) {
  const auto answer = house_.receive("s", R"({"id": "poison", "phone": "+15550001111"})");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(answer->outcome.verdict(), Verdict::quarantined);
  EXPECT_THAT(answer->outcome.reason, HasSubstr("a mistake of ours"));
  EXPECT_EQ(house_.receipts().at(0).number, answer->receipt);
  EXPECT_EQ(house_.says("s", kAnn), "200 accepted");
}

TEST_F(Receiving, AMistakeInOneItemLeavesNothingOfTheOthers) {
  const auto answer = house_.receive("s", R"([{"id": "good", "phone": "+15550000001"}, {"id": "poison"}])");
  EXPECT_EQ(answer->outcome.verdict(), Verdict::quarantined);
  EXPECT_EQ(house_.lead("good").version, 0u);
}

TEST_F(Receiving, CannotReleaseWhatItStillCannotProcess) {
  const auto set_aside = house_.receive("s", R"({"id": "poison", "phone": "+15550001111"})");
  const auto released = house_.release(set_aside->receipt);
  ASSERT_FALSE(released);
  EXPECT_EQ(released.error().fault, Fault::internal);
  EXPECT_TRUE(house_.drop(set_aside->receipt)) << "it still waits for a decision";
}

// ---- what a person decides

TEST_F(Receiving, ReleasesWhatWasMendedOnce) {
  const auto set_aside = house_.receive("s", kBad);
  const auto refused = house_.release(set_aside->receipt);
  ASSERT_FALSE(refused) << "it is as bad as before";
  EXPECT_EQ(refused.error().fault, Fault::invalid);
  EXPECT_EQ(refused.error().field, "phone");
  const auto released = house_.release(set_aside->receipt, kAnn);
  ASSERT_TRUE(released);
  EXPECT_EQ(released->outcome.verdict(), Verdict::accepted);
  EXPECT_GT(released->receipt, set_aside->receipt);
  const auto again = house_.release(set_aside->receipt, kAnn);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().fault, Fault::conflict);
  EXPECT_EQ(house_.drop(set_aside->receipt).error().fault, Fault::conflict);
  EXPECT_EQ(house_.receipts().size(), 2u);
}

TEST_F(Receiving, OfTwoReleasesAtOnceOneIsRefusedAndNothingIsAppliedTwice) {
  const auto set_aside = house_.receive("s", kBad);
  auto go = occupy();
  std::promise<ReceivingHouse::Answer> one, other;
  const Release wanted{.account = kAccount, .receipt = set_aside->receipt, .actor = "key:k", .body = kAnn};
  house_.receiver.release(wanted, [&](ReceivingHouse::Answer answer) { one.set_value(std::move(answer)); });
  house_.receiver.release(wanted, [&](ReceivingHouse::Answer answer) { other.set_value(std::move(answer)); });
  go.set_value();
  const auto first = one.get_future().get(), second = other.get_future().get();
  EXPECT_NE(first.has_value(), second.has_value());
  EXPECT_EQ((first ? second : first).error().fault, Fault::conflict);
  EXPECT_EQ(house_.receipts().size(), 2u);
}

TEST_F(Receiving, DropsOnlyWhatWaits) {
  const auto set_aside = house_.receive("s", kBad), taken = house_.receive("s", kAnn);
  EXPECT_TRUE(house_.drop(set_aside->receipt));
  EXPECT_EQ(house_.drop(set_aside->receipt).error().fault, Fault::conflict);
  EXPECT_EQ(house_.release(set_aside->receipt, kAnn).error().fault, Fault::conflict);
  EXPECT_EQ(house_.drop(taken->receipt).error().fault, Fault::conflict);
  EXPECT_EQ(house_.release(taken->receipt).error().fault, Fault::conflict);
  EXPECT_EQ(house_.drop(99).error().fault, Fault::not_found);
  EXPECT_EQ(house_.release(99).error().fault, Fault::not_found);
}

TEST_F(Receiving, AnotherAccountsReceiptIsNotThere) {
  const auto set_aside = house_.receive("s", kBad);
  EXPECT_EQ(house_.release(set_aside->receipt, kAnn, testing::kOther).error().fault, Fault::not_found);
  EXPECT_EQ(house_.drop(set_aside->receipt, testing::kOther).error().fault, Fault::not_found);
}

TEST_F(Receiving, SetsTheSameBodyAsideOnceIn30Days) {
  const auto first = house_.receive("s", kBad), second = house_.receive("s", kBad);
  EXPECT_EQ(second->outcome.verdict(), Verdict::duplicate);
  EXPECT_EQ(second->outcome.items.at(0).first, first->receipt);
  house_.clock.advance(std::chrono::days{30});
  EXPECT_EQ(house_.says("s", kBad), "200 quarantined");
}

}  // namespace
}  // namespace deltapost::intake
