#include "store/history.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <utility>

#include "record/merge.hpp"
#include "store/memory/memory_store.hpp"
#include "store/sqlite/sqlite_store.hpp"
#include "support/random_document.hpp"
#include "support/store_rows.hpp"
#include "support/temp_dir.hpp"

namespace deltapost::store {
namespace {

using namespace deltapost::testing;  // NOLINT: rows for tests

// Promise 8: the record at any time is the fold of its changes.
void expect_history_adds_up(Store& store, unsigned seed) {
  SCOPED_TRACE("seed " + std::to_string(seed));
  RandomDocument documents(seed);
  struct Step {
    JsonObject document;
    Time at;
    bool deleted;
  };
  std::map<RecordKey, std::vector<Step>> expected;
  Batch batch;
  for (int i = 0; i < 600; ++i) {
    const RecordKey key = lead_key("r" + std::to_string(documents.below(4)));
    auto& steps = expected[key];
    const JsonObject before = steps.empty() ? JsonObject{} : steps.back().document;
    JsonObject after = before;
    merge_patch(after, documents.object(3));
    if (diff(before, after).empty()) continue;
    const Time at = after_ms(i / 3 * 10);  // several at one time
    auto write = change_to(key, steps.size() + 1, before, after, at);
    write.deleted = documents.below(5) == 0;
    steps.push_back({after, at, write.deleted});
    batch.writes.push_back(std::move(write));
    if (documents.below(8) == 0) {
      ASSERT_TRUE(store.commit(std::exchange(batch, {})));
    }
  }
  ASSERT_TRUE(store.commit(batch));

  for (const auto& [key, steps] : expected) {
    for (Version version = 1; version <= steps.size(); ++version) {
      const Step& step = steps[version - 1];
      const auto record = value_of(at_version(store, key, version));
      ASSERT_EQ(record.version, version);
      ASSERT_TRUE(same_json(record.document, step.document)) << wire_id(key) << " version " << version;
      ASSERT_EQ(record.updated_at, step.at);
      ASSERT_EQ(record.created_at, steps.front().at);
      ASSERT_EQ(record.deleted, step.deleted);
    }
    const auto newest = value_of(store.find(key));
    const Version near = steps.size() - std::min<Version>(steps.size(), 20);
    for (const LogEntry& entry : value_of(store.history(key, {.after = near}))) {
      const auto before = value_of(at_seq(store, *newest, entry.seq - 1));
      ASSERT_EQ(before ? before->version : 0, entry.version - 1);
      const auto after = value_of(at_seq(store, *newest, entry.seq));
      ASSERT_EQ(after->version, entry.version);
      ASSERT_TRUE(same_json(after->document, steps[entry.version - 1].document));
      ASSERT_EQ(after->deleted, steps[entry.version - 1].deleted);
    }
    EXPECT_EQ(fault_of(at_version(store, key, steps.size() + 1)), Fault::not_found);
    EXPECT_EQ(fault_of(at_version(store, key, 0)), Fault::not_found);

    for (std::int64_t millis = -5; millis < 2010; millis += 35) {
      const auto last = std::upper_bound(steps.begin(), steps.end(), after_ms(millis),
                                         [](Time time, const Step& step) { return time < step.at; });
      const auto record = value_of(at_time(store, key, after_ms(millis)));
      ASSERT_EQ(record ? record->version : 0, static_cast<Version>(last - steps.begin())) << millis;
    }
  }
}

TEST(History, AddsUpToTheRecordAtEveryVersionAndTimeInMemory) {
  for (unsigned round = 0; round < 6; ++round) {
    MemoryStore store(1 + round % 3);
    expect_history_adds_up(store, std::random_device{}());
  }
}

TEST(History, AddsUpToTheRecordAtEveryVersionAndTimeInAFile) {
  for (Part partitions : {1u, 3u}) {
    TempDir folder(TempDir::Where::memory);
    auto store = value_of(SqliteStore::open({.path = folder.file("store"), .partitions = partitions}));
    ASSERT_NE(store, nullptr);
    expect_history_adds_up(*store, std::random_device{}());
  }
}

TEST(History, KnowsNothingOfARecordThatNeverWas) {
  MemoryStore store;
  EXPECT_EQ(fault_of(at_version(store, lead_key("a"), 1)), Fault::not_found);
  EXPECT_EQ(value_of(at_time(store, lead_key("a"), after_ms(0))), std::nullopt);
}

TEST(History, TellsAChangeThatDoesNotFit) {
  MemoryStore store;
  ASSERT_TRUE(store.commit(batch_of({change_to(lead_key("a"), 1, {}, {{"x", 1}}, after_ms(1)),
                                     change_to(lead_key("a"), 2, {{"x", 7}}, {{"x", 8}}, after_ms(2))})));
  EXPECT_TRUE(at_version(store, lead_key("a"), 1));
  auto corrupt = at_version(store, lead_key("a"), 2);
  ASSERT_EQ(fault_of(corrupt), Fault::corrupt);
  EXPECT_NE(corrupt.error().message.find("version 2"), std::string::npos);
}

TEST(History, TellsStoredTextThatIsNoDocument) {
  EXPECT_EQ(fault_of(to_record({lead_key("a"), 1, "[1]", {}, {}, false})), Fault::corrupt);
  LogEntry entry;
  entry.key = lead_key("a");
  entry.version = 4;
  entry.changes = R"({"a":)";
  EXPECT_EQ(fault_of(to_change(entry)), Fault::corrupt);
}

TEST(History, ReadsAChangeWithItsOrigin) {
  MemoryStore store;
  ASSERT_TRUE(store.commit(batch_of({change_to(lead_key("a"), 1, {}, {{"x", nullptr}}, after_ms(1))})));
  const auto change = value_of(to_change(value_of(store.history(lead_key("a"), {})).at(0)));
  EXPECT_EQ(change.version, 1u);
  EXPECT_EQ(change.at, after_ms(1));
  EXPECT_EQ(change.origin.actor, "key:k1");
  ASSERT_EQ(change.fields.size(), 1u);
  EXPECT_EQ(change.fields[0].old_value, std::nullopt);
  EXPECT_EQ(change.fields[0].new_value, Json(nullptr));
}

}  // namespace
}  // namespace deltapost::store
