#include "base/rate.hpp"

#include <gtest/gtest.h>

namespace deltapost {
namespace {

constexpr Time kNow{Millis{1'764'000'000'000}};

/// How many requests go out within a time, each as soon as there is a token.
int sent_within(TokenBucket bucket, Millis time) {
  int sent = 0;
  for (Time now = kNow; now < kNow + time;) {
    if (bucket.has_token(now)) {
      bucket.take(now);
      ++sent;
    } else {
      now = bucket.next_token(now);
    }
  }
  return sent;
}

TEST(TokenBucket, WithoutARateNothingIsLimited) {
  TokenBucket bucket;
  for (int i = 0; i < 100'000; ++i) bucket.take(kNow);
  EXPECT_TRUE(bucket.has_token(kNow));
}

TEST(TokenBucket, LetsThroughItsRateAndABurstOfATenth) {
  EXPECT_EQ(sent_within(TokenBucket{1}, Millis{10'000}), 10);
  EXPECT_EQ(sent_within(TokenBucket{10}, Millis{10'000}), 100);
  EXPECT_NEAR(sent_within(TokenBucket{1000}, Millis{10'000}), 10'000, 100);
  EXPECT_NEAR(sent_within(TokenBucket{10'000}, Millis{1'000}), 10'000, 1'000);
}

TEST(TokenBucket, SaysWhenTheNextTokenComes) {
  TokenBucket bucket{4};
  bucket.take(kNow);
  EXPECT_FALSE(bucket.has_token(kNow + Millis{249}));
  EXPECT_EQ(bucket.next_token(kNow), kNow + Millis{250});
  EXPECT_TRUE(bucket.has_token(kNow + Millis{250}));
}

TEST(TokenBucket, SavesUpNoMoreThanItsBurst) {
  TokenBucket bucket{50};
  const Time later = kNow + Millis{3'600'000};
  for (int i = 0; i < 5; ++i) bucket.take(later);
  EXPECT_FALSE(bucket.has_token(later));
}

TEST(TokenBucket, AClockThatIsSetBackTakesNothingAway) {
  TokenBucket bucket{10};
  bucket.take(kNow);
  EXPECT_EQ(bucket.next_token(kNow - Millis{5'000}), kNow - Millis{5'000} + Millis{100});
}

TEST(TokenBucket, ANewRateCountsFromNow) {
  TokenBucket bucket{1};
  bucket.take(kNow);
  bucket.set_rate(100, kNow);
  EXPECT_EQ(bucket.next_token(kNow), kNow + Millis{10});
  bucket.set_rate(0, kNow);
  EXPECT_TRUE(bucket.has_token(kNow));
}

}  // namespace
}  // namespace deltapost
