#include "store/admission.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <vector>

namespace deltapost::store {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kGroup = 256;
constexpr AdmissionLimits kLimits{.burst = 250ms, .patience = 100ms, .window = 250ms, .stall = 2000ms};
constexpr Time kStart{Millis{1'764'000'000'000}};

class AdmissionTest : public ::testing::Test {
 protected:
  /// A group after which so many wait still.
  void commit(Millis took, std::size_t left = 0, std::size_t jobs = kGroup) {
    admission_.group_began(jobs, left, now_);
    now_ += took;
    admission_.group_ended(now_);
  }
  void commit_many(Millis took, std::size_t left, int groups) {
    for (int i = 0; i < groups; ++i) commit(took, left);
  }
  bool admits(std::size_t waiting) const { return admission_.admits(waiting, now_); }

  Admission admission_{kGroup, kLimits};
  Time now_ = kStart;
};

TEST_F(AdmissionTest, LetsAGroupWaitBeforeAnythingIsKnown) {
  EXPECT_TRUE(admits(0));
  EXPECT_TRUE(admits(kGroup - 1));
}

TEST_F(AdmissionTest, LetsABurstWaitForAsLongAsItMay) {
  commit_many(20ms, 0, 50);
  EXPECT_TRUE(admits(12 * kGroup));  // 12 groups of 20 ms
  EXPECT_FALSE(admits(13 * kGroup));
}

TEST_F(AdmissionTest, InAStormNoMoreWaitThanTheNextCommitTakes) {
  commit_many(20ms, 3000, 50);
  EXPECT_TRUE(admits(kGroup / 2 - 1));
  EXPECT_FALSE(admits(kGroup));
}

TEST_F(AdmissionTest, InAStormAWholeGroupMayWaitWhereHalfOnesStoreLess) {
  commit_many(20ms, 3000, 50);
  for (int i = 0; i < 20; ++i) commit(20ms, 3000, kGroup / 2);  // a slow disk: 20 ms whatever is written
  EXPECT_TRUE(admits(kGroup - 1));
  EXPECT_FALSE(admits(kGroup));
  for (int i = 0; i < 20; ++i) commit(11ms, 3000, kGroup / 2);  // a fast one: what is written counts
  EXPECT_TRUE(admits(kGroup / 2 - 1));
  EXPECT_FALSE(admits(kGroup / 2));
}

TEST_F(AdmissionTest, ABurstIsNoStormBeforeItHasLastedForLong) {
  commit_many(20ms, 0, 50);
  commit_many(20ms, 3000, 6);  // 100 ms before the last of them
  EXPECT_TRUE(admits(11 * kGroup));
  commit(20ms, 3000);
  EXPECT_FALSE(admits(kGroup));
}

TEST_F(AdmissionTest, AStormIsOverWhenHardlyAnybodyIsRefused) {
  commit_many(20ms, 3000, 50);
  for (int i = 0; i < 100; ++i) {
    for (std::size_t one = 0; one <= kGroup / 10; ++one) admission_.refused();
    commit(20ms, i < 20 ? 3000 : 0);
    EXPECT_FALSE(admits(kGroup)) << "that the queue empties says nothing";
  }
  for (int i = 0; i < 30; ++i) {
    admission_.refused();
    commit(20ms, 0);
  }
  EXPECT_TRUE(admits(11 * kGroup));
}

TEST_F(AdmissionTest, AStormIsOverWhenCommitsPauseForLong) {
  commit_many(20ms, 3000, 50);
  const auto refuse_and_pause = [&](Millis pause) {
    for (int i = 0; i < 30; ++i) {
      for (std::size_t one = 0; one < kGroup; ++one) admission_.refused();
      commit(20ms, 0);
      admission_.pause_began(now_);
      now_ += pause;
    }
  };
  refuse_and_pause(3ms);
  EXPECT_FALSE(admits(kGroup));
  refuse_and_pause(10ms);  // what comes comes in bursts
  EXPECT_TRUE(admits(11 * kGroup));
}

TEST_F(AdmissionTest, AStormIsForgottenWhenNothingCameForLong) {
  commit_many(20ms, 3000, 50);
  ASSERT_FALSE(admits(kGroup));
  now_ += 600ms;
  EXPECT_TRUE(admits(kGroup));
}

TEST_F(AdmissionTest, FollowsCommitsThatBecomeSlower) {
  commit_many(1ms, 0, 50);
  EXPECT_TRUE(admits(20 * kGroup));
  commit_many(100ms, 0, 20);
  EXPECT_TRUE(admits(3 * kGroup - 1));
  EXPECT_FALSE(admits(3 * kGroup));
  commit_many(1ms, 0, 50);
  EXPECT_TRUE(admits(20 * kGroup));
}

TEST_F(AdmissionTest, NoticesASlowCommitBeforeItHasEnded) {
  commit_many(1ms, 0, 50);
  admission_.group_began(kGroup, 0, now_);
  now_ += 300ms;
  EXPECT_TRUE(admits(kGroup - 1));
  EXPECT_FALSE(admits(kGroup));
}

TEST_F(AdmissionTest, AsManyAsAGroupMayAlwaysWaitHoweverSlowCommitsAre) {
  commit_many(1500ms, 0, 20);
  EXPECT_TRUE(admits(kGroup - 1));
  EXPECT_FALSE(admits(kGroup));
  commit_many(1500ms, 200, 20);
  EXPECT_TRUE(admits(kGroup / 2 - 1)) << "half a group in a storm";
}

TEST_F(AdmissionTest, TakesNothingWhileTheStoreStandsStill) {
  admission_.group_began(kGroup, 0, now_);
  now_ += kLimits.stall;
  EXPECT_TRUE(admits(0));
  now_ += 1ms;
  EXPECT_FALSE(admits(0));
  admission_.group_ended(now_);
  EXPECT_TRUE(admits(0));
}

TEST_F(AdmissionTest, AClockThatIsSetBackRefusesNobody) {
  commit_many(20ms, 0, 50);
  admission_.refused();
  admission_.group_began(kGroup, 0, now_);
  now_ -= 3600s;
  EXPECT_TRUE(admits(12 * kGroup));
  admission_.group_ended(now_);
  EXPECT_TRUE(admits(12 * kGroup));
}

/// A store that commits one group after the other.
class Committing {
 public:
  /// A commit takes `sync`, whatever its size, and with a whole group `whole`.
  Committing(Millis sync, Millis whole) : sync_(sync), whole_(whole) {}

  /// False: it was refused.
  bool offer(Admission& admission, Time now) {
    if (admission.admits(queue_.size(), now)) {
      queue_.push_back(now);
      return true;
    }
    admission.refused();
    ++refused;
    return false;
  }
  /// How many jobs are committed at that instant. Begins with the next group, if there is one.
  std::size_t go_on(Admission& admission, Time now) {
    std::size_t done = 0;
    if (committed_at_ && *committed_at_ <= now) {
      admission.group_ended(now);
      for (const Time since : group_) waits.push_back(now - since);
      done = group_.size();
      committed_at_.reset();
    }
    if (committed_at_ || queue_.empty()) return done;
    const auto count = static_cast<std::ptrdiff_t>(std::min(queue_.size(), kGroup));
    group_.assign(queue_.begin(), queue_.begin() + count);
    queue_.erase(queue_.begin(), queue_.begin() + count);
    admission.group_began(group_.size(), queue_.size(), now);
    committed_at_ = now + sync_ + (whole_ - sync_) * count / static_cast<std::ptrdiff_t>(kGroup);
    return done;
  }

  std::size_t refused = 0;
  std::vector<Millis> waits{};  // from being taken to being committed, in order

 private:
  Millis sync_, whole_;
  std::deque<Time> queue_, group_;
  std::optional<Time> committed_at_;
};

/// A store that commits a whole group in 20 ms, and so 12,800 jobs a second, offered so many a millisecond.
Committing offered(int per_ms, Millis sync, Admission& admission, Time& now, Millis duration) {
  Committing store(sync, 20ms);
  for (const Time end = now + duration; now < end; now += 1ms) {
    for (int i = 0; i < per_ms; ++i) store.offer(admission, now);
    store.go_on(admission, now);
  }
  return store;
}

/// Clients on so many connections, each with one job at a time: the next as soon as one is stored, and 250 ms
/// after one was refused.
Committing pressed(std::size_t connections, Admission& admission, Time& now, Millis duration) {
  Committing store(2ms, 12ms);
  std::deque<Time> resting(connections, now);  // until when, the first first
  for (const Time end = now + duration; now < end; now += 1ms) {
    while (!resting.empty() && resting.front() <= now) {
      resting.pop_front();
      if (!store.offer(admission, now)) resting.push_back(now + 250ms);
    }
    resting.insert(resting.begin(), store.go_on(admission, now), now);
  }
  return store;
}

/// The longest wait once the storm is known to be one.
Millis longest_later(const std::vector<Millis>& waits) {
  return *std::max_element(waits.begin() + static_cast<std::ptrdiff_t>(waits.size() / 50), waits.end());
}

TEST_F(AdmissionTest, FourTimesWhatCanBeStoredCostsNoThroughputAndKeepsWaitsShortWhereSyncsAreSlow) {
  const Committing storm = offered(52, 20ms, admission_, now_, 60s);
  EXPECT_GT(storm.waits.size(), 60 * 12'800 * 98 / 100);
  EXPECT_GT(storm.refused, storm.waits.size() * 2);
  EXPECT_LE(longest_later(storm.waits), 2 * 20ms);
  EXPECT_LE(std::ranges::max(storm.waits), kLimits.burst + 3 * 20ms);
}

TEST_F(AdmissionTest, FourTimesWhatCanBeStoredCostsLittleThroughputAndKeepsWaitsHalfAsLongWhereSyncsAreFast) {
  const Committing storm = offered(52, 2ms, admission_, now_, 60s);
  EXPECT_GT(storm.waits.size(), 60 * 12'800 * 88 / 100);
  EXPECT_GT(storm.refused, storm.waits.size() * 2);
  EXPECT_LE(longest_later(storm.waits), 2 * 11ms + 1ms);
}

TEST_F(AdmissionTest, WhoRestsBecauseHeWasRefusedDoesNotMakeAStormLookOver) {
  for (const std::size_t connections : {600U, 700U, 800U, 1000U}) {
    Admission admission(kGroup, kLimits);
    const Committing crowd = pressed(connections, admission, now_, 60s);
    EXPECT_LE(longest_later(crowd.waits), 2 * 12ms) << connections;
    EXPECT_GT(crowd.refused, 0U);
  }
}

TEST_F(AdmissionTest, WhatCanJustBeStoredIsNotRefused) {
  EXPECT_EQ(offered(12, 20ms, admission_, now_, 60s).refused, 0U);
}

TEST_F(AdmissionTest, TheFirstAfterAStormIsTaken) {
  ASSERT_GT(offered(52, 20ms, admission_, now_, 10s).refused, 0U);
  EXPECT_EQ(offered(12, 20ms, admission_, now_, 10s).refused, 0U);
}

}  // namespace
}  // namespace deltapost::store
