#include "net/look_up_queue.hpp"

#include <gmock/gmock.h>

#include <string>
#include <vector>

namespace deltapost::net {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr std::size_t kPlaces = 16, kQuarter = kPlaces / 4;
constexpr std::uint64_t kAnn = 1, kBob = 2, kCarol = 3, kDan = 4;

class LookUpQueueTest : public ::testing::Test {
 protected:
  void ask(const std::string& host, std::uint64_t asker) {
    LookUpQueue::Question question{.host = host, .asker = asker, .done = {}};
    ASSERT_TRUE(queue_.add(question));
  }
  void ask_many(const std::string& prefix, std::uint64_t asker, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) ask(prefix + std::to_string(i), asker);
  }
  /// Begins all that may begin now, and tells their names.
  std::vector<std::string> begin() {
    std::vector<std::string> names;
    while (auto look_up = queue_.next(now_)) {
      names.push_back(look_up->question.host);
      running_.push_back(std::move(*look_up));
    }
    return names;
  }
  void end_all(std::chrono::milliseconds took) {
    now_ += took;
    for (const auto& look_up : running_) queue_.ended(look_up, now_);
    running_.clear();
  }
  /// Looks the names up once, so that it is known how they answer.
  void know(const std::string& host, std::uint64_t asker, std::chrono::milliseconds took) {
    ask(host, asker);
    begin();
    end_all(took);
  }

  LookUpQueue queue_{kPlaces};
  LookUpQueue::Instant now_{};
  std::vector<LookUpQueue::LookUp> running_;
};

TEST_F(LookUpQueueTest, GivesPlacesInTheOrderOfTheQuestions) {
  ask("one", kAnn);
  ask("two", kBob);
  EXPECT_THAT(begin(), ElementsAre("one", "two"));
  EXPECT_EQ(queue_.waiting(), 0U);
}

TEST_F(LookUpQueueTest, OneAskersNewNamesTakeAQuarterOfThePlacesHoweverManyTheyAre) {
  ask_many("hangs", kAnn, 1000);
  EXPECT_THAT(begin(), SizeIs(kQuarter));
  ask("new", kBob);
  EXPECT_THAT(begin(), ElementsAre("new"));
}

TEST_F(LookUpQueueTest, NamesThatAnswerHaveAPlaceWhateverManyAskersDo) {
  know("good", kAnn, 20ms);
  for (const auto asker : {kAnn, kBob, kCarol, kDan}) ask_many("hangs" + std::to_string(asker), asker, 100);
  EXPECT_THAT(begin(), SizeIs(kPlaces - kQuarter));
  ask("good", kAnn);
  EXPECT_THAT(begin(), ElementsAre("good"));
}

TEST_F(LookUpQueueTest, NamesThatHungWaitBehindNewOnesAndTakeAQuarterOfThePlacesAtMost) {
  for (const auto asker : {kAnn, kBob}) {
    ask_many("hangs" + std::to_string(asker), asker, kQuarter);
    begin();
  }
  end_all(15s);
  for (const auto asker : {kAnn, kBob}) ask_many("hangs" + std::to_string(asker), asker, kQuarter);
  ask("new", kAnn);
  EXPECT_THAT(begin(), SizeIs(1 + kQuarter));
  EXPECT_EQ(running_.front().question.host, "new");
  ask_many("more", kCarol, 10);
  EXPECT_THAT(begin(), SizeIs(kQuarter)) << "there is room for the new names of others";
}

TEST_F(LookUpQueueTest, ANameThatAnswersAgainHasItsPlaceAgain) {
  know("moody", kAnn, 15s);
  know("gloomy", kAnn, 15s);
  know("moody", kAnn, 20ms);
  ask_many("hangs", kAnn, 100);
  begin();
  ask("gloomy", kAnn);
  ask("moody", kAnn);
  EXPECT_THAT(begin(), ElementsAre("moody"));
}

TEST_F(LookUpQueueTest, WhatHasEndedGivesItsPlaceToTheNext) {
  ask_many("name", kAnn, 3 * kQuarter);
  EXPECT_THAT(begin(), SizeIs(kQuarter));
  EXPECT_THAT(begin(), IsEmpty());
  end_all(20ms);
  EXPECT_THAT(begin(), SizeIs(kQuarter));
  end_all(20ms);
  EXPECT_THAT(begin(), SizeIs(kQuarter));
  end_all(20ms);
  EXPECT_THAT(begin(), IsEmpty());
}

TEST_F(LookUpQueueTest, IsBounded) {
  std::size_t added = 0;
  LookUpQueue::Question question{.host = "name", .asker = kAnn, .done = {}};
  while (queue_.add(question)) {
    ++added;
    question = {.host = "name", .asker = kAnn, .done = {}};
  }
  EXPECT_EQ(added, 16U * 1024);
  EXPECT_EQ(question.host, "name") << "what was not taken is the caller's still";
  EXPECT_THAT(queue_.drop(), SizeIs(added));
  EXPECT_EQ(queue_.waiting(), 0U);
}

}  // namespace
}  // namespace deltapost::net
