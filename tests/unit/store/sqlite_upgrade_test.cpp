// A store of every schema that was released, opened with today's program: everything is there, and it goes
// on. A new schema needs a file in upgrade/ and a line below.
#include <gtest/gtest.h>

#include <fstream>
#include <map>

#include "store/sqlite/sqlite_store.hpp"
#include "store/verify.hpp"
#include "support/faulty_disk.hpp"
#include "support/store_rows.hpp"
#include "support/temp_dir.hpp"

namespace deltapost::store {
namespace {

using namespace deltapost::testing;  // NOLINT: rows for tests

struct Kept {
  RecordKey key;
  Version version = 0;
  std::string document_has;  // a piece of it
};

struct EndpointRows {
  EndpointId endpoint;
  std::size_t attempts = 0, holds = 0, dead = 0;
};

/// What a store of one version holds.
struct Released {
  std::int64_t schema = 0;
  std::vector<Kept> records;
  std::uint64_t record_count = 0, changes = 0, snapshots = 0, phones = 0;
  std::vector<EndpointRows> endpoints;
  Seq cursor = 0;
  ReceiptNumber receipts = 0;
  AccountId account;
};

void PrintTo(const Released& released, std::ostream* out) {
  *out << "schema " << released.schema;
}

const AccountId kServed{"acc_01m8n0q3h1cfkwt6ee0zycrger"};

std::vector<Released> released_before_3() {
  return {
      {.schema = 1,
       .records = {{lead_key("lead_a"), 70, R"("n":70)"},
                   {lead_key("lead_b"), 2, R"("firstName":"Grace")"},
                   {lead_key("lead_c"), 1, "+15555550103"},
                   {{AccountId("acme"), Kind::contact, "0000000000000007"}, 1, "ada@example.com"}},
       .record_count = 5,
       .changes = 75,
       .snapshots = 1,
       .phones = 3,
       .endpoints = {{EndpointId("ep1"), 3, 1, 1}},
       .cursor = 72,
       .receipts = 0,
       .account = AccountId("acme")},
      {.schema = 2,
       .records = {{{kServed, Kind::lead, "lead_01m8n0q450bpzkrnapj9t46w52"}, 4, R"("n":"3")"},
                   {{kServed, Kind::lead, "theirs1"}, 2, R"("firstName":"Mary")"},
                   {{kServed, Kind::contact, "0000000000000001"}, 1, "ada@example.com"}},
       .record_count = 8,
       .changes = 12,
       .snapshots = 0,
       .phones = 2,
       .endpoints = {{EndpointId("ep_01m8n0q3xf4j5xqfpv8a2c91y2"), 6, 0, 0},
                     {EndpointId("ep_01m8n0q43rvv5re3yevc9f8g4p"), 2, 2, 0}},
       .cursor = 12,
       .receipts = 4,
       .account = kServed},
  };
}

std::vector<Released> all_released() {
  std::vector<Released> all = released_before_3();
  Released of_3 = all.back();  // whose store it was made of
  of_3.schema = 3;
  all.push_back(of_3);
  return all;
}

class SqliteUpgrade : public ::testing::TestWithParam<Released> {
 protected:
  /// The file as its program left it.
  void make(const std::string& path) {
    made_.clear();
    make(path, GetParam().schema);
    // Schema 3 packed the attempts of schema 2, where SQL can read them.
    if (GetParam().schema == 3) make(path + "-of-2", 2);
  }

  void make(const std::string& path, std::int64_t schema) {
    const std::string name =
        std::string(DP_SOURCE_DIR) + "/tests/unit/store/upgrade/v" + std::to_string(schema) + ".sql";
    std::ifstream file(name);
    ASSERT_TRUE(file) << name;
    const std::string sql{std::istreambuf_iterator<char>(file), {}};
    sqlite3* database = nullptr;
    ASSERT_EQ(sqlite3_open(path.c_str(), &database), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(database, ("PRAGMA journal_mode = WAL;" + sql).c_str(), nullptr, nullptr, nullptr),
              SQLITE_OK)
        << sqlite3_errmsg(database);
    if (schema < 3) read_attempts(database);
    sqlite3_close(database);
  }

  /// As the file has them, newest first, of each endpoint.
  void read_attempts(sqlite3* database) {
    sqlite3_stmt* rows = nullptr;
    ASSERT_EQ(
        sqlite3_prepare_v2(database,
                           "SELECT of.text, attempt & 0xfffffffff, pos, event_index, type.text, try, at, "
                           "at - first_lag, latency_ms, status, outcome, event_id, error, response FROM "
                           "attempts JOIN names of ON of.name = attempt >> 36 JOIN names type ON "
                           "type.name = event_type ORDER BY attempt DESC",
                           -1, &rows, nullptr),
        SQLITE_OK);
    const auto number = [&](int column) { return sqlite3_column_int64(rows, column); };
    const auto text = [&](int column) {
      const auto* bytes = static_cast<const char*>(sqlite3_column_blob(rows, column));
      return std::string(bytes, bytes + sqlite3_column_bytes(rows, column));
    };
    while (sqlite3_step(rows) == SQLITE_ROW) {
      Attempt attempt;
      attempt.delivery = {EndpointId(text(0)), 0, static_cast<Seq>(number(2)),
                          static_cast<std::uint32_t>(number(3))};
      attempt.number = static_cast<std::uint64_t>(number(1));
      attempt.event_type = text(4);
      attempt.attempt = static_cast<std::uint32_t>(number(5));
      attempt.at = Time{Millis{number(6)}};
      attempt.first_sent_at = Time{Millis{number(7)}};
      attempt.latency_ms = static_cast<std::uint32_t>(number(8));
      attempt.status = static_cast<std::uint16_t>(number(9));
      attempt.outcome = static_cast<Outcome>(number(10));
      attempt.event_id = text(11);
      attempt.error = text(12);
      attempt.response = text(13);
      made_[attempt.delivery.endpoint].push_back(attempt);
    }
    sqlite3_finalize(rows);
  }

  void expect_everything(SqliteStore& store) {
    const Released& old = GetParam();
    const auto report = value_of(verify(store));
    EXPECT_TRUE(report.sound()) << ::testing::PrintToString(report.problems);
    EXPECT_EQ(report.records, old.record_count);
    EXPECT_EQ(report.changes, old.changes);
    EXPECT_EQ(report.snapshots, old.snapshots);
    for (const Kept& kept : old.records) {
      const auto record = value_of(store.find(kept.key));
      ASSERT_TRUE(record) << kept.key.id;
      EXPECT_EQ(record->version, kept.version) << kept.key.id;
      EXPECT_NE(record->document.find(kept.document_has), std::string::npos) << record->document;
      EXPECT_EQ(value_of(store.history(kept.key, {})).size(), kept.version);
    }
    for (const EndpointRows& rows : old.endpoints) {
      const auto attempts = value_of(store.attempts(rows.endpoint, 0, 100));
      ASSERT_EQ(attempts.size(), rows.attempts) << rows.endpoint.text();
      ASSERT_EQ(made_[rows.endpoint].size(), rows.attempts) << rows.endpoint.text();
      for (std::size_t i = 0; i < attempts.size(); ++i) expect_same(attempts[i], made_[rows.endpoint][i]);
      for (const Attempt& attempt : attempts) {
        EXPECT_EQ(attempt.event_id.size(), 32u);
        EXPECT_EQ(value_of(store.attempts_of(attempt.delivery)).empty(), false);
      }
      EXPECT_EQ(value_of(store.holds(rows.endpoint, 100)).size(), rows.holds);
      EXPECT_EQ(value_of(store.dead(rows.endpoint, {}, 100)).size(), rows.dead);
    }
    EXPECT_EQ(value_of(store.delivery_state(0)).cursor, old.cursor);
    EXPECT_EQ(value_of(store.last_receipt(0)), old.receipts);
    EXPECT_EQ(value_of(store.receipts({.account = old.account})).receipts.size(), old.receipts);
  }

  TempDir folder_{TempDir::Where::memory};
  std::map<EndpointId, std::vector<Attempt>> made_;
};

TEST_P(SqliteUpgrade, FindsEverythingAndGoesOn) {
  const std::string path = folder_.file("store");
  make(path);
  auto store = value_of(SqliteStore::open({.path = path, .create_if_missing = false}));
  ASSERT_NE(store, nullptr);
  expect_everything(*store);

  // It takes what only today's schema can hold.
  const Kept& kept = GetParam().records.front();
  auto write = write_of(kept.key, kept.version + 1, value_of(store->find(kept.key))->document);
  write.entry.changes = "{}";
  write.entry.at = write.updated_at = value_of(store->find(kept.key))->updated_at + std::chrono::hours{1};
  Batch batch = batch_of({write});
  batch.receipts = {receipt_of(GetParam().receipts + 1)};
  batch.clocks = {{kept.key, "clocks"}};
  const EndpointRows& rows = GetParam().endpoints.front();
  Attempt attempt;
  attempt.delivery = {rows.endpoint, 0, 1, 0};
  const auto lease = value_of(store->claim_lease(0, "test", Millis{1000}, Time{Millis{2'000'000'000'000}}));
  DeliveryProgress progress{.part = 0, .epoch = lease->epoch};
  progress.attempts = {attempt};
  batch.progress = {shared(progress)};
  EXPECT_NE(value_of(store->commit(batch)).entries.at(0).hash, "");
  store.reset();
  store = value_of(SqliteStore::open({.path = path, .create_if_missing = false}));
  const auto report = value_of(verify(*store));
  EXPECT_TRUE(report.sound()) << ::testing::PrintToString(report.problems);
  EXPECT_EQ(report.changes, GetParam().changes + 1);
}

TEST_P(SqliteUpgrade, IsDoneWholeOrNotAtAllWhenTheDiskFails) {
  std::uint64_t failed = 0;
  for (std::uint64_t good = 0;; good += 3) {
    SCOPED_TRACE("after " + std::to_string(good) + " good operations");
    TempDir folder(TempDir::Where::memory);
    make(folder.file("store"));
    FaultyDisk disk;
    disk.fail({.operation = DiskOperation::any, .after = good});
    auto opened =
        SqliteStore::open({.path = folder.file("store"), .create_if_missing = false, .vfs = disk.vfs()});
    if (opened) break;
    ++failed;
    EXPECT_EQ(opened.error().fault, Fault::unavailable) << opened.error().message;
    disk.heal();
    auto again =
        SqliteStore::open({.path = folder.file("store"), .create_if_missing = false, .vfs = disk.vfs()});
    ASSERT_TRUE(again) << again.error().message;
    expect_everything(**again);
    if (HasFailure()) return;
  }
  EXPECT_GT(failed, 2u);
}

INSTANTIATE_TEST_SUITE_P(EachReleased, SqliteUpgrade, ::testing::ValuesIn(all_released()),
                         [](const auto& released) { return "V" + std::to_string(released.param.schema); });

TEST(SqliteUpgrades, AreTriedFromEveryOlderSchema) {
  const auto released = all_released();
  EXPECT_GE(static_cast<std::int64_t>(released.size()) + 1, SqliteStore::schema_version());
  for (std::size_t i = 0; i < released.size(); ++i)
    EXPECT_EQ(released[i].schema, static_cast<std::int64_t>(i) + 1);
}

}  // namespace
}  // namespace deltapost::store
