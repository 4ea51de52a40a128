#include "store/admission.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <vector>

namespace deltapost::store {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kGroup = 256;
constexpr AdmissionLimits kLimits{.burst = 250ms, .standing = 100ms, .stall = 2000ms};
constexpr Time kStart{Millis{1'764'000'000'000}};

class AdmissionTest : public ::testing::Test {
 protected:
  /// A group after which so many wait still.
  void commit(Millis took, std::size_t left = 0) {
    admission_.group_began(left, now_);
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

TEST_F(AdmissionTest, KeepsAStandingQueueShort) {
  commit_many(20ms, 3000, 50);
  EXPECT_TRUE(admits(5 * kGroup));
  EXPECT_FALSE(admits(6 * kGroup));
}

TEST_F(AdmissionTest, ABurstIsNoStandingQueueBeforeItHasLastedForLong) {
  commit_many(20ms, 0, 50);
  commit_many(20ms, 3000, 12);  // 240 ms
  EXPECT_TRUE(admits(11 * kGroup));
  commit(20ms, 3000);
  EXPECT_FALSE(admits(11 * kGroup));
}

TEST_F(AdmissionTest, TakesBurstsAgainOnceTheQueueHasEmptied) {
  commit_many(20ms, 3000, 50);
  ASSERT_FALSE(admits(6 * kGroup));
  commit(20ms, 0);
  EXPECT_TRUE(admits(6 * kGroup));
}

TEST_F(AdmissionTest, KeepsTheQueueShortUntilForAsLongAsABurstNobodyWasRefused) {
  commit_many(20ms, 3000, 50);
  ASSERT_FALSE(admits(6 * kGroup));
  admission_.refused(now_);
  commit(20ms, 0);
  EXPECT_FALSE(admits(6 * kGroup)) << "a short queue empties with each commit";
  EXPECT_TRUE(admits(5 * kGroup));
  now_ += 230ms;
  EXPECT_FALSE(admits(6 * kGroup));
  now_ += 1ms;
  EXPECT_TRUE(admits(6 * kGroup));
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
  admission_.group_began(0, now_);
  now_ += 300ms;
  EXPECT_TRUE(admits(kGroup - 1));
  EXPECT_FALSE(admits(kGroup));
}

TEST_F(AdmissionTest, AsManyAsAGroupMayAlwaysWaitHoweverSlowCommitsAre) {
  commit_many(1500ms, 200, 20);
  EXPECT_TRUE(admits(kGroup - 1));
  EXPECT_FALSE(admits(kGroup));
}

TEST_F(AdmissionTest, TakesNothingWhileTheStoreStandsStill) {
  admission_.group_began(0, now_);
  now_ += kLimits.stall;
  EXPECT_TRUE(admits(0));
  now_ += 1ms;
  EXPECT_FALSE(admits(0));
  admission_.group_ended(now_);
  EXPECT_TRUE(admits(0));
}

TEST_F(AdmissionTest, AClockThatIsSetBackRefusesNobody) {
  commit_many(20ms, 0, 50);
  admission_.refused(now_);
  admission_.group_began(0, now_);
  now_ -= 3600s;
  EXPECT_TRUE(admits(12 * kGroup));
  admission_.group_ended(now_);
  EXPECT_TRUE(admits(12 * kGroup));
}

/// A store that commits a group in 20 ms, and so 12,800 jobs a second, offered more than that.
struct Storm {
  int offered_per_ms;
  std::size_t stored = 0, refused = 0;
  std::vector<Millis> waits{};  // from being taken to being committed, in order

  void refuse(Admission& admission, Time now) {
    admission.refused(now);
    ++refused;
  }
  void rage(Admission& admission, Time& now, Millis duration) {
    constexpr Millis kCommit = 20ms;
    std::deque<Time> queue, group;
    std::optional<Time> committed_at;
    for (const Time end = now + duration; now < end; now += 1ms) {
      for (int i = 0; i < offered_per_ms; ++i) {
        if (admission.admits(queue.size(), now))
          queue.push_back(now);
        else
          refuse(admission, now);
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
      admission.group_began(queue.size(), now);
      committed_at = now + kCommit;
    }
  }
};

TEST_F(AdmissionTest, FourTimesWhatCanBeStoredCostsNoThroughputAndKeepsWaitsShort) {
  Storm storm{.offered_per_ms = 52};
  storm.rage(admission_, now_, 60s);
  EXPECT_GT(storm.stored, 60 * 12'800 * 99 / 100);
  EXPECT_GT(storm.refused, storm.stored * 2);
  std::vector<Millis> later(storm.waits.begin() + static_cast<std::ptrdiff_t>(storm.waits.size() / 50),
                            storm.waits.end());
  EXPECT_LE(std::ranges::max(later), kLimits.standing + 2 * 20ms);
  EXPECT_LE(std::ranges::max(storm.waits), kLimits.burst + 3 * 20ms);
}

TEST_F(AdmissionTest, InAStormNobodyWaitsForMoreThanTheCommitUnderWayAndHisOwn) {
  Admission admission{kGroup};
  Storm storm{.offered_per_ms = 52};
  storm.rage(admission, now_, 60s);
  EXPECT_GT(storm.stored, 60 * 12'800 * 99 / 100);
  std::vector<Millis> later(storm.waits.begin() + static_cast<std::ptrdiff_t>(storm.waits.size() / 50),
                            storm.waits.end());
  EXPECT_LE(std::ranges::max(later), 2 * 20ms);
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
