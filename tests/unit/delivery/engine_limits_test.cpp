// How the engine treats those that fail or are slow, so that the others do not notice.
#include "delivery/engine.hpp"

#include <gmock/gmock.h>

#include "engine_house.hpp"

namespace deltapost::delivery {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using store::Outcome;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

using EngineTest = EngineHouse;

// ---- the breaker

TEST_F(EngineTest, AnEndpointThatFailsIsProbedOneAtATime) {
  endpoint("e");
  for (int i = 0; i < 20; ++i) change("x" + std::to_string(i));
  answer_all(due(), 503);
  EXPECT_TRUE(status("e").failing);
  EXPECT_THAT(due_names(), IsEmpty());
  pass(seconds{6});
  EXPECT_EQ(due_names().size(), 1u);
  EXPECT_THAT(due_names(), IsEmpty()) << "no second one while it is in flight";
}

TEST_F(EngineTest, AnEndpointThatFailsGivesWhatWaitsBackToTheLog) {
  endpoint("e");
  for (int i = 0; i < 500; ++i) change("x" + std::to_string(i));
  answer_all(due(), 503);
  due();
  EXPECT_EQ(status("e").held, 16u) << "those that were in flight";
  EXPECT_LE(status("e").in_memory, 16u + 1) << "and the next fresh one, to probe with";
  EXPECT_EQ(status("e").behind, 484u);
}

TEST_F(EngineTest, RetriesThatAreDueAtAnEndpointThatFailsDoNotDrawOthersIn) {
  endpoint("e");
  edit("e", [](auto& settings) { settings.retry_schedule.assign(500, seconds{1}); });
  for (int i = 0; i < 500; ++i) change("x" + std::to_string(i));
  answer_all(due(), 503);
  int asked = 0;
  for (int second = 0; second < 150; ++second) {
    pass(seconds{1});
    for (auto sends = due(); !sends.empty(); sends = due()) {
      asked += static_cast<int>(sends.size());
      answer_all(sends, 503);
    }
  }
  EXPECT_GT(asked, 100) << "each as its schedule says";
  EXPECT_LE(status("e").held, 16u + 5u) << "and a fresh one now and then, later and later";
}

TEST_F(EngineTest, RetriesThatAreDueDoNotKeepTheProbeWaiting) {
  endpoint("e");
  edit("e", [](auto& settings) { settings.retry_schedule.assign(500, seconds{1}); });
  for (int i = 0; i < 8; ++i) change("poison" + std::to_string(i));
  answer_all(due(), 422);
  change("well");
  const auto began = now_;
  while (status("e").failing && now_ - began < minutes{5}) {
    pass(seconds{1});
    for (const auto& send : due()) answer(send, name(send).starts_with("poison") ? 422 : 200);
  }
  EXPECT_LT(now_ - began, seconds{20}) << "a probe of a hold, then one of something fresh";
}

TEST_F(EngineTest, TheFirstSuccessMakesAllHoldsDueAndLetsNewEventsThrough) {
  endpoint("e");
  for (int i = 0; i < 20; ++i) change("x" + std::to_string(i));
  answer_all(due(), 503);
  pass(seconds{6});
  due_names();
  answer(open_[0], 200);
  EXPECT_FALSE(status("e").failing);
  std::set<std::string> sent;
  for (auto sends = due(); !sends.empty(); sends = due()) {
    for (const auto& send : sends) sent.insert(name(send));
    answer_all(sends, 200);
  }
  EXPECT_EQ(sent.size(), 19u);
}

TEST_F(EngineTest, AProbeBeforeItsTimeDoesNotUseUpTheSchedule) {
  endpoint("e");
  edit("e", [](auto& settings) { settings.retry_schedule = {hours{1}}; });
  for (int i = 0; i < 8; ++i) change("x" + std::to_string(i));
  answer_all(due(), 503);
  for (int probe = 0; probe < 20; ++probe) {
    pass(seconds{75});
    for (const auto& send : due()) EXPECT_EQ(answer(send, 503), Outcome::retrying);
  }
  save();
  EXPECT_THAT(dead_, IsEmpty());
  pass(hours{2});
  answer_all(due(), 503);
  save();
  ASSERT_EQ(dead_.size(), 1u);
  EXPECT_EQ(dead_[0].tries, 2u) << "the first one and the one that was due";
}

TEST_F(EngineTest, RecordsThatAreRefusedForGoodDoNotKeepOthersWaiting) {
  endpoint("e");
  edit("e", [](auto& settings) { settings.retry_schedule.assign(20, hours{24}); });
  for (int i = 0; i < 8; ++i) change("poison" + std::to_string(i));
  answer_all(due(), 422);
  ASSERT_TRUE(status("e").failing);
  change("well");
  // A probe of a hold, then one of something fresh.
  for (int probe = 0; probe < 2 && status("e").failing; ++probe) {
    pass(seconds{75});
    for (const auto& send : due()) answer(send, name(send).starts_with("poison") ? 422 : 200);
  }
  EXPECT_FALSE(status("e").failing);
  for (auto sends = due(); !sends.empty(); sends = due()) answer_all(sends, 422);
  EXPECT_FALSE(status("e").failing) << "known culprits do not open it again";
  change("well");
  EXPECT_THAT(due_names(), ElementsAre("well@10"));
}

TEST_F(EngineTest, ALongFailureDisablesWithItsReason) {
  endpoint("e");
  edit("e", [](auto& settings) { settings.retry_schedule.assign(20, hours{24}); });
  for (int i = 0; i < 8; ++i) change("x" + std::to_string(i));
  answer_all(due(), 503);
  for (int hour = 0; hour < 119; ++hour) {
    pass(hours{1});
    answer_all(due(), 503);
  }
  EXPECT_THAT(disabled_, IsEmpty());
  pass(hours{1});
  answer_all(due(), 503);
  due();
  ASSERT_EQ(disabled_.size(), 1u);
  EXPECT_THAT(disabled_[0], HasSubstr("no success since 2025-11-24T16:00:00Z"));
  EXPECT_THAT(disabled_[0], HasSubstr("answered 503"));
}

// ---- limits

TEST_F(EngineTest, ConcurrencyLimitsWhatIsInFlight) {
  endpoint("e");
  edit("e", [](auto& settings) { settings.concurrency = 2; });
  for (int i = 0; i < 5; ++i) change("x" + std::to_string(i));
  EXPECT_THAT(due_names(), ElementsAre("x0@1", "x1@2"));
  answer(open_[1], 200);
  EXPECT_THAT(due_names(), ElementsAre("x2@3"));
}

TEST_F(EngineTest, TheRateLimitsWhatIsSent) {
  endpoint("e");
  edit("e", [](auto& settings) { settings.rate_per_second = 4; });
  for (int i = 0; i < 3; ++i) change("x" + std::to_string(i));
  EXPECT_EQ(due_names().size(), 1u);
  EXPECT_EQ(engine_->next_wake(), now_ + Millis{250});
  pass(Millis{250});
  EXPECT_EQ(due_names().size(), 1u);
}

class PacedEngineTest : public EngineHouse {
 protected:
  PacedEngineTest() : EngineHouse(paced()) {
    endpoint("e");
    for (int i = 0; i < 9; ++i) change("x" + std::to_string(i));
  }
  static EngineLimits paced() {
    EngineLimits limits;
    limits.max_fresh = 3;
    return limits;
  }
};

TEST_F(PacedEngineTest, AFewAreBegunAtOnceAndEachPromptAnswerMakesRoom) {
  EXPECT_THAT(due_names(), ElementsAre("x0@1", "x1@2", "x2@3"));
  answer(open_[1], 200);
  EXPECT_THAT(due_names(), ElementsAre("x3@4"));
}

TEST_F(PacedEngineTest, WhatWaitsForASlowAnswerKeepsNobodyFromBeginning) {
  const auto slow = due();
  EXPECT_EQ(engine_->next_wake(), now_ + Pace::kPromptly);
  pass(Pace::kPromptly - Millis{1});
  EXPECT_THAT(due_names(), IsEmpty());
  pass(Millis{1});
  EXPECT_THAT(due_names(), ElementsAre("x3@4", "x4@5", "x5@6"));
  answer_all(slow, 200);
  EXPECT_THAT(due_names(), IsEmpty()) << "the room of those three was given away already";
}

TEST_F(PacedEngineTest, TheEarliestOfThoseThatAreUnansweredMakesRoomFirst) {
  const auto first = due();
  pass(Millis{1});
  answer(first[0], 200);
  EXPECT_THAT(due_names(), ElementsAre("x3@4"));
  EXPECT_EQ(engine_->next_wake(), now_ - Millis{1} + Pace::kPromptly);
  answer(first[1], 200);
  answer(first[2], 200);
  EXPECT_THAT(due_names(), ElementsAre("x4@5", "x5@6"));
  EXPECT_EQ(engine_->next_wake(), now_ + Pace::kPromptly);
}

TEST_F(PacedEngineTest, AClockThatIsSetBackHoldsNothingUp) {
  const auto before = due();
  pass(std::chrono::hours{-1});
  EXPECT_THAT(due_names(), ElementsAre("x3@4", "x4@5", "x5@6"));
  answer_all(before, 200);
  EXPECT_THAT(due_names(), IsEmpty()) << "those of before the change count no more";
}

class TightEngineTest : public EngineHouse {
 protected:
  TightEngineTest() : EngineHouse(tight()) {}
  static EngineLimits tight() {
    EngineLimits limits;
    limits.window = 8;
    limits.max_in_flight = 8;
    limits.stragglers = 4;
    limits.line_items = 4;
    return limits;
  }
};

TEST_F(TightEngineTest, AFullWindowFallsBehindAndComesBack) {
  endpoint("slow");
  edit("slow", [](auto& settings) { settings.concurrency = 1; });
  endpoint("fast");
  for (int i = 0; i < 100; ++i) change("x" + std::to_string(i));
  std::map<EndpointHandle, int> delivered;
  std::size_t most = 0;
  for (auto sends = due(); !sends.empty(); sends = due()) {
    for (const auto& send : sends) ++delivered[send.endpoint];
    answer_all(sends, 200);
    most = std::max(most, status("slow").in_memory);
  }
  EXPECT_EQ(delivered[*engine_->find(EndpointId{"slow"})], 100);
  EXPECT_EQ(delivered[*engine_->find(EndpointId{"fast"})], 100);
  EXPECT_LE(most, 8u + 1);
  EXPECT_GT(log_reads_, 0);
  save();
  EXPECT_THAT(state_.lags, IsEmpty()) << "both have caught up";
}

TEST_F(TightEngineTest, NobodyTakesAllRequestsThatThereMayBe) {
  endpoint("hog");
  for (int i = 0; i < 8; ++i) change("x" + std::to_string(i));
  const auto hogged = due();
  EXPECT_LT(hogged.size(), 8u) << "16 at once are allowed to it, 8 to all";
  endpoint("late", "b");
  change("y", "b");
  EXPECT_THAT(due_names(), ElementsAre("y@9"));
}

TEST_F(TightEngineTest, ASlowDeliveryIsHeldSoThatTheCursorMovesOn) {
  endpoint("e");
  change("slow");
  const auto slow = due();
  for (int i = 0; i < 6; ++i) {
    change("x" + std::to_string(i));
    answer_all(due(), 200);
  }
  save();
  ASSERT_EQ(state_.holds.size(), 1u);
  EXPECT_EQ(state_.holds[0].tries, 0u);
  EXPECT_THAT(state_.lags, IsEmpty());
  reboot();
  EXPECT_THAT(due_names(), ElementsAre("slow@1")) << "a crash repeats only what was in flight";
}

TEST_F(TightEngineTest, ABusyRecordDoesNotFillTheWindow) {
  endpoint("e");
  for (int i = 0; i < 50; ++i) change("busy");
  change("other");
  EXPECT_THAT(due_names(), UnorderedElementsAre("busy@1", "other@51"));
  std::vector<std::string> sent;
  for (auto sends = open_; !sends.empty(); sends = due()) {
    for (const auto& send : sends) sent.push_back(name(send));
    answer_all(sends, 200);
  }
  EXPECT_EQ(sent.size(), 51u);
}

TEST_F(EngineTest, EndpointsOfOtherAccountsCostNothing) {
  for (int i = 0; i < 1000; ++i) endpoint("e" + std::to_string(i), "other");
  endpoint("e");
  change("x");
  EXPECT_EQ(due_names().size(), 1u);
  EXPECT_EQ(matched_, 1u);
}

TEST_F(EngineTest, AHealthyEndpointWritesNoRowPerDelivery) {
  endpoint("e");
  for (int i = 0; i < 1000; ++i) {
    change("x" + std::to_string(i % 10));
    answer_all(due(), 200);
  }
  save();
  EXPECT_EQ(state_.cursor, 1000u);
  EXPECT_EQ(rows_written_, 0u);
}

TEST_F(EngineTest, UnsavedAttemptsStopIt) {
  limits_.max_unsaved = 3;
  reboot();
  endpoint("e");
  for (int i = 0; i < 3; ++i) change("x" + std::to_string(i));
  answer_all(due(), 200);
  change("y");
  EXPECT_THAT(due_names(), IsEmpty());
  save();
  EXPECT_THAT(due_names(), ElementsAre("y@4"));
}

}  // namespace
}  // namespace deltapost::delivery
