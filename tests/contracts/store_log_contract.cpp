// The contract's sentences about the log, one record's history and the chain of its changes.
#include <gmock/gmock.h>

#include <algorithm>
#include <map>
#include <random>

#include "contracts/store_contract.hpp"
#include "store/chain.hpp"

namespace deltapost::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<Version> counting(Version from, Version to) {
  std::vector<Version> versions;
  for (Version version = from; version <= to; ++version) versions.push_back(version);
  return versions;
}

// ---- the log

TEST_P(StoreContract, StartsWithAnEmptyLog) {
  for (store::Part part = 0; part < store().partitions(); ++part) {
    EXPECT_EQ(value_of(store().head(part)), 0u);
    const auto page = value_of(store().read_log(part, 0, 10));
    EXPECT_THAT(page.entries, IsEmpty());
    EXPECT_EQ(page.read_up_to, 0u);
    EXPECT_EQ(value_of(store().seq_before(part, after_ms(1'000'000))), 0u);
  }
}

TEST_P(StoreContract, AnswersACommitWithItsEntriesInTheOrderOfTheWrites) {
  const auto entries = commit(batch_of({write_of(lead_key("a"), 1), write_of(lead_key("b"), 1),
                                        write_of(lead_key("a"), 2), write_of(lead_key("c", "globex"), 1)}));
  ASSERT_EQ(entries.size(), 4u);
  std::map<store::Part, store::Seq> last;
  for (const auto& entry : entries) {
    EXPECT_EQ(entry.part, part_of(entry.key));
    EXPECT_EQ(entry.seq, ++last[entry.part]);
  }
  EXPECT_EQ(entries[2].key, lead_key("a"));
  EXPECT_EQ(entries[2].version, 2u);
  ASSERT_TRUE(entries[2].document);
  EXPECT_EQ(*entries[2].document, R"({"v":2})");
}

TEST_P(StoreContract, GivesBackALogEntryAsItWasWritten) {
  auto write = write_of(lead_key("a"), 1, "{}", after_ms(50));
  write.entry.origin = {"system:sweeper", "source:s1"};
  write.entry.changes = R"({"name":{"new":"Ada ☕"}})";
  write.updated_at = after_ms(20);
  write.deleted = true;
  const auto receipt = commit(batch_of({write}));
  const auto page = value_of(store().read_log(part_of(lead_key("a")), 0, 10));
  ASSERT_EQ(page.entries.size(), 1u);
  EXPECT_EQ(page.read_up_to, 1u);
  for (const auto& entry : {page.entries[0], receipt.at(0)}) {
    EXPECT_EQ(entry.part, part_of(lead_key("a")));
    EXPECT_EQ(entry.seq, 1u);
    EXPECT_EQ(entry.key, lead_key("a"));
    EXPECT_EQ(entry.version, 1u);
    EXPECT_EQ(entry.at, after_ms(50));
    EXPECT_EQ(entry.updated_at, after_ms(20));
    EXPECT_TRUE(entry.deleted);
    EXPECT_EQ(entry.origin.actor, "system:sweeper");
    EXPECT_EQ(entry.origin.source, "source:s1");
    EXPECT_EQ(entry.changes, R"({"name":{"new":"Ada ☕"}})");
  }
  EXPECT_EQ(page.entries[0].document, nullptr);
}

TEST_P(StoreContract, KeepsEveryPartitionsLogWithoutGapsInCommitOrder) {
  std::mt19937 random(7);  // NOLINT: the same batches each time
  std::map<RecordKey, Version> version;
  std::map<store::Part, std::vector<std::pair<RecordKey, Version>>> expected;
  for (int batch = 0; batch < 60; ++batch) {
    std::vector<store::RecordWrite> writes;
    for (unsigned i = 0; i <= random() % 5; ++i) {
      const RecordKey key = lead_key(std::to_string(random() % 20), random() % 2 == 0 ? "acme" : "globex");
      writes.push_back(write_of(key, ++version[key]));
      expected[part_of(key)].emplace_back(key, version[key]);
    }
    commit(batch_of(std::move(writes)));
  }
  for (store::Part part = 0; part < store().partitions(); ++part) {
    store::Seq after = 0;
    for (auto page = value_of(store().read_log(part, after, 7)); !page.entries.empty();
         page = value_of(store().read_log(part, after, 7))) {
      EXPECT_LE(page.entries.size(), 7u);
      for (const auto& entry : page.entries) {
        ASSERT_EQ(entry.seq, ++after);
        EXPECT_EQ(entry.part, part);
        EXPECT_EQ(std::pair(entry.key, entry.version), expected[part].at(after - 1));
      }
      EXPECT_EQ(page.read_up_to, after);
    }
    EXPECT_EQ(after, expected[part].size());
    EXPECT_EQ(value_of(store().head(part)), after);
    EXPECT_EQ(value_of(store().read_log(part, after + 5, 7)).read_up_to, after + 5);
  }
}

TEST_P(StoreContract, TellsTheLastSeqBeforeATime) {
  const RecordKey key = lead_key("a");
  for (Version version = 1; version <= 9; ++version) {  // three entries at each of 10, 20 and 30 ms
    commit(batch_of({write_of(key, version, after_ms(static_cast<std::int64_t>((version + 2) / 3 * 10)))}));
  }
  const auto seq_before = [&](std::int64_t millis) {
    return value_of(store().seq_before(part_of(key), after_ms(millis)));
  };
  EXPECT_EQ(seq_before(0), 0u);
  EXPECT_EQ(seq_before(10), 0u);
  EXPECT_EQ(seq_before(11), 3u);
  EXPECT_EQ(seq_before(20), 3u);
  EXPECT_EQ(seq_before(25), 6u);
  EXPECT_EQ(seq_before(30), 6u);
  EXPECT_EQ(seq_before(31), 9u);
}

// ---- history

TEST_P(StoreHistoryContract, GivesAllOfItInEitherDirection) {
  auto all = counting(1, kVersions);
  EXPECT_EQ(versions({.limit = 1000}), all);
  std::reverse(all.begin(), all.end());
  EXPECT_EQ(versions({.newest_first = true, .limit = 1000}), all);
  EXPECT_EQ(value_of(store().history(lead_key("beside"), {.limit = 1000})).size(), kVersions / 2);
}

TEST_P(StoreHistoryContract, GivesAnyRangeInPages) {
  EXPECT_EQ(versions({.limit = 5}), counting(1, 5));
  EXPECT_EQ(versions({.after = 100, .limit = 5}), counting(101, 105));
  EXPECT_EQ(versions({.after = 100, .up_to = 103, .limit = 5}), counting(101, 103));
  EXPECT_EQ(versions({.after = 63, .up_to = 64}), counting(64, 64));
  EXPECT_EQ(versions({.after = kVersions - 2}), counting(kVersions - 1, kVersions));
  EXPECT_THAT(versions({.newest_first = true, .limit = 3}),
              ElementsAre(kVersions, kVersions - 1, kVersions - 2));
  EXPECT_THAT(versions({.up_to = 70, .newest_first = true, .limit = 3}), ElementsAre(70, 69, 68));
  EXPECT_THAT(versions({.after = 68, .up_to = 70, .newest_first = true, .limit = 9}), ElementsAre(70, 69));
  EXPECT_THAT(versions({.up_to = 2, .newest_first = true}), ElementsAre(2, 1));
}

TEST_P(StoreHistoryContract, GivesNothingOutsideOfWhatHappened) {
  EXPECT_THAT(versions({.after = kVersions}), IsEmpty());
  EXPECT_THAT(versions({.after = ~Version{0}}), IsEmpty());
  EXPECT_THAT(versions({.after = 10, .up_to = 10}), IsEmpty());
  EXPECT_THAT(versions({.after = 10, .up_to = 5, .newest_first = true}), IsEmpty());
  EXPECT_THAT(versions({.limit = 0}), IsEmpty());
  EXPECT_THAT(value_of(store().history(lead_key("unknown"), {})), IsEmpty());
}

TEST_P(StoreHistoryContract, AgreesWithTheLogEntryForEntry) {
  for (const auto& entry : value_of(store().history(key(), {.limit = 1000}))) {
    const auto page = value_of(store().read_log(entry.part, entry.seq - 1, 1));
    ASSERT_EQ(page.entries.size(), 1u);
    EXPECT_EQ(page.entries[0].key, entry.key);
    EXPECT_EQ(page.entries[0].version, entry.version);
    EXPECT_EQ(page.entries[0].changes, entry.changes);
    EXPECT_EQ(page.entries[0].at, entry.at);
    EXPECT_EQ(page.entries[0].origin.actor, entry.origin.actor);
  }
}

TEST_P(StoreHistoryContract, KeepsASnapshotNearEveryVersion) {
  for (Version version = 1; version <= kVersions + 100; ++version) {
    const auto snapshot = value_of(store().snapshot(key(), version));
    const Version reachable = std::min(version, kVersions);
    if (!snapshot) {
      EXPECT_LE(reachable, store::kSnapshotEvery) << version;
      continue;
    }
    EXPECT_LE(snapshot->version, reachable);
    EXPECT_LE(reachable - snapshot->version, store::kSnapshotEvery);
    EXPECT_EQ(snapshot->document, R"({"v":)" + std::to_string(snapshot->version) + "}");
  }
  EXPECT_EQ(value_of(store().snapshot(lead_key("unknown"), 5)), std::nullopt);
}

// ---- the chain

TEST_P(StoreContract, GivesEachChangeAHashThatCoversTheOneBefore) {
  auto second = write_of(lead_key("a"), 2, after_ms(2));
  second.entry.origin.receipt = 77;
  second.updated_at = after_ms(1);
  second.deleted = true;
  auto committed = commit(batch_of({write_of(lead_key("a"), 1), second, write_of(lead_key("b"), 1)}));
  committed.push_back(commit(batch_of({write_of(lead_key("a"), 3)})).at(0));

  const auto end = value_of(store().chain_end(lead_key("a")));
  ASSERT_TRUE(end);
  EXPECT_EQ(end->salt.size(), 16u);
  std::string before;
  const auto history = value_of(store().history(lead_key("a"), {}));
  ASSERT_EQ(history.size(), 3u);
  for (const auto& entry : history) {
    EXPECT_EQ(entry.hash, store::chain_hash(before, end->salt, entry)) << entry.version;
    before = entry.hash;
  }
  EXPECT_EQ(history[1].origin.receipt, 77u);
  EXPECT_EQ(end->hash, before);
  EXPECT_EQ(committed[0].hash, history[0].hash);
  EXPECT_EQ(committed[1].hash, history[1].hash);
  EXPECT_EQ(committed[3].hash, history[2].hash);
  const auto part = part_of(lead_key("a"));
  EXPECT_EQ(value_of(store().read_log(part, committed[1].seq - 1, 1)).entries.at(0).hash, history[1].hash);
}

TEST_P(StoreContract, SaltsEachRecordsChainByItself) {
  commit(batch_of({write_of(lead_key("a"), 1), write_of(lead_key("b"), 1)}));
  EXPECT_NE(value_of(store().chain_end(lead_key("a")))->salt,
            value_of(store().chain_end(lead_key("b")))->salt);
  EXPECT_EQ(value_of(store().chain_end(lead_key("c"))), std::nullopt);
}

}  // namespace
}  // namespace deltapost::testing
