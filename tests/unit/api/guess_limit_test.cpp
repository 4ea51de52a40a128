#include "api/guess_limit.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace deltapost::api {
namespace {

using std::chrono::seconds;

constexpr Time kNow{Millis{1'764'000'000'000}};
constexpr std::uint32_t kLimit = 20;

class Guessing : public ::testing::Test {
 protected:
  /// As many different wrong secrets as it may try.
  void guess(const std::string& address, Time now = kNow) {
    for (std::uint32_t i = 0; i < kLimit; ++i)
      ASSERT_FALSE(limit_.wrong(address, fmt::format("guess {}", i), now)) << i;
  }

  GuessLimit limit_{kLimit};
};

TEST_F(Guessing, IsToldThatItIsWrongUpToTheLimitAndThenToWait) {
  guess("a");
  const auto refused = limit_.wrong("a", "one more", kNow + seconds(10));
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->wait, seconds(50));
}

TEST_F(Guessing, IsWorthOneLineInTheLogPerMinute) {
  guess("a");
  EXPECT_TRUE(limit_.closed_to("a", "x", kNow)->first);
  EXPECT_FALSE(limit_.closed_to("a", "y", kNow)->first);
  EXPECT_FALSE(limit_.wrong("a", "z", kNow)->first);
  guess("a", kNow + seconds(60));
  EXPECT_TRUE(limit_.wrong("a", "x", kNow + seconds(60))->first);
}

TEST_F(Guessing, LearnsNothingMoreNotEvenFromARightOne) {
  EXPECT_FALSE(limit_.closed_to("a", "right", kNow));
  guess("a");
  EXPECT_EQ(limit_.closed_to("a", "right", kNow)->wait, seconds(60));
  EXPECT_EQ(limit_.closed_to("a", "wrong", kNow + seconds(59))->wait, seconds(1));
  EXPECT_FALSE(limit_.closed_to("a", "right", kNow + seconds(60)));
}

TEST_F(Guessing, LocksOutNobodyElse) {
  limit_.right("a", "used here before");
  guess("a");
  EXPECT_FALSE(limit_.closed_to("b", "right", kNow)) << "another address";
  EXPECT_FALSE(limit_.closed_to("a", "used here before", kNow)) << "the same address";
  EXPECT_TRUE(limit_.closed_to("a", "used elsewhere", kNow));
  EXPECT_FALSE(limit_.wrong("b", "x", kNow));
}

TEST_F(Guessing, TheSameStaleSecretAgainAndAgainIsOneGuess) {
  for (int i = 0; i < 1000; ++i) limit_.wrong("a", "stale", kNow);
  EXPECT_TRUE(limit_.wrong("a", "stale", kNow)) << "it is told to wait";
  EXPECT_FALSE(limit_.closed_to("a", "right", kNow)) << "but others at its address are not";
}

TEST_F(Guessing, AddressesBeyondThoseThatAreCountedShareOneCount) {
  for (std::size_t i = 0; i < GuessLimit::kMaxAddresses; ++i)
    limit_.wrong(fmt::format("crowd {}", i), "x", kNow);
  for (std::uint32_t i = 0; i < kLimit; ++i)
    EXPECT_FALSE(limit_.wrong(fmt::format("late {}", i), fmt::format("guess {}", i), kNow));
  EXPECT_TRUE(limit_.wrong("later", "one more", kNow));
  EXPECT_TRUE(limit_.closed_to("another", "right", kNow));
  EXPECT_FALSE(limit_.closed_to("crowd 7", "right", kNow)) << "who was counted before goes on";
  // A minute later those are forgotten, and there is room.
  EXPECT_FALSE(limit_.wrong("later", "x", kNow + seconds(60)));
  EXPECT_FALSE(limit_.closed_to("another", "right", kNow + seconds(60)));
}

TEST_F(Guessing, WhatWasProvenLatelyIsKnownHoweverMuchIsProvenLater) {
  limit_.right("a", "old");
  for (std::size_t i = 0; i < GuessLimit::kMaxProven; ++i) limit_.right("crowd", fmt::format("key {}", i));
  limit_.right("a", "new");
  guess("a");
  EXPECT_TRUE(limit_.closed_to("a", "old", kNow));
  EXPECT_FALSE(limit_.closed_to("a", "new", kNow));
}

TEST(WithoutALimit, GuessingGoesOn) {
  GuessLimit limit(0);
  for (int i = 0; i < 1000; ++i) EXPECT_FALSE(limit.wrong("a", fmt::format("guess {}", i), kNow));
  EXPECT_FALSE(limit.closed_to("a", "right", kNow));
}

}  // namespace
}  // namespace deltapost::api
