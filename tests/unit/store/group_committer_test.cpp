#include "store/group_committer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>

#include "scripted_store.hpp"
#include "support/manual_clock.hpp"
#include "support/store_rows.hpp"

namespace deltapost::store {
namespace {

using namespace deltapost::testing;  // NOLINT: rows for tests
using ::testing::ElementsAre;
using ::testing::IsEmpty;

/// What was told, in its order: each job's name with its fault, or none.
using Outcomes = std::vector<std::pair<std::string, std::optional<Fault>>>;

class Told {
 public:
  GroupCommitter::Done as(const std::string& name) {
    return [this, name](const Result<void>& result) {
      say(name, result ? std::nullopt : std::optional(result.error().fault));
    };
  }
  void say(const std::string& name, std::optional<Fault> fault = {}) {
    std::lock_guard lock(mutex_);
    all_.emplace_back(name, fault);
  }
  Outcomes all() const {
    std::lock_guard lock(mutex_);
    return all_;
  }

 private:
  mutable std::mutex mutex_;
  Outcomes all_;
};

using Job = std::function<Result<void>(Draft&)>;

Job create(const std::string& id) {
  return [id](Draft& draft) {
    draft.put(write_of(lead_key(id), 1));
    return ok();
  };
}

Job update(const std::string& id) {
  return [id](Draft& draft) -> Result<void> {
    auto found = draft.find(lead_key(id));
    if (!found) return found.error();
    draft.put(write_of(lead_key(id), *found ? (*found)->version + 1 : 1));
    return ok();
  };
}

/// Writes nothing, and succeeds when the record is there at that version.
Job look(const std::string& id, Version version) {
  return [id, version](Draft& draft) -> Result<void> {
    auto found = draft.find(lead_key(id));
    if (!found) return found.error();
    if (*found && (*found)->version == version) return ok();
    return Error{Fault::not_found, "another version, or none"};
  };
}

Job save(Epoch epoch, Seq cursor) {
  return [epoch, cursor](Draft& draft) {
    draft.put(shared({.part = 0, .epoch = epoch, .cursor = cursor}));
    return ok();
  };
}

/// Adds to a log of all that is done, as the audit log is; and is refused by the store.
Job log_what_cannot_be(const std::string& log) {
  return [log](Draft& draft) {
    draft.put(Erasure{lead_key("nobody"), 1});
    return update(log)(draft);
  };
}

Job refuse(Fault fault) {
  return [fault](Draft& draft) -> Result<void> {
    draft.put(write_of(lead_key("refused"), 1));
    return Error{fault, "no"};
  };
}

class GroupCommitterTest : public ::testing::Test {
 protected:
  /// Holds the committing thread inside a job, so that what is submitted meanwhile waits.
  void hold() {
    std::promise<void> entered;
    auto inside = entered.get_future();
    ASSERT_TRUE(committer_.submit(
        [this, &entered](Draft&) {
          entered.set_value();
          open_.get_future().wait();
          return ok();
        },
        [](const Result<void>&) {}));
    inside.wait();
  }
  void let_go() { open_.set_value(); }
  void submit(const std::string& name, Job job) {
    ASSERT_TRUE(committer_.submit(std::move(job), told_.as(name)));
  }
  /// Has the jobs commit as one group, and stops; what was told.
  Outcomes commit_together(std::initializer_list<std::pair<std::string, Job>> jobs) {
    committer_.start();
    hold();
    for (const auto& [name, job] : jobs) submit(name, job);
    let_go();
    committer_.stop();
    return told_.all();
  }
  Version version_of(const std::string& id) {
    const auto found = value_of(store_.find(lead_key(id)));
    return found ? found->version : 0;
  }

  ScriptedStore store_{2};
  ManualClock clock_;
  Told told_;  // outlives the committer, which completes jobs until it has stopped
  std::promise<void> open_;
  GroupCommitter committer_{store_, clock_, {.max_waiting = 20, .max_group = 8}};
};

using GroupCommitterByHand = GroupCommitterTest;

TEST_F(GroupCommitterByHand, WhatWasDecidedOnAWriteThatFailsFailsWithIt) {
  submit("writes", create("a"));
  submit("looks", look("a", 1));
  store_.fail_with(Error{Fault::unavailable, "the disk is full"});
  EXPECT_TRUE(committer_.commit_next());
  EXPECT_EQ(told_.all(), (Outcomes{{"writes", Fault::unavailable}, {"looks", Fault::unavailable}}));
  EXPECT_FALSE(committer_.commit_next());
}

TEST_F(GroupCommitterTest, CommitsAJobAndTellsItsOutcome) {
  committer_.start();
  EXPECT_TRUE(committer_.run(create("a")));
  EXPECT_EQ(version_of("a"), 1u);
}

TEST_F(GroupCommitterTest, PutsWhatWaitsIntoOneCommitUpToTheLimit) {
  committer_.start();
  hold();
  for (int i = 0; i < 18; ++i) submit(std::to_string(i), create(std::to_string(i)));
  EXPECT_EQ(committer_.waiting(), 18u);
  let_go();
  committer_.stop();
  EXPECT_THAT(store_.writes_per_commit(), ElementsAre(8, 8, 2));
}

TEST_F(GroupCommitterTest, TellsHowLongTheOldestJobHasWaited) {
  EXPECT_EQ(committer_.lag(), Millis{0});
  committer_.start();
  hold();
  EXPECT_EQ(committer_.lag(), Millis{0});
  submit("first", create("a"));
  clock_.advance(Millis{300});
  submit("second", create("b"));
  clock_.advance(Millis{50});
  EXPECT_EQ(committer_.lag(), Millis{350});
  clock_.advance(Millis{-1000});
  EXPECT_EQ(committer_.lag(), Millis{0});
  let_go();
  committer_.stop();
  EXPECT_EQ(committer_.lag(), Millis{0});
}

TEST_F(GroupCommitterTest, LetsLaterJobsOfAGroupBuildOnEarlierOnes) {
  commit_together(
      {{"1", update("a")}, {"2", update("a")}, {"3", update("a")}, {"4", update("a")}, {"5", update("a")}});
  EXPECT_THAT(store_.writes_per_commit(), ElementsAre(5));
  EXPECT_EQ(version_of("a"), 5u);
}

TEST_F(GroupCommitterTest, RefusesOneJobAlone) {
  EXPECT_EQ(commit_together({{"first", create("a")}, {"bad", refuse(Fault::invalid)}, {"last", create("b")}}),
            (Outcomes{{"first", {}}, {"bad", Fault::invalid}, {"last", {}}}));
  EXPECT_EQ(version_of("refused"), 0u);
  EXPECT_EQ(version_of("b"), 1u);
}

TEST_F(GroupCommitterTest, CompletesJobsInOrderAfterTheirGroupWasHeard) {
  committer_.on_committed([this](const std::vector<LogEntry>& entries) {
    for (const auto& entry : entries) {
      EXPECT_TRUE(entry.document);
      told_.say("log " + entry.key.id);
    }
  });
  EXPECT_EQ(commit_together({{"1", create("a")}, {"2", refuse(Fault::invalid)}, {"3", create("b")}}),
            (Outcomes{{"log a", {}}, {"log b", {}}, {"1", {}}, {"2", Fault::invalid}, {"3", {}}}));
}

TEST_F(GroupCommitterTest, CommitsNothingWhenNothingIsWritten) {
  committer_.start();
  EXPECT_TRUE(committer_.run([](Draft&) { return ok(); }));
  EXPECT_EQ(fault_of(committer_.run(refuse(Fault::not_found))), Fault::not_found);
  EXPECT_THAT(store_.writes_per_commit(), IsEmpty());
}

TEST_F(GroupCommitterTest, RefusesEarlyWhenTooMuchWaits) {
  committer_.start();
  hold();
  for (int i = 0; i < 20; ++i) submit(std::to_string(i), create(std::to_string(i)));
  bool called = false;
  auto refused = committer_.submit(create("too-many"), [&called](const Result<void>&) { called = true; });
  EXPECT_EQ(fault_of(refused), Fault::overloaded);
  let_go();
  committer_.stop();
  EXPECT_FALSE(called);
  EXPECT_EQ(version_of("too-many"), 0u);
  EXPECT_EQ(version_of("19"), 1u);
}

TEST_F(GroupCommitterTest, RefusesWhatWouldWaitForTooLongButNotWhatFollowsFromEarlierWork) {
  committer_.start();
  hold();
  clock_.advance(AdmissionLimits{}.burst + Millis{1});
  for (int i = 0; i < 8; ++i) submit(std::to_string(i), create(std::to_string(i)));
  EXPECT_FALSE(committer_.takes());
  const auto ignore = [](const Result<void>&) {};
  EXPECT_EQ(fault_of(committer_.submit(create("from-outside"), ignore)), Fault::overloaded);
  EXPECT_TRUE(committer_.submit(create("progress"), ignore, Wait::any));
  let_go();
  committer_.stop();
  EXPECT_EQ(version_of("from-outside"), 0u);
  EXPECT_EQ(version_of("progress"), 1u);
}

TEST_F(GroupCommitterTest, CommitsAllThatWasAcceptedBeforeItStops) {
  committer_.start();
  hold();
  Outcomes accepted;
  for (int i = 0; i < 20; ++i) {
    accepted.emplace_back(std::to_string(i), std::nullopt);
    submit(accepted.back().first, create(accepted.back().first));
  }
  std::thread stopper([this] { committer_.stop(); });
  // Stopping has begun when nothing more is accepted.
  const auto refused_as = [this] {
    return fault_of(committer_.submit([](Draft&) { return ok(); }, [](const Result<void>&) {}));
  };
  while (refused_as() == Fault::overloaded) std::this_thread::yield();
  EXPECT_EQ(refused_as(), Fault::unavailable);
  let_go();
  stopper.join();
  EXPECT_EQ(told_.all(), accepted);
  for (const auto& [name, fault] : accepted) EXPECT_EQ(version_of(name), 1u);
}

TEST_F(GroupCommitterTest, AcceptsNothingAfterItStopped) {
  committer_.start();
  committer_.stop();
  EXPECT_EQ(fault_of(committer_.run(create("late"))), Fault::unavailable);
}

TEST_F(GroupCommitterTest, CompletesWhatWaitedForAStartThatNeverCame) {
  submit("early", create("a"));
  committer_.stop();
  EXPECT_EQ(told_.all(), (Outcomes{{"early", Fault::unavailable}}));
  EXPECT_EQ(version_of("a"), 0u);
}

TEST_F(GroupCommitterTest, TellsEveryJobOfAGroupThatTheStoreFailed) {
  bool heard = false;
  committer_.on_committed([&heard](const std::vector<LogEntry>&) { heard = true; });
  committer_.start();
  hold();
  submit("writes", create("a"));
  submit("writes too", create("b"));
  submit("only looks", [](Draft&) { return ok(); });
  submit("refused", refuse(Fault::invalid));
  store_.fail_with(Error{Fault::unavailable, "the disk is full"});
  let_go();
  EXPECT_EQ(fault_of(committer_.run(create("c"))), Fault::unavailable);
  EXPECT_EQ(told_.all(), (Outcomes{{"writes", Fault::unavailable},
                                   {"writes too", Fault::unavailable},
                                   {"only looks", Fault::unavailable},
                                   {"refused", Fault::invalid}}));
  EXPECT_FALSE(heard);

  store_.fail_with(std::nullopt);
  EXPECT_TRUE(committer_.run(create("a")));
  EXPECT_EQ(version_of("a"), 1u);
}

TEST_F(GroupCommitterTest, LetsNoJobSufferForAnothersLostLease) {
  ASSERT_TRUE(value_of(store_.claim_lease(0, "other", Millis{1000}, clock_.now())));
  EXPECT_EQ(
      commit_together(
          {{"write", create("a")}, {"fenced", save(0, 7)}, {"write on", update("a")}, {"saved", save(1, 9)}}),
      (Outcomes{{"write", {}}, {"fenced", Fault::stale_epoch}, {"write on", {}}, {"saved", {}}}));
  EXPECT_EQ(version_of("a"), 2u);
  EXPECT_EQ(value_of(store_.delivery_state(0)).cursor, 9u);
}

TEST_F(GroupCommitterTest, BuildsNothingOnWhatTheStoreRefused) {
  EXPECT_EQ(
      commit_together({{"before", update("log")},
                       {"refused", log_what_cannot_be("log")},
                       {"after", update("log")},
                       {"elsewhere", create("a")},
                       {"looks", look("log", 2)}}),
      (Outcomes{
          {"before", {}}, {"refused", Fault::conflict}, {"after", {}}, {"elsewhere", {}}, {"looks", {}}}));
  EXPECT_EQ(version_of("log"), 2u);
  EXPECT_EQ(version_of("a"), 1u);
}

TEST_F(GroupCommitterTest, NeverCommitsAtAnEarlierTimeThanBefore) {
  committer_.start();
  ASSERT_TRUE(committer_.run(create("a")));
  const Time first = clock_.now();
  clock_.advance(Millis{-5000});
  ASSERT_TRUE(committer_.run(create("b")));
  clock_.set(first + Millis{3});
  ASSERT_TRUE(committer_.run(create("c")));
  const auto at = [this](const std::string& id) { return value_of(store_.find(lead_key(id)))->created_at; };
  EXPECT_EQ(at("a"), first);
  EXPECT_EQ(at("b"), first);
  EXPECT_EQ(at("c"), first + Millis{3});
}

TEST_F(GroupCommitterTest, NeverCommitsBeforeWhatTheStoreAlreadyHolds) {
  const Time newest = clock_.now() + std::chrono::hours{1};
  // The newest entry may be of any partition.
  for (const char* id : {"a", "b", "c", "d"})
    ASSERT_TRUE(store_.commit(batch_of({write_of(lead_key(id), 1)})));
  ASSERT_TRUE(store_.commit(batch_of({write_of(lead_key("c"), 2, newest)})));
  committer_.start();
  ASSERT_TRUE(committer_.run(update("a")));
  ASSERT_TRUE(committer_.run(update("b")));
  for (const char* id : {"a", "b"}) {
    EXPECT_EQ(value_of(store_.history(lead_key(id), {.after = 1})).at(0).at, newest) << id;
  }
}

}  // namespace
}  // namespace deltapost::store
