// A copy of a store's file: whole, of one moment, in nobody's way.
#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/stat.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <thread>

#include "store/sqlite/backup.hpp"
#include "store/sqlite/sqlite_store.hpp"
#include "support/store_rows.hpp"
#include "support/temp_dir.hpp"

namespace deltapost::store {
namespace {

using namespace deltapost::testing;  // NOLINT: rows for tests

class SqliteBackup : public ::testing::Test {
 protected:
  void SetUp() override {
    store_ = value_of(SqliteStore::open({.path = path_}));
    ASSERT_NE(store_, nullptr);
  }
  /// Commits the next version of a record and makes another: two changes.
  void commit_next() {
    ++version_;
    auto write = write_of(lead_key("a"), version_);
    if (version_ > 1)
      write.entry.changes =
          R"({"v":{"old":)" + std::to_string(version_ - 1) + R"(,"new":)" + std::to_string(version_) + "}}";
    auto other = write_of(lead_key("n" + std::to_string(version_)), 1);
    ASSERT_TRUE(store_->commit(batch_of({write, other})));
  }
  std::vector<std::string> names_in_folder() {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(folder_.file("")))
      names.push_back(entry.path().filename());
    return names;
  }

  TempDir folder_{TempDir::Where::memory};
  const std::string path_ = folder_.file("store"), copy_ = folder_.file("copy");
  std::unique_ptr<SqliteStore> store_;
  Version version_ = 0;
};

TEST_F(SqliteBackup, HoldsWhatWasAcknowledgedThoughItIsStillInTheLogAlone) {
  for (int i = 0; i < 20; ++i) commit_next();
  const auto report = value_of(copy_store({.from = path_, .to = copy_}));
  EXPECT_EQ(report.changes, 40u);
  ASSERT_TRUE(report.verified);
  EXPECT_EQ(report.verified->records, 21u);
  EXPECT_EQ(report.bytes, std::filesystem::file_size(copy_));
  struct stat status {};
  ASSERT_EQ(stat(copy_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777u, 0600u);

  commit_next();  // the store goes on, the copy does not
  auto copy = value_of(SqliteStore::open({.path = copy_, .create_if_missing = false}));
  EXPECT_EQ(value_of(copy->find(lead_key("a")))->version, 20u);
  EXPECT_EQ(value_of(store_->find(lead_key("a")))->version, 21u);
}

TEST_F(SqliteBackup, IsOfOneMomentWhileOthersWrite) {
  std::atomic<bool> enough = false;
  std::atomic<Version> acknowledged = 0;
  std::thread writer([&] {
    while (!enough) {
      commit_next();
      acknowledged = version_;
    }
  });
  for (int i = 0; i < 5; ++i) {
    while (acknowledged < static_cast<Version>(i) * 20) std::this_thread::yield();
    const Version before = acknowledged;
    const auto report = value_of(copy_store({.from = path_, .to = copy_, .replace = true}));
    EXPECT_TRUE(report.verified && report.verified->sound());
    EXPECT_EQ(report.changes % 2, 0u) << "whole commits only";
    EXPECT_GE(report.changes, 2 * before);
    EXPECT_LE(report.changes, 2 * (acknowledged + 1));
  }
  enough = true;
  writer.join();
}

TEST_F(SqliteBackup, ReplacesNothingUnlessItIsToldTo) {
  commit_next();
  std::ofstream(copy_) << "precious";
  const auto refused = copy_store({.from = path_, .to = copy_});
  ASSERT_EQ(fault_of(refused), Fault::conflict);
  EXPECT_NE(refused.error().message.find(copy_ + " is there already"), std::string::npos);
  EXPECT_EQ(std::filesystem::file_size(copy_), 8u);
  EXPECT_TRUE(copy_store({.from = path_, .to = copy_, .replace = true}));
  EXPECT_GT(std::filesystem::file_size(copy_), 8u);
}

TEST_F(SqliteBackup, NeverPutsAFileBesideTheLogOfAnother) {
  commit_next();
  EXPECT_EQ(fault_of(copy_store({.from = path_, .to = path_, .replace = true})), Fault::invalid);
  const std::string other_path = folder_.file("other");
  auto other = value_of(SqliteStore::open({.path = other_path}));
  EXPECT_EQ(fault_of(copy_store({.from = path_, .to = other_path, .replace = true})), Fault::conflict);
}

TEST_F(SqliteBackup, LeavesNothingOfACopyThatDoesNotAddUp) {
  commit_next();
  commit_next();
  store_.reset();
  sqlite3* database = nullptr;
  ASSERT_EQ(sqlite3_open(path_.c_str(), &database), SQLITE_OK);
  ASSERT_EQ(
      sqlite3_exec(database, "UPDATE records SET document = '{}' WHERE id = 'a'", nullptr, nullptr, nullptr),
      SQLITE_OK);
  sqlite3_close(database);
  const auto refused = copy_store({.from = path_, .to = copy_});
  ASSERT_EQ(fault_of(refused), Fault::corrupt);
  EXPECT_NE(refused.error().message.find("lead a of account acme"), std::string::npos)
      << refused.error().message;
  for (const auto& name : names_in_folder()) EXPECT_FALSE(name.starts_with("copy")) << name;
  EXPECT_TRUE(copy_store({.from = path_, .to = copy_, .verify = false}));
}

TEST_F(SqliteBackup, RefusesWhatIsNoStoreOrOfAnotherSchema) {
  EXPECT_EQ(fault_of(copy_store({.from = folder_.file("nowhere"), .to = copy_})), Fault::not_found);
  std::ofstream(folder_.file("text")) << std::string(5000, 'x');
  EXPECT_EQ(fault_of(copy_store({.from = folder_.file("text"), .to = copy_})), Fault::invalid);
  store_.reset();
  for (const char* version : {"1", "99"}) {
    sqlite3* database = nullptr;
    ASSERT_EQ(sqlite3_open(path_.c_str(), &database), SQLITE_OK);
    ASSERT_EQ(sqlite3_exec(database, (std::string("PRAGMA user_version = ") + version).c_str(), nullptr,
                           nullptr, nullptr),
              SQLITE_OK);
    sqlite3_close(database);
    const auto refused = copy_store({.from = path_, .to = copy_});
    ASSERT_EQ(fault_of(refused), Fault::invalid) << version;
    EXPECT_NE(refused.error().message.find(std::string("version ") + version), std::string::npos);
  }
  EXPECT_FALSE(std::filesystem::exists(copy_));
}

TEST_F(SqliteBackup, HoldsNothingThatWasErased) {
  const std::string secret = "Ada-Lovelace-was-here";
  auto made = write_of(lead_key("p"), 1, R"({"name":")" + secret + R"("})");
  made.entry.changes = R"({"name":{"new":")" + secret + R"("}})";
  ASSERT_TRUE(store_->commit(batch_of({made})));
  auto gone = write_of(lead_key("p"), 2, "{}");
  gone.entry.changes = R"({"name":{"old":")" + secret + R"("}})";
  auto batch = batch_of({gone});
  batch.erasures = {{lead_key("p"), 2}};
  ASSERT_TRUE(store_->commit(batch));
  ASSERT_TRUE(copy_store({.from = path_, .to = copy_}));
  std::ifstream file(copy_, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  EXPECT_EQ(bytes.find(secret), std::string::npos);
}

}  // namespace
}  // namespace deltapost::store
