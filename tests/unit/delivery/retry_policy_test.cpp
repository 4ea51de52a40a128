#include "delivery/retry_policy.hpp"

#include <gtest/gtest.h>

namespace deltapost::delivery {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

constexpr Time kNow{Millis{1'764'000'000'000}};  // 2025-11-24T16:00:00Z
constexpr double kNoJitter = 0.5;

TEST(RetryPolicy, CountsOnly2xxAsSuccess) {
  for (const int status : {200, 201, 204, 299}) EXPECT_TRUE(is_success(status)) << status;
  for (const int status : {0, 100, 199, 300, 301, 304, 404, 410, 429, 500, 503})
    EXPECT_FALSE(is_success(status)) << status;
}

TEST(RetryPolicy, SaysWhyAnAnswerIsAFailure) {
  EXPECT_EQ(describe_failure(503), "answered 503");
  EXPECT_EQ(describe_failure(301), "answered 301; redirects are not followed");
  EXPECT_EQ(describe_failure(410), "answered 410 Gone");
}

TEST(RetryPolicy, FollowsTheScheduleAndThenGivesUp) {
  const std::vector<seconds> schedule{seconds{5}, seconds{300}};
  EXPECT_EQ(next_try(schedule, 1, kNow, {}, kNoJitter), kNow + seconds{5});
  EXPECT_EQ(next_try(schedule, 2, kNow, {}, kNoJitter), kNow + seconds{300});
  EXPECT_EQ(next_try(schedule, 3, kNow, {}, kNoJitter), std::nullopt);
  EXPECT_EQ(next_try({}, 1, kNow, {}, kNoJitter), std::nullopt) << "an empty schedule means a single try";
}

TEST(RetryPolicy, JitterStaysWithinAFifth) {
  EXPECT_EQ(with_jitter(Millis{10'000}, 0.0), Millis{8'000});
  EXPECT_EQ(with_jitter(Millis{10'000}, 0.5), Millis{10'000});
  EXPECT_EQ(with_jitter(Millis{10'000}, 0.999999), Millis{12'000});
  for (double unit = 0; unit < 1; unit += 0.01) {
    EXPECT_GE(with_jitter(Millis{1'000}, unit), Millis{800});
    EXPECT_LE(with_jitter(Millis{1'000}, unit), Millis{1'200});
  }
}

TEST(RetryPolicy, RetryAfterMakesTheWaitLongerNeverShorterAndAtMostADay) {
  const std::vector<seconds> schedule{seconds{60}};
  EXPECT_EQ(next_try(schedule, 1, kNow, Millis{90'000}, kNoJitter), kNow + seconds{90});
  EXPECT_EQ(next_try(schedule, 1, kNow, Millis{1'000}, kNoJitter), kNow + seconds{60});
  EXPECT_EQ(next_try(schedule, 1, kNow, hours{1000}, kNoJitter), kNow + hours{24});
}

TEST(RetryPolicy, ReadsRetryAfterInSeconds) {
  EXPECT_EQ(parse_retry_after("120", kNow), Millis{120'000});
  EXPECT_EQ(parse_retry_after(" 0 ", kNow), Millis{0});
  EXPECT_EQ(parse_retry_after("99999999", kNow), hours{24});
  EXPECT_EQ(parse_retry_after("999999999999999999999999", kNow), hours{24});
}

TEST(RetryPolicy, ReadsRetryAfterAsADateInEachOfItsForms) {
  for (const char* date :
       {"Mon, 24 Nov 2025 16:01:30 GMT", "Monday, 24-Nov-25 16:01:30 GMT", "Mon Nov 24 16:01:30 2025"}) {
    EXPECT_EQ(parse_retry_after(date, kNow), Millis{90'000}) << date;
  }
  EXPECT_EQ(parse_http_date("Sun Nov  6 08:49:37 1994", kNow),
            parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT", kNow));
  EXPECT_EQ(parse_http_date("Sunday, 06-Nov-94 08:49:37 GMT", kNow),
            parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT", kNow));
  EXPECT_EQ(parse_retry_after("Sun, 06 Nov 1994 08:49:37 GMT", kNow), Millis{0}) << "a date that has passed";
  EXPECT_EQ(parse_retry_after("Mon, 24 Nov 2036 16:01:30 GMT", kNow), hours{24});
}

TEST(RetryPolicy, TakesNothingElseForRetryAfter) {
  for (const char* value :
       {"", "soon", "-5", "1.5", "12s", "Mon, 31 Feb 2025 16:01:30 GMT", "Mon, 24 Nov 2025 25:01:30 GMT",
        "Mon, 24 Nov 2025 16:01:30 CET", "Mon, 24 Nov 2025 16:01:30 GMT ?", "Mon, 24 Nov"}) {
    EXPECT_EQ(parse_retry_after(value, kNow), std::nullopt) << value;
  }
}

}  // namespace
}  // namespace deltapost::delivery
