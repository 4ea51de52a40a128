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

/// A store that commits a whole group in 20 ms, and so 12,800 jobs a second, offered more than that.
struct Storm {
  int offered_per_ms;
  Millis sync{20};  // of those 20 ms, what a commit takes whatever its size
  std::size_t stored = 0, refused = 0;
  std::vector<Millis> waits{};  // from being taken to being committed, in order

  void refuse(Admission& admission) {
    admission.refused();
    ++refused;
  }
  void rage(Admission& admission, Time& now, Millis duration) {
    std::deque<Time> queue, group;
    std::optional<Time> committed_at;
    for (const Time end = now + duration; now < end; now += 1ms) {
      for (int i = 0; i < offered_per_ms; ++i) {
        if (admission.admits(queue.size(), now))
          queue.push_back(now);
        else
          refuse(admission);
      }
      if (committed_at && *committed_at <= now) {
        admission.group_ended(now);
        for (const Time since : group) waits.push_back(now - since);
        stored += group.size();
        committed_at.reset();
      }
      if (committed_at || queue.empty()) continue;
      const auto count = static_cast<std::ptrdiff_t>(std::min(queue.size(), kGroup));
      group.assign(queue.begin(), queue.begin() + count);
      queue.erase(queue.begin(), queue.begin() + count);
      admission.group_began(group.size(), queue.size(), now);
      committed_at = now + sync + (20ms - sync) * count / static_cast<std::ptrdiff_t>(kGroup);
    }
  }
};

/// Clients on so many connections, each with one job at a time: the next as soon as one is stored, and 250 ms
/// after one was refused. The store commits a whole group in 12 ms, half a one in 7.
struct Crowd {
  std::size_t connections;
  static constexpr Millis kRest = 250ms;
  std::size_t refused = 0;
  std::vector<Millis> waits{};  // from being taken to being committed, in order

  void press(Admission& admission, Time& now, Millis duration) {
    std::deque<Time> resting(connections, now), queue, group;  // resting: until when
    std::optional<Time> committed_at;
    for (const Time end = now + duration; now < end; now += 1ms) {
      while (!resting.empty() && resting.front() <= now) {
        resting.pop_front();
        if (admission.admits(queue.size(), now)) {
          queue.push_back(now);
        } else {
          admission.refused();
          ++refused;
          resting.push_back(now + kRest);
        }
      }
      if (committed_at && *committed_at <= now) {
        admission.group_ended(now);
        for (const Time since : group) {
          waits.push_back(now - since);
          resting.push_front(now);
        }
        committed_at.reset();
      }
      if (committed_at || queue.empty()) continue;
      const auto count = static_cast<std::ptrdiff_t>(std::min(queue.size(), kGroup));
      group.assign(queue.begin(), queue.begin() + count);
      queue.erase(queue.begin(), queue.begin() + count);
      admission.group_began(group.size(), queue.size(), now);
      committed_at = now + 2ms + 10ms * count / static_cast<std::ptrdiff_t>(kGroup);
    }
  }
};

/// The longest wait once the storm is known to be one.
Millis longest_later(const std::vector<Millis>& waits) {
  return *std::max_element(waits.begin() + static_cast<std::ptrdiff_t>(waits.size() / 50), waits.end());
}

TEST_F(AdmissionTest, FourTimesWhatCanBeStoredCostsNoThroughputAndKeepsWaitsShortWhereSyncsAreSlow) {
  Storm storm{.offered_per_ms = 52};
  storm.rage(admission_, now_, 60s);
  EXPECT_GT(storm.stored, 60 * 12'800 * 98 / 100);
  EXPECT_GT(storm.refused, storm.stored * 2);
  EXPECT_LE(longest_later(storm.waits), 2 * 20ms);
  EXPECT_LE(std::ranges::max(storm.waits), kLimits.burst + 3 * 20ms);
}

TEST_F(AdmissionTest, FourTimesWhatCanBeStoredCostsLittleThroughputAndKeepsWaitsHalfAsLongWhereSyncsAreFast) {
  Storm storm{.offered_per_ms = 52, .sync = 2ms};
  storm.rage(admission_, now_, 60s);
  EXPECT_GT(storm.stored, 60 * 12'800 * 88 / 100);
  EXPECT_GT(storm.refused, storm.stored * 2);
  EXPECT_LE(longest_later(storm.waits), 2 * 11ms + 1ms);
}

TEST_F(AdmissionTest, WhoRestsBecauseHeWasRefusedDoesNotMakeAStormLookOver) {
  for (const std::size_t connections : {600U, 700U, 800U, 1000U}) {
    Admission admission(kGroup, kLimits);
    Crowd crowd{.connections = connections};
    crowd.press(admission, now_, 60s);
    EXPECT_LE(longest_later(crowd.waits), 2 * 12ms) << connections;
    EXPECT_GT(crowd.refused, 0U);
  }
}

TEST_F(AdmissionTest, WhatCanJustBeStoredIsNotRefused) {
  Storm calm{.offered_per_ms = 12};
  calm.rage(admission_, now_, 60s);
  EXPECT_EQ(calm.refused, 0U);
}

TEST_F(AdmissionTest, TheFirstAfterAStormIsTaken) {
  Storm{.offered_per_ms = 52}.rage(admission_, now_, 10s);
  Storm after{.offered_per_ms = 12};
  after.rage(admission_, now_, 10s);
  EXPECT_EQ(after.refused, 0U);
}

}  // namespace
}  // namespace deltapost::store
