// The file of a SqliteStore: made, found again, recognised, refused.
#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>

#include "store/group_committer.hpp"
#include "store/sqlite/migrations/v1_foundation.hpp"
#include "store/sqlite/sqlite_store.hpp"
#include "store/verify.hpp"
#include "support/manual_clock.hpp"
#include "support/store_rows.hpp"
#include "support/temp_dir.hpp"

namespace deltapost::store {
namespace {

using namespace deltapost::testing;  // NOLINT: rows for tests

class SqliteFileTest : public ::testing::Test {
 protected:
  Result<std::unique_ptr<SqliteStore>> open(bool create = true, Part partitions = 1) {
    return SqliteStore::open({.path = path_, .create_if_missing = create, .partitions = partitions});
  }
  std::unique_ptr<SqliteStore> opened(Part partitions = 1) { return value_of(open(true, partitions)); }

  /// Changes the file behind the store's back.
  void sql(const std::string& statements) {
    sqlite3* database = nullptr;
    ASSERT_EQ(sqlite3_open(path_.c_str(), &database), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(database, statements.c_str(), nullptr, nullptr, nullptr), SQLITE_OK)
        << sqlite3_errmsg(database);
    sqlite3_close(database);
  }

  TempDir folder_;
  const std::string path_ = folder_.file("deltapost.db");
};

/// Somebody who reads the file beside the store.
class Reading {
 public:
  explicit Reading(const std::string& path) { EXPECT_EQ(sqlite3_open(path.c_str(), &database_), SQLITE_OK); }
  ~Reading() { sqlite3_close(database_); }
  Reading(const Reading&) = delete;
  Reading& operator=(const Reading&) = delete;

  /// The values of the first column, or the error.
  std::string ask(const std::string& statements) const {
    std::string answer;
    const auto add = [](void* to, int, char** values, char**) {
      static_cast<std::string*>(to)->append(values[0]);
      return 0;
    };
    if (sqlite3_exec(database_, statements.c_str(), add, &answer, nullptr) != SQLITE_OK)
      return sqlite3_errmsg(database_);
    return answer;
  }

 private:
  sqlite3* database_ = nullptr;
};

TEST_F(SqliteFileTest, KeepsEverythingAcrossAReopen) {
  {
    auto store = opened(4);
    Batch batch =
        batch_of({write_of(lead_key("a"), 1), write_of(lead_key("a"), 2), write_of(lead_key("b"), 1)});
    batch.claims = {{phone_of("+1"), "a"}};
    batch.idempotency = {{AccountId("acme"), "k", "f", "r", after_ms(9)}};
    batch.secrets = {{lead_key("a"), "sealed"}};
    ASSERT_TRUE(store->commit(batch));
    const auto lease = value_of(store->claim_lease(2, "me", Millis{1000}, after_ms(0)));
    Batch progress;
    Attempt attempt;
    attempt.delivery = {EndpointId("ep"), 2, 1, 0};
    progress.progress = {shared({.part = 2, .epoch = lease->epoch, .cursor = 7, .attempts = {attempt}})};
    ASSERT_TRUE(store->commit(progress));
  }
  auto store = opened();
  EXPECT_EQ(store->partitions(), 4u);
  EXPECT_EQ(value_of(store->find(lead_key("a")))->version, 2u);
  EXPECT_EQ(value_of(store->history(lead_key("a"), {})).size(), 2u);
  EXPECT_EQ(value_of(store->holder_of(phone_of("+1"))), "a");
  EXPECT_EQ(value_of(store->idempotency(AccountId("acme"), "k"))->reply, "r");
  EXPECT_EQ(value_of(store->secret_of(lead_key("a"))), "sealed");
  EXPECT_EQ(value_of(store->delivery_state(2)).cursor, 7u);
  EXPECT_EQ(value_of(store->claim_lease(2, "other", Millis{1000}, after_ms(1))), std::nullopt);
  EXPECT_EQ(value_of(store->attempts(EndpointId("ep"), 0, 10)).size(), 1u);

  // What comes next is numbered on from there.
  auto next = value_of(store->commit(batch_of({write_of(lead_key("a"), 3), write_of(lead_key("c"), 1)})));
  EXPECT_EQ(next.entries.at(0).seq, value_of(store->head(next.entries[0].part)) -
                                        (next.entries[0].part == next.entries[1].part ? 1 : 0));
  EXPECT_EQ(value_of(store->history(lead_key("a"), {})).size(), 3u);
  EXPECT_EQ(value_of(store->find(lead_key("b")))->version, 1u);
}

TEST_F(SqliteFileTest, CanBeReadWhileOneWhoReadsForLongKeepsTheLogFromBeingFoldedWhole) {
  auto store = value_of(SqliteStore::open({.path = path_, .checkpoint_pages = 40}));
  int records = 0;
  Version version = 0;
  const auto commit = [&](const std::string& id, Version next) {
    return bool(store->commit(batch_of({write_of(lead_key(id), next)})));
  };
  for (int round = 0; round < 30; ++round) {
    for (int i = 0; i < 7; ++i) ASSERT_TRUE(commit("new" + std::to_string(++records), 1));
    const Reading patient(path_);
    ASSERT_EQ(patient.ask("BEGIN; SELECT count(*) > 0 FROM records"), "1");
    for (int i = 0; i < 10; ++i) {
      ASSERT_TRUE(commit("same", ++version));
      ASSERT_EQ(Reading(path_).ask("PRAGMA integrity_check"), "ok") << records << " records";
    }
  }
}

TEST_F(SqliteFileTest, KeepsCommitTimesFromGoingBackAcrossAReopen) {
  ManualClock clock;
  const Time first = clock.now();
  const auto create = [](const std::string& id) {
    return [id](Draft& draft) {
      draft.put(write_of(lead_key(id), 1));
      return ok();
    };
  };
  for (const char* id : {"a", "b"}) {
    auto store = opened();
    GroupCommitter committer(*store, clock);
    committer.start();
    ASSERT_TRUE(committer.run(create(id)));
    clock.advance(std::chrono::hours{-1});
  }
  EXPECT_EQ(value_of(opened()->find(lead_key("b")))->created_at, first);
}

TEST_F(SqliteFileTest, MakesNoFileWhenItMustNot) {
  auto refused = open(false);
  ASSERT_EQ(fault_of(refused), Fault::not_found);
  EXPECT_NE(refused.error().message.find(path_), std::string::npos);
  EXPECT_FALSE(std::filesystem::exists(path_));
}

TEST_F(SqliteFileTest, RefusesAFolderThatIsNotThere) {
  EXPECT_EQ(fault_of(SqliteStore::open({.path = folder_.file("no/such/folder.db")})), Fault::unavailable);
}

/// What a process that is not allowed everything is told when it opens the store; empty: it could.
std::string refusal_of_an_ordinary_user(const std::string& path) {
  int ends[2];
  EXPECT_EQ(pipe(ends), 0);
  const pid_t child = fork();
  if (child == 0) {
    if (geteuid() == 0 && setuid(65534) != 0) _exit(1);
    auto opened = SqliteStore::open({.path = path});
    const std::string said = opened ? "" : opened.error().message;
    const bool as_wanted = !opened && opened.error().fault == Fault::unavailable;
    _exit(::write(ends[1], said.data(), said.size()) == static_cast<ssize_t>(said.size()) && as_wanted ? 0
                                                                                                       : 1);
  }
  close(ends[1]);
  std::array<char, 1000> text{};
  const ssize_t size = read(ends[0], text.data(), text.size());
  close(ends[0]);
  int status = 0;
  EXPECT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  return {text.data(), static_cast<std::size_t>(std::max<ssize_t>(size, 0))};
}

TEST_F(SqliteFileTest, RefusesAFolderOrAFileThatItMayNotWriteAndSaysWhich) {
  ASSERT_TRUE(opened()->commit(batch_of({write_of(lead_key("a"), 1)})));
  using std::filesystem::perms;
  const auto allow = [&](const std::string& path, perms what) { std::filesystem::permissions(path, what); };
  const perms others_too = perms::owner_read | perms::group_read | perms::others_read;
  const perms writable = others_too | perms::owner_write | perms::group_write | perms::others_write;
  const perms entered = perms::owner_exec | perms::group_exec | perms::others_exec;

  allow(path_, writable);
  allow(path_ + ".lock", writable);
  allow(folder_.file("."), others_too | entered);
  const std::string folder_refused = refusal_of_an_ordinary_user(path_);
  EXPECT_NE(folder_refused.find("cannot write to " + std::filesystem::path(path_).parent_path().string()),
            std::string::npos)
      << folder_refused;
  EXPECT_NE(folder_refused.find("Permission denied"), std::string::npos) << folder_refused;

  allow(folder_.file("."), writable | entered);
  allow(path_, others_too);
  const std::string file_refused = refusal_of_an_ordinary_user(path_);
  EXPECT_NE(file_refused.find("cannot open " + path_ + " for writing: Permission denied"), std::string::npos)
      << file_refused;
  allow(path_, writable);
}

TEST_F(SqliteFileTest, LetsOnlyItsOwnerReadTheFile) {
  auto store = opened();
  ASSERT_TRUE(store->commit(batch_of({write_of(lead_key("a"), 1)})));
  for (const char* end : {"", "-wal", "-shm", ".lock"}) {
    struct stat status {};
    ASSERT_EQ(stat((path_ + end).c_str(), &status), 0) << end;
    EXPECT_EQ(status.st_mode & 0077u, 0u) << end;
  }
}

TEST_F(SqliteFileTest, RefusesAFileOfANewerVersionAndSaysWhatToDo) {
  opened();
  sql("PRAGMA user_version = 99");
  auto refused = open();
  ASSERT_EQ(fault_of(refused), Fault::invalid);
  const std::string& message = refused.error().message;
  EXPECT_NE(message.find("version 99"), std::string::npos) << message;
  EXPECT_NE(message.find("up to " + std::to_string(SqliteStore::schema_version())), std::string::npos)
      << message;
  EXPECT_NE(message.find("run the newer Deltapost"), std::string::npos) << message;
  sql("PRAGMA user_version = " + std::to_string(SqliteStore::schema_version()));
  EXPECT_TRUE(open());
}

TEST_F(SqliteFileTest, RefusesADatabaseOfAnotherProgramAndLeavesItAsItWas) {
  sql("CREATE TABLE customers (name TEXT); INSERT INTO customers VALUES ('Ada')");
  auto refused = open();
  ASSERT_EQ(fault_of(refused), Fault::invalid);
  EXPECT_NE(refused.error().message.find("not a Deltapost store"), std::string::npos);
  sql("INSERT INTO customers VALUES ('Bob')");
}

TEST_F(SqliteFileTest, RefusesAFileThatIsNoDatabase) {
  std::ofstream(path_) << std::string(5000, 'x');
  auto refused = open();
  ASSERT_EQ(fault_of(refused), Fault::invalid);
  EXPECT_NE(refused.error().message.find("not a Deltapost store"), std::string::npos);
}

TEST_F(SqliteFileTest, RefusesASecondStoreOnTheSameFile) {
  auto first = opened();
  auto second = open();
  ASSERT_EQ(fault_of(second), Fault::unavailable);
  first.reset();
  EXPECT_TRUE(open());
}

TEST_F(SqliteFileTest, RefusesAnotherProcessAndNamesTheOneThatHoldsTheFile) {
  auto store = opened();
  const pid_t child = fork();
  if (child == 0) {
    auto refused = SqliteStore::open({.path = path_});
    const bool names_holder =
        !refused && refused.error().fault == Fault::unavailable &&
        refused.error().message.find("process " + std::to_string(getppid())) != std::string::npos;
    _exit(names_holder ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

TEST_F(SqliteFileTest, BringsAFileOfVersion1UpToDate) {
  sql(sqlite::kFoundation);
  sql(R"sql(
    INSERT INTO settings VALUES ('partitions', 1);
    INSERT INTO cursors VALUES (0, 1, 3);
    INSERT INTO leases VALUES (0, '', 3, 0);
    INSERT INTO names VALUES (1, 'acme'), (2, 'key:k1'), (3, 'api');
    INSERT INTO records VALUES (1, 1, 1, 'a', 2, 2, 1000, 2000, 0, '{"v":2}');
    INSERT INTO log VALUES (1, 1, 1, 0, 1000, 0, 0, 2, 3, '{"v":{"new":1}}');
    INSERT INTO log VALUES (2, 1, 2, 1, 2000, 0, 0, 2, 3, '{"v":{"old":1,"new":2}}');
    PRAGMA journal_mode = WAL;
    PRAGMA application_id = 1146114900;
    PRAGMA user_version = 1;
  )sql");
  auto store = opened();
  ASSERT_TRUE(store);
  EXPECT_EQ(value_of(store->find(lead_key("a")))->document, R"({"v":2})");
  EXPECT_EQ(value_of(store->delivery_state(0)).cursor, 1u);
  EXPECT_EQ(value_of(store->last_receipt(0)), 0u);
  EXPECT_EQ(value_of(store->clocks_of(lead_key("a"))), std::nullopt);
  const auto old = value_of(store->history(lead_key("a"), {}));
  ASSERT_EQ(old.size(), 2u);
  EXPECT_EQ(old[1].hash, "");
  EXPECT_EQ(old[1].origin.receipt, 0u);
  EXPECT_TRUE(value_of(verify(*store)).sound());

  // The chain begins with the next change, and from there on it is watched over.
  auto third = write_of(lead_key("a"), 3);
  third.entry.changes = R"({"v":{"old":2,"new":3}})";
  auto batch = batch_of({third});
  batch.clocks = {{lead_key("a"), "clocks"}};
  batch.receipts = {receipt_of(1)};
  EXPECT_NE(value_of(store->commit(batch)).entries.at(0).hash, "");
  EXPECT_EQ(value_of(store->clocks_of(lead_key("a"))), "clocks");
  const auto report = value_of(verify(*store));
  EXPECT_TRUE(report.sound()) << ::testing::PrintToString(report.problems);
  store.reset();
  sql("UPDATE log SET actor = 3 WHERE version = 3");
  EXPECT_FALSE(value_of(verify(*opened())).sound());
}

TEST_F(SqliteFileTest, KeepsWhatSourcesGotAcrossAReopen) {
  {
    auto batch = batch_of({write_of(lead_key("a"), 1)});
    batch.receipts = {receipt_of(1), receipt_of(7)};
    batch.seen = {{AccountId("acme"), "s1", "0123456789abcdef", "content", 7, after_ms(9)}};
    batch.clocks = {{lead_key("a"), "clocks"}};
    ASSERT_TRUE(opened()->commit(batch));
  }
  auto store = opened();
  EXPECT_EQ(value_of(store->last_receipt(0)), 7u);
  EXPECT_EQ(value_of(store->receipt(AccountId("acme"), 7))->body, "body 7");
  EXPECT_EQ(value_of(store->seen(AccountId("acme"), "s1", "0123456789abcdef"))->receipt, 7u);
  EXPECT_EQ(value_of(store->clocks_of(lead_key("a"))), "clocks");
  Batch again;
  again.receipts = {receipt_of(7)};
  EXPECT_EQ(fault_of(store->commit(again)), Fault::conflict);
}

TEST_F(SqliteFileTest, TellsAHistoryThatBreaksOff) {
  auto store = opened();
  for (Version version = 1; version <= 3; ++version) {
    ASSERT_TRUE(store->commit(batch_of({write_of(lead_key("a"), version)})));
  }
  store.reset();
  sql("DELETE FROM log WHERE version = 2");
  EXPECT_EQ(fault_of(opened()->history(lead_key("a"), {})), Fault::corrupt);
}

}  // namespace
}  // namespace deltapost::store
