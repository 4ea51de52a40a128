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
using ::testing::ElementsAreArray;
using ::testing::IsEmpty;

/// What became of the jobs, in the order in which it was told.
class Told {
 public:
  GroupCommitter::Done as(const std::string& name) {
    return [this, name](const Result<void>& result) {
      std::lock_guard lock(mutex_);
      all_.emplace_back(name, result ? std::optional<Fault>{} : result.error().fault);
    };
  }
  void say(const std::string& name) {
    std::lock_guard lock(mutex_);
    all_.emplace_back(name, std::nullopt);
  }
  std::vector<std::string> names() const {
    std::lock_guard lock(mutex_);
    std::vector<std::string> names;
    for (const auto& [name, fault] : all_) names.push_back(name);
    return names;
  }
  std::optional<Fault> fault(const std::string& name) const {
    std::lock_guard lock(mutex_);
    for (const auto& [each, fault] : all_) {
      if (each == name) return fault;
    }
    ADD_FAILURE() << name << " was never completed";
    return std::nullopt;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::pair<std::string, std::optional<Fault>>> all_;
};

GroupCommitter::Job create(const std::string& id) {
  return [id](Draft& draft) {
    draft.put(write_of(lead_key(id), 1));
    return ok();
  };
}

GroupCommitter::Job update(const std::string& id) {
  return [id](Draft& draft) -> Result<void> {
    auto found = draft.find(lead_key(id));
    if (!found) return found.error();
    draft.put(write_of(lead_key(id), *found ? (*found)->version + 1 : 1));
    return ok();
  };
}

/// Writes nothing, and succeeds when the record is there.
GroupCommitter::Job look(const std::string& id) {
  return [id](Draft& draft) -> Result<void> {
    auto found = draft.find(lead_key(id));
    if (!found) return found.error();
    return *found ? ok() : Result<void>(Error{Fault::not_found, "no"});
  };
}

TEST(GroupCommitterByHand, WhatWasDecidedOnAWriteThatFailsFailsWithIt) {
  ManualClock clock;
  ScriptedStore store;
  GroupCommitter committer(store, clock);
  Told told;
  ASSERT_TRUE(committer.submit(create("a"), told.as("writes")));
  ASSERT_TRUE(committer.submit(look("a"), told.as("looks")));
  store.fail_with(Error{Fault::unavailable, "the disk is full"});
  EXPECT_TRUE(committer.commit_next());
  EXPECT_EQ(told.fault("writes"), Fault::unavailable);
  EXPECT_EQ(told.fault("looks"), Fault::unavailable);
  EXPECT_FALSE(committer.commit_next());
}

/// Adds to a log of all that is done, as the audit log is; and is refused by the store.
GroupCommitter::Job log_what_cannot_be(const std::string& log) {
  return [log](Draft& draft) {
    draft.put(Erasure{lead_key("nobody"), 1});
    return update(log)(draft);
  };
}

GroupCommitter::Job refuse(Fault fault) {
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
  void submit(const std::string& name, GroupCommitter::Job job) {
    ASSERT_TRUE(committer_.submit(std::move(job), told_.as(name)));
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
  committer_.start();
  hold();
  for (int i = 0; i < 5; ++i) submit(std::to_string(i), update("a"));
  let_go();
  committer_.stop();
  EXPECT_THAT(store_.writes_per_commit(), ElementsAre(5));
  EXPECT_EQ(version_of("a"), 5u);
}

TEST_F(GroupCommitterTest, RefusesOneJobAlone) {
  committer_.start();
  hold();
  submit("first", create("a"));
  submit("bad", refuse(Fault::invalid));
  submit("last", create("b"));
  let_go();
  committer_.stop();
  EXPECT_EQ(told_.fault("first"), std::nullopt);
  EXPECT_EQ(told_.fault("bad"), Fault::invalid);
  EXPECT_EQ(told_.fault("last"), std::nullopt);
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
  committer_.start();
  hold();
  submit("1", create("a"));
  submit("2", refuse(Fault::invalid));
  submit("3", create("b"));
  let_go();
  committer_.stop();
  EXPECT_THAT(told_.names(), ElementsAre("log a", "log b", "1", "2", "3"));
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
  std::vector<std::string> names;
  for (int i = 0; i < 20; ++i) {
    names.push_back(std::to_string(i));
    submit(names.back(), create(names.back()));
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
  EXPECT_THAT(told_.names(), ElementsAreArray(names));
  for (const auto& name : names) EXPECT_EQ(version_of(name), 1u);
}

TEST_F(GroupCommitterTest, AcceptsNothingAfterItStopped) {
  committer_.start();
  committer_.stop();
  EXPECT_EQ(fault_of(committer_.run(create("late"))), Fault::unavailable);
}

TEST_F(GroupCommitterTest, CompletesWhatWaitedForAStartThatNeverCame) {
  submit("early", create("a"));
  committer_.stop();
  EXPECT_EQ(told_.fault("early"), Fault::unavailable);
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
  EXPECT_EQ(told_.fault("writes"), Fault::unavailable);
  EXPECT_EQ(told_.fault("writes too"), Fault::unavailable);
  EXPECT_EQ(told_.fault("only looks"), Fault::unavailable);
  EXPECT_EQ(told_.fault("refused"), Fault::invalid);
  EXPECT_FALSE(heard);

  store_.fail_with(std::nullopt);
  EXPECT_TRUE(committer_.run(create("a")));
  EXPECT_EQ(version_of("a"), 1u);
}

TEST_F(GroupCommitterTest, LetsNoJobSufferForAnothersLostLease) {
  ASSERT_TRUE(value_of(store_.claim_lease(0, "other", Millis{1000}, clock_.now())));
  committer_.start();
  hold();
  submit("write", create("a"));
  submit("fenced", [](Draft& draft) {
    draft.put(shared({.part = 0, .epoch = 0, .cursor = 7}));
    return ok();
  });
  submit("write on", update("a"));
  submit("saved", [](Draft& draft) {
    draft.put(shared({.part = 0, .epoch = 1, .cursor = 9}));
    return ok();
  });
  let_go();
  committer_.stop();
  EXPECT_EQ(told_.fault("write"), std::nullopt);
  EXPECT_EQ(told_.fault("fenced"), Fault::stale_epoch);
  EXPECT_EQ(told_.fault("write on"), std::nullopt);
  EXPECT_EQ(told_.fault("saved"), std::nullopt);
  EXPECT_EQ(version_of("a"), 2u);
  EXPECT_EQ(value_of(store_.delivery_state(0)).cursor, 9u);
}

TEST_F(GroupCommitterTest, BuildsNothingOnWhatTheStoreRefused) {
  committer_.start();
  hold();
  submit("before", update("log"));
  submit("refused", log_what_cannot_be("log"));
  submit("after", update("log"));
  submit("elsewhere", create("a"));
  submit("looks", [](Draft& draft) -> Result<void> {
    auto log = draft.find(lead_key("log"));
    if (!log) return log.error();
    return *log && (*log)->version == 2 ? ok() : Result<void>(Error{Fault::not_found, "another version"});
  });
  let_go();
  committer_.stop();
  EXPECT_EQ(told_.fault("before"), std::nullopt);
  EXPECT_EQ(told_.fault("refused"), Fault::conflict);
  EXPECT_EQ(told_.fault("after"), std::nullopt);
  EXPECT_EQ(told_.fault("elsewhere"), std::nullopt);
  EXPECT_EQ(told_.fault("looks"), std::nullopt);
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
