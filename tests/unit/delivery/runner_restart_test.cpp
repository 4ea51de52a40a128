// The runner from one life to the next: stops, crashes, and the log read again from where it was left.
#include <set>

#include "runner_house.hpp"

namespace deltapost::delivery {
namespace {

using RunnerRestartTest = RunnerHouse;

/// A loop on which waits of seconds are over when the test says so.
class HeldWaits final : public net::Turns {
 public:
  explicit HeldWaits(net::Loop& loop) : loop_(loop) {}

  void post(UniqueFunction<void()> function) override { loop_.post(std::move(function)); }
  void after(std::chrono::milliseconds delay, UniqueFunction<void()> function) override {
    if (delay < std::chrono::seconds{1}) return loop_.after(delay, std::move(function));
    std::lock_guard lock(mutex_);
    held_.push_back(std::move(function));
  }
  bool running() const override { return loop_.running(); }

  /// Returns when what waited, and what was posted before, has run.
  void end() {
    run_posted();
    std::vector<UniqueFunction<void()>> due;
    {
      std::lock_guard lock(mutex_);
      due = std::exchange(held_, {});
    }
    for (auto& function : due) loop_.post(std::move(function));
    run_posted();
  }

 private:
  void run_posted() {
    std::promise<void> ran;
    loop_.post([&] { ran.set_value(); });
    ran.get_future().wait();
  }

  net::Loop& loop_;
  std::mutex mutex_;
  std::vector<UniqueFunction<void()>> held_;
};

TEST_F(RunnerRestartTest, DeliversAfterACrashThoughTheClockWasSetBack) {
  const auto lease =
      store_.claim_lease(0, "a life that crashed", Millis{15'000}, clock_.now() + Millis{3'600'000});
  ASSERT_TRUE(lease && *lease);
  write_endpoint("e1", {{"url", receiver_.url()}});
  start_runner();
  write_lead("lead1");
  receiver_.wait_for(1);
}

TEST_F(RunnerRestartTest, AStopAndAStartInTheMiddleLoseNothingAndRepeatNothing) {
  constexpr std::size_t kChanges = 3000;
  write_endpoint(
      "e1", {{"url", receiver_.url()}, {"events", {"lead.created", "lead.updated"}}, {"concurrency", 32}});
  start_runner();
  for (std::size_t i = 0; i < kChanges; ++i) {
    write_lead("lead" + std::to_string(i % 50), {{"summary", std::to_string(i)}});
    if (i % 500 == 250) {
      runner_->stop(kPatience);
      start_runner();
    }
  }
  const auto requests = receiver_.wait_for(kChanges);
  runner_->stop(kPatience);
  std::set<std::string> ids;
  std::map<std::string, std::int64_t> last;
  for (const auto& request : receiver_.so_far()) {
    EXPECT_TRUE(ids.insert(header(request, "webhook-id")).second) << "sent twice";
    const JsonObject data = body_of(request).at("data").as_object();
    EXPECT_EQ(data.at("version").as_int64(), ++last[std::string(data.at("id").as_string())]);
  }
  EXPECT_EQ(ids.size(), kChanges);
}

TEST_F(RunnerRestartTest, ProgressThatCouldNotBeWrittenAtAStopIsNotPassedOverByLaterProgress) {
  write_endpoint("e1", {{"url", receiver_.url()}, {"events", {"lead.created"}}});
  start_runner();
  receiver_.answer_with(500);
  store_.refuse_progress_with(500);
  write_lead("lead1");
  store_.wait_for_a_refusal();
  receiver_.answer_with(200);
  write_lead("lead2");
  while (runner_->stats().delivered == 0) nudge();
  runner_->stop(Millis{0});
  store_.refuse_progress_with(0);
  start_runner();

  const auto requests = receiver_.wait_for(4);
  EXPECT_EQ(requests[2].body, requests[0].body) << "the one that was refused";
}

TEST_F(RunnerRestartTest, WhoDiesRightAfterItsClaimHoldsItsSuccessorUpForNoMoment) {
  write_endpoint("e1", {{"url", receiver_.url()}, {"events", {"lead.created"}}});
  write_lead("lead1");
  // As if it were dead: its loop does nothing any more, not even renew.
  std::promise<void> dead;
  loop_.post([gone = dead.get_future().share()] { gone.wait(); });
  start_runner();

  net::Loop loop;
  net::Client client(loop, {.guard = net::AddressGuard({*net::Cidr::parse("127.0.0.0/8")})});
  Runner successor({store_, tail_, committer_, client, loop, clock_, random_, sealer_},
                   {.owner = "successor"});
  loop.start("successor");
  ASSERT_TRUE(successor.start().has_value());
  receiver_.wait_for(1);
  successor.stop(kPatience);
  loop.stop();
  dead.set_value();
}

TEST_F(RunnerRestartTest, APartitionThatAnotherNodeLeftAndThatCannotBeReadAtOnceIsTakenUpAtTheNextTurn) {
  constexpr Millis kTerm{15'000};
  const auto lease = store_.claim_lease(0, "another node", kTerm, clock_.now());
  ASSERT_TRUE(lease && *lease);
  write_endpoint("e1", {{"url", receiver_.url()}, {"events", {"lead.created"}}});
  write_lead("lead1");

  HeldWaits waits(loop_);
  Runner runner({store_, tail_, committer_, client_, waits, clock_, random_, sealer_},
                {.owner = "successor", .sole_owner = false});
  ASSERT_TRUE(runner.start().has_value());
  waits.end();
  clock_.advance(kTerm);
  store_.refuse_delivery_state(1);
  waits.end();
  EXPECT_EQ(store_.state_refusals_left(), 0) << "it was refused";
  EXPECT_TRUE(receiver_.so_far().empty());
  waits.end();
  receiver_.wait_for(1);
}

// After a crash the log is read again from a place before a setting was made. The clock stands still in
// these: times do not tell what was before it.

TEST_F(RunnerRestartTest, AStartBeforeAnEndpointsPlaceInTheLogGivesItNothingOlder) {
  write_lead("lead1");
  write_lead("lead1", {{"firstName", "Grace"}});
  write_endpoint("e1", {{"url", receiver_.url()}, {"events", {"lead.created", "lead.updated"}}});
  write_lead("lead1", {{"firstName", "Edsger"}});
  start_runner();
  EXPECT_EQ(header(receiver_.wait_for(1).front(), "deltapost-record-version"), "3");
}

TEST_F(RunnerRestartTest, AStartBeforeAnEndpointIsEnabledAgainGivesItNothingOlder) {
  write_endpoint("e1", {{"url", receiver_.url()}, {"events", {"lead.created", "lead.updated"}}});
  start_runner();
  write_lead("lead1");
  receiver_.wait_for(1);
  runner_->stop(kPatience);
  disable_in_store("e1", "it is down");
  write_lead("lead1", {{"firstName", "Grace"}});
  write_endpoint("e1", {{"state", "active"}});
  write_lead("lead1", {{"firstName", "Edsger"}});
  start_runner();
  EXPECT_EQ(header(receiver_.wait_for(2).back(), "deltapost-record-version"), "3");
}

TEST_F(RunnerRestartTest, AStartBeforeAnEndpointWantsMoreGivesItNothingThatItDidNotWantThen) {
  write_endpoint("e1", {{"url", receiver_.url()}, {"events", {"lead.deleted"}}});
  start_runner();
  write_lead("lead1");
  while (status("e1")->behind > 0) nudge();
  runner_->stop(kPatience);
  write_lead("lead1", {{"firstName", "Grace"}});
  write_endpoint("e1", {{"events", {"lead.updated"}}});
  write_lead("lead1", {{"firstName", "Edsger"}});
  write_endpoint("e1", {{"events", {"lead.created"}}});
  write_lead("lead1", {{"firstName", "Barbara"}});
  write_lead("lead2");
  start_runner();
  const auto requests = receiver_.wait_for(2);
  EXPECT_EQ(header(requests[0], "deltapost-record-version"), "3");
  EXPECT_EQ(body_of(requests[1]).at("data").at("id"), "lead2");
}

TEST_F(RunnerRestartTest, WhatLiesBeforeASettingIsMatchedByWhatWasSetThereInThisLifeAndTheNext) {
  write_endpoint("e1", {{"url", receiver_.url()}, {"events", {"lead.updated"}}});
  start_runner();
  receiver_.hang();
  write_lead("lead1");
  write_lead("lead1", {{"firstName", "Grace"}});
  receiver_.wait_for(1);
  write_lead("lead2", {{"phone", "+15555550124"}});
  write_endpoint("e1", {{"events", {"lead.created", "lead.updated"}}});
  write_endpoint("e1", {{"state", "paused"}});  // what was not begun is given back to the log
  write_endpoint("e1", {{"state", "active"}});
  write_lead("lead2", {{"firstName", "Edsger"}});
  const auto id_and_version = [](const net::Request& request) {
    return std::string(body_of(request).at("data").at("id").as_string()) + " " +
           header(request, "deltapost-record-version");
  };
  EXPECT_EQ(id_and_version(receiver_.wait_for(2)[1]), "lead2 2");

  runner_->stop(Millis{0});  // both are still in flight, and sent again
  start_runner();
  write_lead("lead3", {{"phone", "+15555550125"}});
  std::set<std::string> again;
  const auto requests = receiver_.wait_for(5);
  ASSERT_GE(requests.size(), 5u);
  for (std::size_t i = 2; i < 5; ++i) again.insert(id_and_version(requests[i]));
  EXPECT_EQ(again, (std::set<std::string>{"lead1 2", "lead2 2", "lead3 1"}));
}

TEST_F(RunnerRestartTest, ABacklogIsMatchedByWhatWasSetWhereItLiesAlsoByTheNextLife) {
  write_endpoint("e1", {{"url", receiver_.url()}, {"events", {"lead.updated"}}, {"state", "paused"}});
  start_runner();
  write_lead("lead1");
  write_lead("lead1", {{"firstName", "Grace"}});  // here the backlog begins
  write_lead("lead2", {{"phone", "+15555550124"}});
  write_endpoint("e1", {{"events", {"lead.created", "lead.updated"}}});
  runner_->stop(kPatience);
  start_runner();
  write_endpoint("e1", {{"state", "active"}});
  write_lead("lead3", {{"phone", "+15555550125"}});
  const auto requests = receiver_.wait_for(2);
  EXPECT_EQ(header(requests[0], "deltapost-record-version"), "2");
  EXPECT_EQ(body_of(requests[1]).at("data").at("id"), "lead3");
}

}  // namespace
}  // namespace deltapost::delivery
