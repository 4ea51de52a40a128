#include "app/upkeep.hpp"

#include <gtest/gtest.h>

#include "store/memory/memory_store.hpp"
#include "support/store_rows.hpp"

namespace deltapost::app {
namespace {

using testing::kSomeTime;

constexpr RetentionDays kServer{.receipts = 30, .attempts = 7, .changes = 0};

RetentionDays of(const char* account) {
  return retention_of(*parse_json_object(account), kServer);
}

TEST(RetentionOf, IsTheServersWhereTheAccountSetsNone) {
  for (const char* account : {R"({})", R"({"retention": null})", R"({"retention": {}})",
                              R"({"retention": {"receiptsDays": null, "attemptsDays": null}})"}) {
    const RetentionDays days = of(account);
    EXPECT_EQ(days.receipts, 30) << account;
    EXPECT_EQ(days.attempts, 7) << account;
    EXPECT_EQ(days.changes, 0) << account;
  }
}

TEST(RetentionOf, IsTheAccountsWhereItSetsOne) {
  const RetentionDays days = of(R"({"retention": {"receiptsDays": 0, "changesDays": 365}})");
  EXPECT_EQ(days.receipts, 0) << "for ever";
  EXPECT_EQ(days.attempts, 7);
  EXPECT_EQ(days.changes, 365);
}

class Upkeep : public ::testing::Test {
 protected:
  /// An account with a receipt of some time, and perhaps a retention of its own.
  void account(const std::string& id, const std::string& document, std::uint64_t number) {
    store::Batch batch;
    batch.writes.push_back(testing::write_of({AccountId(id), Kind::account, id}, 1, document));
    store::Receipt receipt = testing::receipt_of(number);
    receipt.account = AccountId(id);
    receipt.at = kSomeTime;
    batch.receipts.push_back(receipt);
    ASSERT_TRUE(store_.commit(batch));
  }
  std::size_t receipts(const std::string& account) {
    return store_.receipts({.account = AccountId(account)})->receipts.size();
  }

  store::MemoryStore store_;
};

TEST_F(Upkeep, ForgetsReceiptsByEachAccountsOwnRetention) {
  account("short", R"({"retention": {"receiptsDays": 10}})", 1);
  account("plain", "{}", 2);
  account("ever", R"({"retention": {"receiptsDays": 0}})", 3);
  ASSERT_TRUE(keep_up(store_, kSomeTime + std::chrono::days{10}, kServer));
  EXPECT_EQ(receipts("short"), 1u) << "received exactly ten days before";
  ASSERT_TRUE(keep_up(store_, kSomeTime + std::chrono::days{10} + Millis{1}, kServer));
  EXPECT_EQ(receipts("short"), 0u);
  EXPECT_EQ(receipts("plain"), 1u);
  ASSERT_TRUE(keep_up(store_, kSomeTime + std::chrono::days{1000}, kServer));
  EXPECT_EQ(receipts("plain"), 0u);
  EXPECT_EQ(receipts("ever"), 1u);
}

TEST_F(Upkeep, ForgetsWhatWasSeenWhenItExpires) {
  store::Batch batch;
  batch.seen.push_back({.account = AccountId("acme"),
                        .source = "s",
                        .key = std::string(16, 'k'),
                        .content = std::string(16, 'c'),
                        .receipt = 1,
                        .expires_at = kSomeTime});
  ASSERT_TRUE(store_.commit(batch));
  ASSERT_TRUE(keep_up(store_, kSomeTime - Millis{1}, kServer));
  EXPECT_TRUE(store_.seen(AccountId("acme"), "s", std::string(16, 'k'))->has_value());
  ASSERT_TRUE(keep_up(store_, kSomeTime, kServer));
  EXPECT_FALSE(store_.seen(AccountId("acme"), "s", std::string(16, 'k'))->has_value());
}

}  // namespace
}  // namespace deltapost::app
