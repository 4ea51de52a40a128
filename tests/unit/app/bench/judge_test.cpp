#include "app/bench/judge.hpp"

#include <gtest/gtest.h>

namespace deltapost::app::bench {
namespace {

constexpr std::int64_t kMs = 1'000'000;

/// Two changes of each of two records, answered at 1, 2, 3 and 4 ms.
const std::vector<Acknowledged> kFour{
    {1 * kMs, 0, 2, 0.5F}, {2 * kMs, 1, 2, 0.5F}, {3 * kMs, 0, 3, 0.5F}, {4 * kMs, 1, 3, 0.5F}};

/// All of them at one endpoint, each 2 ms after its answer.
std::vector<Arrival> all_at(std::uint32_t endpoint) {
  std::vector<Arrival> arrivals;
  for (const Acknowledged& change : kFour)
    arrivals.push_back({change.answered_ns + 2 * kMs, endpoint, change.record, change.version});
  return arrivals;
}

TEST(Judge, FindsNothingWhenEveryVersionCameOnceAndInOrder) {
  const Judge judge(kFour, all_at(0), {});
  EXPECT_EQ(judge.verdict().lost, 0U);
  EXPECT_EQ(judge.verdict().reordered, 0U);
  EXPECT_EQ(judge.verdict().repeated, 0U);
  EXPECT_EQ(judge.verdict().unasked, 0U);
}

TEST(Judge, MissesADroppedDelivery) {
  auto arrivals = all_at(0);
  arrivals.erase(arrivals.begin() + 1);
  const Judge judge(kFour, arrivals, {});
  EXPECT_EQ(judge.verdict().lost, 1U);
  EXPECT_TRUE(judge.verdict().void_run());
}

TEST(Judge, SeesTwoSwappedVersionsOfARecord) {
  auto arrivals = all_at(0);
  std::swap(arrivals[0].version, arrivals[2].version);
  const Judge judge(kFour, arrivals, {});
  EXPECT_EQ(judge.verdict().lost, 0U);
  EXPECT_EQ(judge.verdict().reordered, 1U);
  EXPECT_TRUE(judge.verdict().void_run());
}

TEST(Judge, LetsDifferentRecordsOvertakeEachOther) {
  auto arrivals = all_at(0);
  std::swap(arrivals[0], arrivals[1]);
  EXPECT_FALSE(Judge(kFour, arrivals, {}).verdict().void_run());
}

TEST(Judge, CountsARepetitionButForgivesIt) {
  auto arrivals = all_at(0);
  arrivals.push_back(arrivals.front());
  const Judge judge(kFour, arrivals, {});
  EXPECT_EQ(judge.verdict().repeated, 1U);
  EXPECT_FALSE(judge.verdict().void_run());
}

TEST(Judge, OwesEveryChangeToEveryEndpoint) {
  const Judge judge(kFour, all_at(0), {.endpoints = 3});
  EXPECT_EQ(judge.verdict().lost, 8U);
}

TEST(Judge, OwesVersionsWhoseAnswerNobodyGot) {
  const std::vector<Acknowledged> only_last{kFour[2]};
  auto arrivals = all_at(0);
  std::erase_if(arrivals, [](const Arrival& arrival) { return arrival.record == 1 || arrival.version == 2; });
  EXPECT_EQ(Judge(only_last, arrivals, {}).verdict().lost, 1U);
}

TEST(Judge, ExcusesAnEndpointFromGettingAllButNotFromOrder) {
  auto arrivals = all_at(0);
  arrivals.push_back({9 * kMs, 1, 0, 3});
  const Owed owed{.endpoints = 1, .excused = 1};
  EXPECT_FALSE(Judge(kFour, arrivals, owed).verdict().void_run());
  arrivals.push_back({10 * kMs, 1, 0, 2});
  EXPECT_EQ(Judge(kFour, arrivals, owed).verdict().reordered, 1U);
}

TEST(Judge, CountsWhatNobodyAskedFor) {
  auto arrivals = all_at(0);
  arrivals.push_back({9 * kMs, 1, 0, 2});   // an endpoint that is to get nothing
  arrivals.push_back({9 * kMs, 0, 0, 17});  // a version that nobody made
  arrivals.push_back({9 * kMs, 0, 99, 2});  // a record that nobody changed
  EXPECT_EQ(Judge(kFour, arrivals, {}).verdict().unasked, 3U);
}

TEST(Judge, WaitsForTheFirstVersionWhereRecordsAreMade) {
  const std::vector<Acknowledged> made{{1 * kMs, 0, 1, 0}};
  EXPECT_EQ(Judge(made, {}, {.first_version = 1}).verdict().lost, 1U);
}

TEST(Judge, MeasuresFromTheAnswerAndFromTheRequest) {
  auto arrivals = all_at(0);
  arrivals.front().at_ns = 0;  // never came
  arrivals.back().at_ns = 3 * kMs;
  const Judge judge(kFour, arrivals, {});
  EXPECT_EQ(judge.delays_ms(kFour, Judge::Since::answer), (std::vector<float>{0, 2, 2}));
  EXPECT_EQ(judge.delays_ms(std::span(kFour).subspan(1, 1), Judge::Since::request), std::vector<float>{2.5});
}

}  // namespace
}  // namespace deltapost::app::bench
