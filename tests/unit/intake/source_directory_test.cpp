#include "intake/source_directory.hpp"

#include "receiving_house.hpp"

namespace deltapost::intake {
namespace {

using namespace std::chrono_literals;
using testing::kAccount;
using testing::kLeads;
using testing::kOther;
using testing::ReceivingHouse;

class Directory : public ::testing::Test {
 protected:
  Directory() { house_.start(); }

  Time now() const { return house_.clock.now(); }
  std::string found(std::string_view token) {
    const auto source = house_.sources.find(token, now());
    return source ? source->key.id : "none";
  }
  void remove(const std::string& id) {
    Record record = house_.record({kAccount, Kind::source, id});
    record.document["deleted"] = true;
    record.deleted = true;
    house_.put(record);
  }

  ReceivingHouse house_;
};

TEST_F(Directory, FindsASourceByItsToken) {
  house_.source("a", kLeads);
  house_.source("b", kLeads, kOther);
  EXPECT_EQ(found("token-of-a"), "a");
  EXPECT_EQ(found("token-of-b"), "b");
  EXPECT_EQ(found("token-of-"), "none");
  EXPECT_EQ(found(""), "none");
}

TEST_F(Directory, KeepsARotatedTokenUntilItsEnd) {
  house_.source("a", kLeads, kAccount, ReceivingHouse::tokens({{"new", std::nullopt}, {"old", now() + 1h}}));
  EXPECT_EQ(found("new"), "a");
  EXPECT_EQ(found("old"), "a");
  house_.clock.advance(1h - 1ms);
  EXPECT_EQ(found("old"), "a");
  house_.clock.advance(1ms);
  EXPECT_EQ(found("old"), "none");
  EXPECT_EQ(found("new"), "a");
}

TEST_F(Directory, ForgetsATokenThatWasTakenAway) {
  house_.source("a", kLeads, kAccount, ReceivingHouse::tokens({{"first", std::nullopt}}));
  house_.source("a", kLeads, kAccount, ReceivingHouse::tokens({{"second", std::nullopt}}));
  EXPECT_EQ(found("first"), "none");
  EXPECT_EQ(found("second"), "a");
}

TEST_F(Directory, FollowsEditsAndDeletion) {
  house_.source("a", kLeads);
  house_.source("a", testing::with(kLeads, R"({"maxItems": 7})"));
  EXPECT_EQ(house_.sources.find("token-of-a", now())->max_items, 7u);
  remove("a");
  EXPECT_EQ(found("token-of-a"), "none");
  EXPECT_EQ(house_.sources.get(kAccount, "a"), nullptr);
}

TEST_F(Directory, GivesASourceToItsOwnAccountAlone) {
  house_.source("a", kLeads);
  EXPECT_NE(house_.sources.get(kAccount, "a"), nullptr);
  EXPECT_EQ(house_.sources.get(kOther, "a"), nullptr);
  EXPECT_EQ(house_.sources.get(kAccount, "b"), nullptr);
}

TEST_F(Directory, ReadsAllSourcesButTheDeletedAtStart) {
  house_.source("a", kLeads);
  house_.source("b", kLeads);
  remove("b");
  SourceDirectory started(house_.store, house_.sealer);
  ASSERT_TRUE(started.load());
  EXPECT_NE(started.find("token-of-a", now()), nullptr);
  EXPECT_EQ(started.find("token-of-b", now()), nullptr);
}

TEST_F(Directory, TellsOfASourceWhoseSecretsCannotBeOpenedAndKeepsTheOthers) {
  std::vector<std::string> troubles;
  house_.sources.on_trouble([&](const Error& error) { troubles.push_back(error.message); });
  house_.source("a", kLeads);
  house_.put(
      {.key = {kAccount, Kind::source, "b"}, .document = *create_source(testing::json(kLeads), "b", now())},
      "sealed by somebody else");
  EXPECT_EQ(troubles.size(), 1u);
  EXPECT_EQ(found("token-of-a"), "a");
  SourceDirectory started(house_.store, house_.sealer);
  EXPECT_FALSE(started.load());
}

TEST_F(Directory, ASourceWithoutARateIsNeverHeldBack) {
  house_.source("a", kLeads);
  const auto source = house_.sources.find("token-of-a", now());
  for (int i = 0; i < 100'000; ++i) ASSERT_TRUE(house_.sources.admit(*source, now()));
}

TEST_F(Directory, CountsEachSourcesRateByItself) {
  const std::string slow = testing::with(kLeads, R"({"rateLimit": 10})");
  house_.source("a", slow);
  house_.source("b", slow);
  const auto a = house_.sources.find("token-of-a", now()), b = house_.sources.find("token-of-b", now());
  EXPECT_TRUE(house_.sources.admit(*a, now()));
  EXPECT_FALSE(house_.sources.admit(*a, now()));
  EXPECT_TRUE(house_.sources.admit(*b, now()));
}

}  // namespace
}  // namespace deltapost::intake
