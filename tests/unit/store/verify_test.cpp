#include "store/verify.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include "store/memory/memory_store.hpp"
#include "store/sqlite/sqlite_store.hpp"
#include "support/store_rows.hpp"
#include "support/temp_dir.hpp"

namespace deltapost::store {
namespace {

using namespace deltapost::testing;  // NOLINT: rows for tests
using ::testing::HasSubstr;

constexpr Version kVersions = 2 * kSnapshotEvery + 5;

/// A lead that holds the phone +<id>, with a number that counts its versions.
std::string document_of(const std::string& id, Version version) {
  return R"({"phone":"+)" + id + R"(","n":)" + std::to_string(version) + "}";
}

Batch lead_with_history(const std::string& id) {
  Batch batch;
  for (Version version = 1; version <= kVersions; ++version) {
    auto write = write_of(lead_key(id), version, document_of(id, version));
    const std::string number = std::to_string(version);
    write.entry.changes =
        version == 1 ? R"({"phone":{"new":"+)" + id + R"("},"n":{"new":1}})"
                     : R"({"n":{"old":)" + std::to_string(version - 1) + R"(,"new":)" + number + "}}";
    batch.writes.push_back(std::move(write));
  }
  batch.claims = {{phone_of("+" + id), id}};
  return batch;
}

TEST(Verify, FindsAStoreSoundAndCountsWhatItSaw) {
  MemoryStore store(4);
  for (const char* id : {"1", "2", "3"}) ASSERT_TRUE(store.commit(lead_with_history(id)));
  const auto report = value_of(verify(store));
  EXPECT_TRUE(report.sound()) << ::testing::PrintToString(report.problems);
  EXPECT_EQ(report.records, 3u);
  EXPECT_EQ(report.changes, 3 * kVersions);
  EXPECT_EQ(report.snapshots, 6u);
  EXPECT_EQ(report.unique_values, 3u);
}

TEST(Verify, FindsAnEmptyStoreSound) {
  MemoryStore store;
  EXPECT_TRUE(value_of(verify(store)).sound());
}

TEST(Verify, WalksFurtherThanOnePage) {
  MemoryStore store(2);
  Batch batch;
  for (int i = 0; i < 2500; ++i) {
    batch.writes.push_back(write_of(lead_key(std::to_string(i)), 1));
    batch.claims.push_back({{AccountId("acme"), "of another kind", std::to_string(i)}, "x"});
  }
  ASSERT_TRUE(store.commit(batch));
  const auto report = value_of(verify(store));
  EXPECT_TRUE(report.sound()) << ::testing::PrintToString(report.problems);
  EXPECT_EQ(report.records, 2500u);
  EXPECT_EQ(report.changes, 2500u);
  EXPECT_EQ(report.unique_values, 2500u);
}

TEST(Verify, ListsNoMoreThanItsLimitAndCountsTheRest) {
  MemoryStore store;
  Batch batch;
  for (int i = 0; i < 150; ++i)
    batch.writes.push_back(write_of(lead_key(std::to_string(i)), 1, R"({"v":2})"));
  ASSERT_TRUE(store.commit(batch));
  const auto report = value_of(verify(store));
  EXPECT_EQ(report.problem_count, 150u);
  EXPECT_EQ(report.problems.size(), kMaxListedProblems);
}

TEST(Verify, FindsALeadThatDoesNotHoldItsPhone) {
  MemoryStore store;
  auto batch = lead_with_history("1");
  batch.claims.clear();
  ASSERT_TRUE(store.commit(batch));
  EXPECT_THAT(value_of(verify(store)).problems,
              ::testing::ElementsAre(HasSubstr("does not hold its own phone")));
}

TEST(Verify, FindsAPhoneHeldByALeadThatHasAnother) {
  MemoryStore store;
  auto batch = lead_with_history("1");
  batch.claims.push_back({phone_of("+9"), "1"});
  batch.claims.push_back({phone_of("+8"), "nobody"});
  ASSERT_TRUE(store.commit(batch));
  EXPECT_THAT(
      value_of(verify(store)).problems,
      ::testing::UnorderedElementsAre(HasSubstr("a phone that is not its own"), HasSubstr("does not exist")));
}

TEST(Verify, LetsADeletedLeadHoldNothing) {
  MemoryStore store;
  auto batch = lead_with_history("1");
  batch.writes.back().deleted = true;
  batch.claims.clear();
  ASSERT_TRUE(store.commit(batch));
  EXPECT_TRUE(value_of(verify(store)).sound());
}

TEST(Verify, FindsTimesThatGoBack) {
  MemoryStore store;
  ASSERT_TRUE(store.commit(batch_of({write_of(lead_key("a"), 1, after_ms(5))})));
  ASSERT_TRUE(store.commit(batch_of({write_of(lead_key("b"), 1, after_ms(4))})));
  EXPECT_THAT(value_of(verify(store)).problems,
              ::testing::ElementsAre(HasSubstr("before the entry before it")));
}

/// A sound file, then one thing in it changed behind the store's back.
struct Damage {
  const char* name;
  const char* sql;
  const char* problem;
};

void PrintTo(const Damage& damage, std::ostream* out) {
  *out << damage.name;
}

class VerifyDamage : public ::testing::TestWithParam<Damage> {};

TEST_P(VerifyDamage, IsFound) {
  TempDir folder(TempDir::Where::memory);
  const std::string path = folder.file("store");
  {
    auto store = value_of(SqliteStore::open({.path = path}));
    for (const char* id : {"1", "2"}) ASSERT_TRUE(store->commit(lead_with_history(id)));
    ASSERT_TRUE(value_of(verify(*store)).sound());
  }
  sqlite3* database = nullptr;
  ASSERT_EQ(sqlite3_open(path.c_str(), &database), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(database, GetParam().sql, nullptr, nullptr, nullptr), SQLITE_OK)
      << sqlite3_errmsg(database);
  ASSERT_GT(sqlite3_changes(database), 0);
  sqlite3_close(database);

  auto store = value_of(SqliteStore::open({.path = path}));
  const auto report = value_of(verify(*store));
  EXPECT_FALSE(report.sound());
  EXPECT_THAT(report.problems, ::testing::Contains(HasSubstr(GetParam().problem)));
}

INSTANTIATE_TEST_SUITE_P(
    Damages, VerifyDamage,
    ::testing::Values(
        Damage{"Document", R"(UPDATE records SET document = '{"phone":"+1","n":1}' WHERE id = '1')",
               "its document is not what its changes add up to"},
        Damage{"DocumentThatIsNone", "UPDATE records SET document = '{' WHERE id = '1'",
               "lead 1, version 133"},
        Damage{"Change",
               R"(UPDATE log SET changes = '{"n":{"old":7,"new":8}}' WHERE version = 50 AND rid = 1)",
               "version 50"},
        Damage{"Snapshot", "UPDATE snapshots SET document = '{}' WHERE version = 64 AND rid = 1",
               "the kept document of version 64"},
        Damage{"MissingEntry", "DELETE FROM log WHERE version = 50 AND rid = 1", "follows"},
        Damage{"MissingRecord", "DELETE FROM records WHERE id = '1'", "belongs to no record"},
        // What follows still adds up; only the chain tells.
        Damage{"Actor", "UPDATE log SET actor = source WHERE version = 50 AND rid = 1",
               "lead 1 of account acme, version 50: its hash does not fit"},
        Damage{"Receipt", "UPDATE log SET receipt = 7 WHERE version = 50 AND rid = 1",
               "lead 1 of account acme, version 50: its hash does not fit"},
        Damage{"OldValue",
               R"(UPDATE log SET changes = '{"n":{"old":7,"new":50}}' WHERE version = 50 AND rid = 1)",
               "lead 1 of account acme, version 50: its hash does not fit"},
        Damage{"UpdatedAt", "UPDATE log SET updated_lag = 5 WHERE version = 50 AND rid = 1",
               "lead 1 of account acme, version 50: its hash does not fit"},
        Damage{"TimesOfTheLast",
               "UPDATE log SET at = at + 1, updated_lag = 1 WHERE pos = (SELECT max(pos) FROM log)",
               "lead 2 of account acme, version 133: its hash does not fit"},
        Damage{"HashTakenAway", "UPDATE log SET hash = x'' WHERE version = 50 AND rid = 1",
               "lead 1 of account acme, version 50: its hash does not fit"},
        Damage{"HashesTakenAway", "UPDATE log SET hash = x'' WHERE rid = 1",
               "lead 1 of account acme: the chain of its changes does not end with version 133"},
        Damage{"Salt", "UPDATE records SET salt = x'00' WHERE rid = 1",
               "lead 1 of account acme, version 1: its hash does not fit"},
        Damage{
            "ChangesOfTwoRecordsSwapped",
            "UPDATE log SET rid = 3 - rid, prev_seq = CASE rid WHEN 1 THEN 185 ELSE 52 END WHERE version = "
            "53; UPDATE log SET prev_seq = CASE rid WHEN 1 THEN 186 ELSE 53 END WHERE version = 54",
            "lead 1 of account acme, version 53: its hash does not fit"},
        Damage{"TwoChangesMergedIntoOne",
               "UPDATE log SET changes = '{\"n\":{\"old\":48,\"new\":50}}' WHERE version = 49 AND rid = 1;"
               "UPDATE log SET changes = '{\"n\":{\"old\":50,\"new\":50}}' WHERE version = 50 AND rid = 1",
               "lead 1 of account acme, version 49: its hash does not fit"},
        Damage{"LastChangeCutOff",
               "DELETE FROM log WHERE pos = (SELECT max(pos) FROM log);"
               "UPDATE records SET version = 132, last_seq = (SELECT max(pos) FROM log), updated_at = "
               "(SELECT at FROM log ORDER BY pos DESC LIMIT 1), document = '{\"phone\":\"+2\",\"n\":132}' "
               "WHERE rid = 2",
               "lead 2 of account acme: the chain of its changes does not end with version 132"},
        Damage{
            "RedactedByAStranger",
            R"(UPDATE log SET changes = '{"redacted":"00112233445566778899aabbccddeeff"}' WHERE version = 50 )"
            "AND rid = 1",
            "lead 1 of account acme, version 50: its hash does not fit"},
        Damage{"Deletion", "UPDATE records SET deleted = 1 WHERE id = '1'", "its times or its deletion"},
        Damage{"Time", "UPDATE log SET at = 0 WHERE version = 50", "before the entry before it"},
        Damage{"Unique", "UPDATE uniques SET holder = '2' WHERE value = '+1'",
               "does not hold its own phone"}),
    [](const auto& damage) { return damage.param.name; });

}  // namespace
}  // namespace deltapost::store
