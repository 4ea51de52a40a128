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
    store_ = opened();
    ASSERT_NE(store_, nullptr);
    Batch batch = batch_of({write_of(lead_key("a"), 1)});
    batch.progress = {shared({.part = 0, .cursor = 1, .attempts = {attempt()}})};
    ASSERT_TRUE(store_->commit(batch));
  }

  std::unique_ptr<SqliteStore> opened(std::size_t checkpoint_pages = 50) {
    return value_of(SqliteStore::open({.path = folder_.file("store"),
                                       .checkpoint_pages = checkpoint_pages,
                                       .vfs = disk_.vfs(),
                                       .on_trouble = [this](const std::optional<Trouble>& trouble) {
                                         told_.push_back(trouble);
                                         lost_ += trouble && trouble->final ? 1 : 0;
                                       }}));
  }
  /// Another connection that is in the middle of reading.
  using sqlite3_ptr = std::unique_ptr<sqlite3, decltype(&sqlite3_close)>;
  sqlite3_ptr reading_connection() {
    sqlite3* handle = nullptr;
    EXPECT_EQ(
        sqlite3_open_v2(folder_.file("store").c_str(), &handle, SQLITE_OPEN_READWRITE, disk_.vfs().c_str()),
        SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(handle, "BEGIN; SELECT count(*) FROM records", nullptr, nullptr, nullptr),
              SQLITE_OK);
    return {handle, sqlite3_close};
  }
  /// A record that takes a page.
  static Batch large(const std::string& id) {
    const std::string text = '"' + unpackable(3000) + '"';
    auto write = write_of(lead_key(id), 1, R"({"text":)" + text + "}");
    write.entry.changes = R"({"text":{"new":)" + text + "}}";
    return batch_of({write});
  }
  /// Some hundred pages of log.
  static Batch very_large() {
    Batch batch;
    for (int i = 0; i < 150; ++i) batch.writes.push_back(large(std::to_string(i)).writes.front());
    return batch;
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
  int lost_ = 0;
  std::vector<std::optional<Trouble>> told_;
  std::unique_ptr<SqliteStore> store_;
};

TEST_F(SqliteDiskTest, LeavesNothingOfACommitThatFoundTheDiskFull) {
  disk_.fail({DiskOperation::write, SQLITE_FULL});
  for (int i = 0; i < 3; ++i) EXPECT_EQ(fault_of(store_->commit(everything())), Fault::unavailable);
  expect_nothing_of_it();
  disk_.heal();
  expect_usable_again();
}

TEST_F(SqliteDiskTest, TakesNothingMoreAfterAFailedSyncUntilItIsOpenedAgain) {
  disk_.fail({.operation = DiskOperation::sync_log, .code = SQLITE_IOERR_FSYNC, .once = true});
  EXPECT_EQ(fault_of(store_->commit(everything())), Fault::unavailable);
  EXPECT_EQ(lost_, 1);
  expect_nothing_of_it();  // reads go on
  const auto refused = store_->commit(everything());
  ASSERT_EQ(fault_of(refused), Fault::unavailable);
  EXPECT_NE(refused.error().message.find("until the store was opened again"), std::string::npos);
  EXPECT_EQ(fault_of(store_->find_to_write(lead_key("a"))), Fault::unavailable);
  store_->end_reading_to_write();
  EXPECT_EQ(fault_of(store_->claim_lease(0, "me", Millis{10}, after_ms(0))), Fault::unavailable);
  EXPECT_EQ(fault_of(store_->drop_expired(after_ms(0))), Fault::unavailable);
  EXPECT_EQ(fault_of(store_->scrub()), Fault::unavailable);
  ASSERT_TRUE(store_->trouble());
  EXPECT_TRUE(store_->trouble()->final);
  EXPECT_EQ(lost_, 1) << "told once";

  store_.reset();
  store_ = opened();
  EXPECT_FALSE(store_->trouble());
  const Version reached = value_of(store_->find(lead_key("a")))->version;
  EXPECT_TRUE(store_->commit(batch_of({write_of(lead_key("a"), reached + 1)})));
}

// The log is written in pieces, the last of them when it is synced.
TEST_F(SqliteDiskTest, LeavesNothingOfALargeCommitWhicheverPieceOfItsLogCouldNotBeWritten) {
  store_.reset();
  store_ = opened(100'000);  // nothing is folded
  std::uint64_t refused = 0;
  for (std::uint64_t good = 0;; ++good) {
    SCOPED_TRACE("after " + std::to_string(good) + " good writes");
    disk_.fail({.operation = DiskOperation::write,
                .code = good % 2 == 0 ? SQLITE_IOERR_WRITE : SQLITE_FULL,
                .after = good,
                .once = true,
                .leaves_half = good % 3 == 0});
    const auto committed = store_->commit(very_large());
    if (!disk_.struck()) {
      ASSERT_TRUE(committed);
      break;
    }
    ++refused;
    ASSERT_EQ(fault_of(committed), Fault::unavailable);
    ASSERT_EQ(value_of(store_->head(0)), 1u);
    ASSERT_EQ(value_of(store_->find(lead_key("0"))), std::nullopt);
  }
  EXPECT_GT(refused, 10u);
  disk_.heal();
  TempDir left(TempDir::Where::memory);
  disk_.leave_after_power_cut(left.file(""));
  auto survivor = value_of(SqliteStore::open({.path = left.file("store"), .create_if_missing = false}));
  ASSERT_NE(survivor, nullptr);
  EXPECT_EQ(value_of(survivor->head(0)), 151u);
  const auto report = value_of(verify(*survivor));
  EXPECT_TRUE(report.sound()) << ::testing::PrintToString(report.problems);
}

TEST_F(SqliteDiskTest, WritesTheLogOfACommitInFewPieces) {
  store_.reset();
  store_ = opened(100'000);
  const auto before = disk_.count(DiskOperation::write);
  ASSERT_TRUE(store_->commit(very_large()));
  EXPECT_LT(disk_.count(DiskOperation::write) - before, 40u);
  ASSERT_TRUE(store_->commit(batch_of({write_of(lead_key("a"), 2)})));
  EXPECT_LE(disk_.count(DiskOperation::write) - before, 42u);
}

// What a checkpoint had copied before, and a failed sync then dropped, is still in the log: it must stay
// there.
TEST_F(SqliteDiskTest, NeverFoldsTheLogOverWhatAFailedSyncDropped) {
  int committed = 0;
  {
    const sqlite3_ptr reader = reading_connection();  // holds folding back to what it sees
    for (; committed < 40; ++committed) ASSERT_TRUE(store_->commit(large(std::to_string(committed))));
  }
  disk_.fail({.operation = DiskOperation::sync_main, .code = SQLITE_IOERR_FSYNC, .once = true});
  for (; lost_ == 0 && committed < 200; ++committed)
    ASSERT_TRUE(store_->commit(large(std::to_string(committed)))) << "its own sync went well";
  ASSERT_TRUE(disk_.struck());
  for (int i = 0; i < 100; ++i) committed += store_->commit(large(std::to_string(committed))) ? 1 : 0;
  store_.reset();  // would fold what is left and remove the log

  TempDir left(TempDir::Where::memory);
  disk_.leave_after_power_cut(left.file(""));
  auto survivor = value_of(SqliteStore::open({.path = left.file("store"), .create_if_missing = false}));
  ASSERT_NE(survivor, nullptr);
  for (int i = 0; i < committed; ++i) EXPECT_TRUE(value_of(survivor->find(lead_key(std::to_string(i))))) << i;
  const auto report = value_of(verify(*survivor));
  EXPECT_TRUE(report.sound()) << ::testing::PrintToString(report.problems);
}

// SQLite undoes the whole transaction when a read in it fails; what follows must not be committed piece by
// piece.
TEST_F(SqliteDiskTest, LeavesNothingOfAGroupInWhichARecordCouldNotBeRead) {
  for (int i = 0; i < 40; ++i) ASSERT_TRUE(store_->commit(large(std::to_string(i))));
  store_.reset();
  store_ = opened();  // with nothing in its caches
  disk_.fail({.operation = DiskOperation::read, .code = SQLITE_IOERR_READ, .after = 1, .once = true});
  EXPECT_EQ(fault_of(store_->find_to_write(lead_key("7"))), Fault::unavailable);
  ASSERT_TRUE(disk_.struck());
  Batch batch = everything();
  EXPECT_EQ(fault_of(store_->find_to_write(lead_key("a"))), Fault::unavailable);
  EXPECT_EQ(fault_of(store_->commit(batch)), Fault::unavailable);
  EXPECT_EQ(value_of(store_->find(lead_key("a")))->version, 1u);
  EXPECT_EQ(value_of(store_->find(lead_key("b", "globex"))), std::nullopt);
  EXPECT_EQ(value_of(store_->holder_of(phone_of("+1"))), std::nullopt);
  EXPECT_TRUE(store_->commit(batch));
}

// A process that ended because of a failed sync leaves in the kernel's cache what is not on the disk.
TEST_F(SqliteDiskTest, BuildsNothingOnALogThatTheDiskDoesNotHave) {
  store_.reset();
  store_ = opened(4000);
  ASSERT_TRUE(store_->commit(batch_of({write_of(lead_key("before"), 1)})));
  disk_.fail({.operation = DiskOperation::sync_log, .code = SQLITE_IOERR_FSYNC, .once = true});
  EXPECT_EQ(fault_of(store_->commit(large("lost"))), Fault::unavailable);
  store_.reset();
  store_ = opened(4000);  // nothing is folded that would hide it
  for (const char* id : {"x", "y", "z"}) ASSERT_TRUE(store_->commit(batch_of({write_of(lead_key(id), 1)})));

  TempDir left(TempDir::Where::memory);
  disk_.leave_after_power_cut(left.file(""));
  auto survivor = value_of(SqliteStore::open({.path = left.file("store"), .create_if_missing = false}));
  ASSERT_NE(survivor, nullptr);
  for (const char* id : {"before", "x", "y", "z"}) EXPECT_TRUE(value_of(survivor->find(lead_key(id)))) << id;
}

TEST_F(SqliteDiskTest, SaysThatTheDiskIsFullUntilItIsNotAnyMore) {
  EXPECT_FALSE(store_->trouble());
  disk_.fail({DiskOperation::write, SQLITE_FULL});
  const auto refused = store_->commit(everything());
  ASSERT_EQ(fault_of(refused), Fault::unavailable);
  EXPECT_EQ(fault_of(store_->commit(everything())), Fault::unavailable);
  EXPECT_NE(refused.error().message.find("the disk is full"), std::string::npos) << refused.error().message;
  ASSERT_TRUE(store_->trouble());
  EXPECT_FALSE(store_->trouble()->final);
  EXPECT_EQ(store_->trouble()->error.message, refused.error().message);
  EXPECT_EQ(value_of(store_->find(lead_key("a")))->version, 1u) << "reads go on";
  disk_.heal();
  ASSERT_TRUE(store_->commit(everything()));
  EXPECT_FALSE(store_->trouble());
  ASSERT_EQ(told_.size(), 2u) << "when it begins and when it ends";
  EXPECT_TRUE(told_[0] && !told_[0]->final);
  EXPECT_FALSE(told_[1]);
}

TEST_F(SqliteDiskTest, RefusesLeasesWhileTheDiskFails) {
  disk_.fail({DiskOperation::write, SQLITE_IOERR_WRITE});
  EXPECT_EQ(fault_of(store_->claim_lease(0, "me", Millis{10}, after_ms(0))), Fault::unavailable);
  disk_.heal();
  EXPECT_EQ(value_of(store_->claim_lease(0, "me", Millis{10}, after_ms(0)))->epoch, 1u);
}

TEST_F(SqliteDiskTest, SyncsEveryCommitBeforeItAnswers) {
  for (Version version = 2; version <= 5; ++version) {
    const auto before = disk_.count(DiskOperation::sync_log);
    ASSERT_TRUE(store_->commit(batch_of({write_of(lead_key("a"), version)})));
    EXPECT_GT(disk_.count(DiskOperation::sync_log), before);
  }
}

// Promise 1 against the machine: only what was synced is left, and yet all that was answered is there.
TEST_F(SqliteDiskTest, LosesNothingThatWasAnsweredWhenThePowerIsCut) {
  const std::string filler = unpackable(3000);  // so that checkpoints happen on the way
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
