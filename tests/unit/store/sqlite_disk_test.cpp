// What a SqliteStore does when the disk fails or the power is cut.
#include <gtest/gtest.h>

#include "store/sqlite/sqlite_store.hpp"
#include "store/verify.hpp"
#include "support/faulty_disk.hpp"
#include "support/store_rows.hpp"
#include "support/temp_dir.hpp"

namespace deltapost::store {
namespace {

using namespace deltapost::testing;  // NOLINT: rows for tests

class SqliteDiskTest : public ::testing::Test {
 protected:
  void SetUp() override {
    store_ = value_of(
        SqliteStore::open({.path = folder_.file("store"), .checkpoint_pages = 50, .vfs = disk_.vfs()}));
    ASSERT_NE(store_, nullptr);
    Batch batch = batch_of({write_of(lead_key("a"), 1)});
    batch.progress = {shared({.part = 0, .cursor = 1, .attempts = {attempt()}})};
    ASSERT_TRUE(store_->commit(batch));
  }

  static Attempt attempt() {
    Attempt attempt;
    attempt.delivery = {EndpointId("ep"), 0, 1, 0};
    return attempt;
  }
  /// A batch that touches every kind of row, with a name that was never seen.
  static Batch everything() {
    Batch batch = batch_of({write_of(lead_key("a"), 2), write_of(lead_key("b", "globex"), 1)});
    batch.claims = {{phone_of("+1"), "a"}};
    batch.idempotency = {{AccountId("acme"), "k", "f", "r", after_ms(9)}};
    batch.secrets = {{lead_key("a"), "sealed"}};
    batch.progress = {shared({.part = 0, .cursor = 3, .attempts = {attempt()}})};
    return batch;
  }
  void expect_nothing_of_it() {
    EXPECT_EQ(value_of(store_->find(lead_key("a")))->version, 1u);
    EXPECT_EQ(value_of(store_->find(lead_key("b", "globex"))), std::nullopt);
    EXPECT_EQ(value_of(store_->head(0)), 1u);
    EXPECT_EQ(value_of(store_->holder_of(phone_of("+1"))), std::nullopt);
    EXPECT_EQ(value_of(store_->idempotency(AccountId("acme"), "k")), std::nullopt);
    EXPECT_EQ(value_of(store_->secret_of(lead_key("a"))), std::nullopt);
    EXPECT_EQ(value_of(store_->delivery_state(0)).cursor, 1u);
    EXPECT_EQ(value_of(store_->attempts(EndpointId("ep"), 0, 9)).size(), 1u);
  }
  void expect_usable_again() {
    ASSERT_TRUE(store_->commit(batch_of({write_of(lead_key("first", "another account"), 1)})));
    const auto receipt = value_of(store_->commit(everything()));
    ASSERT_EQ(receipt.entries.size(), 2u);
    EXPECT_EQ(receipt.entries[0].seq, 3u);
    EXPECT_EQ(value_of(store_->find(lead_key("b", "globex")))->version, 1u);
    EXPECT_EQ(value_of(store_->attempts(EndpointId("ep"), 0, 9)).size(), 2u);
    // Nothing that the failed commit left in memory has found its way into the file.
    store_.reset();
    store_ = value_of(SqliteStore::open({.path = folder_.file("store"), .vfs = disk_.vfs()}));
    EXPECT_EQ(value_of(store_->find(lead_key("b", "globex")))->version, 1u);
    const auto page = value_of(store_->read_log(0, 0, 10));
    ASSERT_EQ(page.entries.size(), 4u);
    EXPECT_EQ(page.entries[1].key, lead_key("first", "another account"));
    EXPECT_EQ(page.entries[3].key, lead_key("b", "globex"));
  }

  TempDir folder_{TempDir::Where::memory};
  FaultyDisk disk_;
  std::unique_ptr<SqliteStore> store_;
};

TEST_F(SqliteDiskTest, LeavesNothingOfACommitThatFoundTheDiskFull) {
  disk_.fail_writes(SQLITE_FULL);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(fault_of(store_->commit(everything())), Fault::unavailable);
  expect_nothing_of_it();
  disk_.heal();
  expect_usable_again();
}

TEST_F(SqliteDiskTest, LeavesNothingOfACommitThatCouldNotBeSynced) {
  disk_.fail_syncs(SQLITE_IOERR_FSYNC);
  EXPECT_EQ(fault_of(store_->commit(everything())), Fault::unavailable);
  expect_nothing_of_it();
  disk_.heal();
  expect_usable_again();
}

TEST_F(SqliteDiskTest, RefusesLeasesWhileTheDiskFails) {
  disk_.fail_writes(SQLITE_IOERR_WRITE);
  EXPECT_EQ(fault_of(store_->claim_lease(0, "me", Millis{10}, after_ms(0))), Fault::unavailable);
  disk_.heal();
  EXPECT_EQ(value_of(store_->claim_lease(0, "me", Millis{10}, after_ms(0)))->epoch, 1u);
}

TEST_F(SqliteDiskTest, SyncsEveryCommitBeforeItAnswers) {
  for (Version version = 2; version <= 5; ++version) {
    const int before = disk_.log_syncs();
    ASSERT_TRUE(store_->commit(batch_of({write_of(lead_key("a"), version)})));
    EXPECT_GT(disk_.log_syncs(), before);
  }
}

// Promise 1 against the machine: only what was synced is left, and yet all that was answered is there.
TEST_F(SqliteDiskTest, LosesNothingThatWasAnsweredWhenThePowerIsCut) {
  const std::string filler(3000, 'x');  // so that checkpoints happen on the way
  Version version = 1;
  for (int cut = 0; cut < 6; ++cut) {
    for (int i = 0; i < 60; ++i) {
      ++version;
      const std::string document = R"({"v":)" + std::to_string(version) + R"(,"text":")" + filler + R"("})";
      auto write = write_of(lead_key("a"), version, document);
      if (version == 2) {
        write.entry.changes = R"({"v":{"old":1,"new":2},"text":{"new":")" + filler + R"("}})";
      } else {
        write.entry.changes =
            R"({"v":{"old":)" + std::to_string(version - 1) + R"(,"new":)" + std::to_string(version) + "}}";
      }
      ASSERT_TRUE(store_->commit(batch_of({write, write_of(lead_key("n" + std::to_string(version)), 1)})));
    }
    TempDir left(TempDir::Where::memory);
    disk_.leave_after_power_cut(left.file(""));
    auto survivor = value_of(SqliteStore::open({.path = left.file("store"), .create_if_missing = false}));
    ASSERT_NE(survivor, nullptr);
    EXPECT_EQ(value_of(survivor->find(lead_key("a")))->version, version);
    const auto report = value_of(verify(*survivor));
    EXPECT_TRUE(report.sound()) << ::testing::PrintToString(report.problems);
    EXPECT_EQ(report.changes, 2 * version - 1);
  }
}

}  // namespace
}  // namespace deltapost::store
