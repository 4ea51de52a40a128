// The engine's rules, each as a story.
#include "delivery/engine.hpp"

#include <gmock/gmock.h>

#include "engine_house.hpp"

namespace deltapost::delivery {
namespace {

using std::chrono::hours;
using std::chrono::seconds;
using store::Outcome;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

using EngineTest = EngineHouse;

// ---- order

TEST_F(EngineTest, DifferentRecordsGoOutAtOnceAndOneRecordOneAfterTheOther) {
  endpoint("e");
  change("x");
  change("y");
  change("x");
  EXPECT_THAT(due_names(), ElementsAre("x@1", "y@2"));
  answer(open_[0], 200);
  EXPECT_THAT(due_names(), ElementsAre("x@3"));
}

TEST_F(EngineTest, EventsOfOneChangeGoOutInTheirOrder) {
  events_per_change_ = 2;
  endpoint("e");
  change("x");
  EXPECT_THAT(due_names(), ElementsAre("x@1"));
  answer(open_[0], 200);
  EXPECT_THAT(due_names(), ElementsAre("x@1.1"));
}

TEST_F(EngineTest, AFailingEventHoldsBackItsOwnRecordAndNothingElse) {
  endpoint("e");
  change("x");
  EXPECT_THAT(due_names(), ElementsAre("x@1"));
  EXPECT_EQ(answer(open_[0], 500), Outcome::retrying);
  change("x");
  change("y");
  EXPECT_THAT(due_names(), ElementsAre("y@3"));
  answer(open_[0], 200);
  pass(seconds{13});
  EXPECT_THAT(due_names(), ElementsAre("x@1"));
  answer(open_[0], 200);
  EXPECT_THAT(due_names(), ElementsAre("x@2"));
}

TEST_F(EngineTest, WithoutOrderEachDeliveryIsOnItsOwn) {
  endpoint("e");
  edit("e", [](auto& settings) { settings.order = Order::none; });
  change("x");
  change("x");
  EXPECT_THAT(due_names(), ElementsAre("x@1", "x@2"));
  answer(open_[0], 500);
  EXPECT_THAT(due_names(), IsEmpty());
  pass(seconds{13});
  EXPECT_THAT(due_names(), ElementsAre("x@1"));
}

// ---- retries

TEST_F(EngineTest, AnExhaustedEventIsDeadAndItsRecordGoesOn) {
  endpoint("e");
  change("x");
  change("x");
  due_names();
  EXPECT_EQ(answer(open_[0], 500), Outcome::retrying);
  pass(seconds{13});
  due_names();
  EXPECT_EQ(open_[0].attempt, 2u);
  EXPECT_EQ(answer(open_[0], 500), Outcome::retrying);
  pass(seconds{121});
  due_names();
  EXPECT_EQ(answer(open_[0], 404), Outcome::dead);
  EXPECT_THAT(due_names(), ElementsAre("x@2"));
  save();
  ASSERT_EQ(dead_.size(), 1u);
  EXPECT_EQ(dead_[0].reason, "answered 404");
  EXPECT_EQ(dead_[0].tries, 3u);
}

TEST_F(EngineTest, FirstSentAtIsTheSameOnEveryRetryAndAfterARestart) {
  endpoint("e");
  change("x");
  due_names();
  const Time first = open_[0].first_sent_at;
  answer(open_[0], 500);
  save();
  reboot();
  pass(seconds{13});
  EXPECT_THAT(due_names(), ElementsAre("x@1"));
  EXPECT_EQ(open_[0].first_sent_at, first);
  EXPECT_EQ(open_[0].attempt, 2u);
}

TEST_F(EngineTest, RetryAfterOf429PausesTheWholeEndpoint) {
  endpoint("e");
  change("x");
  due_names();
  answer(open_[0], 429, Millis{60'000});
  change("y");
  pass(seconds{59});
  EXPECT_THAT(due_names(), IsEmpty());
  pass(seconds{1});
  EXPECT_THAT(due_names(), UnorderedElementsAre("x@1", "y@2"));
}

TEST_F(EngineTest, RetryAfterOfA500DelaysThatEventAlone) {
  endpoint("e");
  change("x");
  due_names();
  answer(open_[0], 500, Millis{60'000});
  change("y");
  EXPECT_THAT(due_names(), ElementsAre("y@2"));
  pass(seconds{59});
  EXPECT_THAT(due_names(), IsEmpty());
  pass(seconds{1});
  EXPECT_THAT(due_names(), ElementsAre("x@1"));
}

TEST_F(EngineTest, A410DisablesAtOnce) {
  endpoint("e");
  change("x");
  change("y");
  due_names();
  EXPECT_EQ(answer(open_[0], 410), Outcome::dead);
  EXPECT_THAT(due_names(), IsEmpty());
  EXPECT_THAT(disabled_, ElementsAre("the endpoint answered 410 Gone"));
  change("z");
  EXPECT_THAT(due_names(), IsEmpty()) << "nothing more is sent while the disabling is on its way";
  pass(seconds{60});
  due_names();
  EXPECT_EQ(disabled_.size(), 2u) << "said again when nobody listened";
}

// ---- states

TEST_F(EngineTest, PausedKeepsItsPlace) {
  endpoint("e");
  set_state("e", EndpointState::paused);
  change("x");
  change("y");
  EXPECT_THAT(due_names(), IsEmpty());
  save();
  reboot();
  EXPECT_THAT(due_names(), IsEmpty());
  edit("e", [](auto& settings) { settings.state = EndpointState::active; });
  EXPECT_THAT(due_names(), ElementsAre("x@1", "y@2"));
}

TEST_F(EngineTest, DisabledDropsItsPlaceAndHoldsAreDead) {
  endpoint("e");
  change("x");
  due_names();
  answer(open_[0], 500);
  set_state("e", EndpointState::disabled);
  change("y");
  EXPECT_THAT(due_names(), IsEmpty());
  save();
  ASSERT_EQ(dead_.size(), 1u);
  EXPECT_EQ(dead_[0].reason, "endpoint disabled");
  EXPECT_THAT(state_.holds, IsEmpty());
  pass(Millis{1});
  set_state("e", EndpointState::active);
  change("z");
  EXPECT_THAT(due_names(), ElementsAre("z@3"));
}

TEST_F(EngineTest, ARemovedEndpointIsForgottenAndItsAnswersAreIgnored) {
  endpoint("e");
  change("x");
  due_names();
  engine_->remove(EndpointId{"e"});
  EXPECT_EQ(answer(open_[0], 200), Outcome{});
  const auto progress = engine_->take_progress(0, true);
  ASSERT_TRUE(progress.has_value());
  EXPECT_THAT(progress->endpoints_forgotten, ElementsAre(EndpointId{"e"}));
  EXPECT_THAT(progress->attempts, IsEmpty());
  change("y");
  EXPECT_THAT(due_names(), IsEmpty());
}

TEST_F(EngineTest, NobodyWaitsForAnAnswerOnceItsEndpointOrItsPartitionIsGone) {
  endpoint("e");
  endpoint("f");
  change("x");
  due_names();
  const SendToken to_e = open_[0].token, to_f = open_[1].token;
  EXPECT_TRUE(engine_->is_awaited(to_e) && engine_->is_awaited(to_f));
  engine_->remove(EndpointId{"e"});
  EXPECT_FALSE(engine_->is_awaited(to_e));
  EXPECT_TRUE(engine_->is_awaited(to_f));
  engine_->close(0);
  EXPECT_FALSE(engine_->is_awaited(to_f));
}

TEST_F(EngineTest, ANewEndpointGetsNothingFromBefore) {
  change("x");
  pass(Millis{1});
  endpoint("e");
  edit("e", [this](auto& settings) { settings.starts_at = now_; });
  change("y");
  EXPECT_THAT(due_names(), ElementsAre("y@2"));
}

// ---- asked for

TEST_F(EngineTest, ResendGoesOutBesideItsRecordsOrder) {
  endpoint("e");
  change("x");
  answer_all(due(), 200);
  change("x");
  const auto second = due();
  ASSERT_TRUE(engine_->resend(0, log_[0], 0, Time{Millis{5}}, now_).has_value());
  EXPECT_THAT(due_names(), ElementsAre("x@1"));
  EXPECT_EQ(open_[0].first_sent_at, Time{Millis{5}});
  answer(open_[0], 500);
  save();
  ASSERT_EQ(state_.holds.size(), 1u);
  EXPECT_EQ(state_.holds[0].scope, store::HoldScope::delivery);
}

TEST_F(EngineTest, ResendMakesAHeldEventDueNow) {
  endpoint("e");
  change("x");
  answer_all(due(), 500);
  ASSERT_TRUE(engine_->resend(0, log_[0], 0, {}, now_).has_value());
  EXPECT_THAT(due_names(), ElementsAre("x@1"));
}

TEST_F(EngineTest, ADeadEventThatIsResentOrRecoveredIsNoLongerDeadOnceDelivered) {
  endpoint("e");
  edit("e", [](auto& settings) { settings.retry_schedule.clear(); });
  change("x");
  change("y");
  answer_all(due(), 500);
  save();
  ASSERT_EQ(dead_.size(), 2u);
  ASSERT_TRUE(engine_->resend(0, log_[0], 0, {}, now_).has_value());
  answer_all(due(), 200);
  save();
  ASSERT_EQ(dead_.size(), 1u);
  ASSERT_TRUE(engine_->recover(0, {{0, 0}}, Time{}, now_).has_value());
  due();
  engine_->delivered_loaded(loads_.at(0), {{0, 1, 0}}, now_);
  EXPECT_THAT(due_names(), ElementsAre("y@2"));
  answer_all(open_, 200);
  save();
  EXPECT_THAT(dead_, IsEmpty());
}

TEST_F(EngineTest, NothingIsResentOrRecoveredWhileDisabled) {
  endpoint("e");
  change("x");
  set_state("e", EndpointState::disabled);
  EXPECT_EQ(engine_->resend(0, log_[0], 0, {}, now_).error().fault, Fault::conflict);
  EXPECT_EQ(engine_->recover(0, {{0, 0}}, now_, now_).error().fault, Fault::conflict);
}

TEST_F(EngineTest, RecoverSendsWhatWasNeverDeliveredAndSurvivesARestart) {
  endpoint("e");
  change("delivered");
  answer_all(due(), 200);
  set_state("e", EndpointState::disabled);
  change("missed");
  pass(Millis{1});
  due();
  set_state("e", EndpointState::active);
  ASSERT_TRUE(engine_->recover(0, {{0, 0}}, Time{}, now_).has_value());
  EXPECT_THAT(due_names(), IsEmpty()) << "not before it is known what was delivered";
  ASSERT_EQ(loads_.size(), 1u);
  save();
  reboot();
  EXPECT_THAT(due_names(), IsEmpty());
  ASSERT_EQ(loads_.size(), 2u);
  engine_->delivered_loaded(loads_[1], {{0, 1, 0}}, now_);
  EXPECT_THAT(due_names(), ElementsAre("missed@2"));
  answer_all(open_, 200);
  due();
  save();
  EXPECT_THAT(state_.lags, IsEmpty()) << "the recovery is over";
}

// ---- restarts

TEST_F(EngineTest, ACrashRepeatsWhatWasInFlightOrUnsaved) {
  endpoint("e");
  change("x");
  change("y");
  const auto sends = due();
  answer(sends[0], 200);
  save();
  reboot();
  EXPECT_THAT(due_names(), ElementsAre("y@2"));
}

TEST_F(EngineTest, AnOrderlyStopRepeatsOnlyWhatIsInFlight) {
  endpoint("e");
  edit("e", [](auto& settings) { settings.concurrency = 2; });
  for (int i = 0; i < 6; ++i) change("x" + std::to_string(i));
  const auto sends = due();
  answer(sends[1], 200);
  EXPECT_THAT(due_names(), ElementsAre("x2@3"));
  answer(open_[0], 200);
  engine_->put_away(now_);
  save();
  reboot();
  EXPECT_THAT(due_names(), UnorderedElementsAre("x0@1", "x3@4"));
}

TEST_F(EngineTest, AHeldRecordsHistoryIsFoundAgainAfterARestart) {
  endpoint("e");
  change("x");
  answer_all(due(), 500);
  for (int i = 0; i < 40; ++i) change("x");
  due();
  save();
  reboot();
  pass(seconds{13});
  std::vector<std::string> sent;
  for (auto sends = due(); !sends.empty(); sends = due()) {
    for (const auto& send : sends) sent.push_back(name(send));
    answer_all(sends, 200);
  }
  ASSERT_EQ(sent.size(), 41u);
  for (std::size_t i = 0; i < sent.size(); ++i) EXPECT_EQ(sent[i], "x@" + std::to_string(i + 1));
  save();
  EXPECT_THAT(state_.holds, IsEmpty());
}

}  // namespace
}  // namespace deltapost::delivery
