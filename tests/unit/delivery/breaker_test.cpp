#include "delivery/breaker.hpp"

#include <gtest/gtest.h>

namespace deltapost::delivery {
namespace {

using std::chrono::seconds;

constexpr Time kNow{Millis{1'764'000'000'000}};
constexpr double kNoJitter = 0.5;

class BreakerTest : public ::testing::Test {
 protected:
  void fail(int times) {
    for (int i = 0; i < times; ++i) breaker_.failed(kNow + Millis{i}, kNoJitter);
  }
  BreakerLimits limits_;
  Breaker breaker_{limits_};
};

TEST_F(BreakerTest, OpensAtTheEighthFailureInARow) {
  fail(7);
  EXPECT_FALSE(breaker_.failing());
  EXPECT_TRUE(breaker_.failed(kNow, kNoJitter));
  EXPECT_TRUE(breaker_.failing());
  EXPECT_EQ(breaker_.failing_since(), kNow) << "since the first of them";
}

TEST_F(BreakerTest, ASuccessInBetweenStartsTheCountAgain) {
  fail(7);
  EXPECT_FALSE(breaker_.succeeded(kNow)) << "it was not open";
  fail(7);
  EXPECT_FALSE(breaker_.failing());
}

TEST_F(BreakerTest, ProbesComeLaterAndLaterUpToAMinute) {
  fail(8);
  Time now = kNow + Millis{7};
  for (const seconds wait : {seconds{5}, seconds{10}, seconds{20}, seconds{40}, seconds{60}, seconds{60}}) {
    EXPECT_EQ(breaker_.probe_at(), now + wait);
    now = breaker_.probe_at();
    EXPECT_FALSE(breaker_.failed(now, kNoJitter)) << "it is open already";
  }
}

TEST_F(BreakerTest, TheFirstSuccessCloses) {
  fail(9);
  EXPECT_TRUE(breaker_.succeeded(kNow + seconds{9}));
  EXPECT_FALSE(breaker_.failing());
  EXPECT_EQ(breaker_.failing_since(), std::nullopt);
  EXPECT_EQ(breaker_.last_success_at(), kNow + seconds{9});
  fail(8);
  EXPECT_EQ(breaker_.probe_at(), kNow + Millis{7} + seconds{5}) << "waits begin anew";
}

TEST_F(BreakerTest, AKnownCulpritDoesNotOpenIt) {
  for (int i = 0; i < 100; ++i) breaker_.failed_again(kNow, kNoJitter);
  EXPECT_FALSE(breaker_.failing());
}

TEST_F(BreakerTest, AnEditMakesTheNextProbeDueAtOnce) {
  fail(12);
  breaker_.probe_now(kNow + seconds{1});
  EXPECT_EQ(breaker_.probe_at(), kNow + seconds{1});
}

}  // namespace
}  // namespace deltapost::delivery
