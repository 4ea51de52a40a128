// What a SqliteStore's files hold after an erasure.
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "base/random.hpp"
#include "store/sqlite/sqlite_store.hpp"
#include "store/verify.hpp"
#include "support/store_rows.hpp"
#include "support/temp_dir.hpp"

namespace deltapost::store {
namespace {

using namespace deltapost::testing;  // NOLINT: rows for tests

class SqliteErasureTest : public ::testing::TestWithParam<std::uint64_t> {
 protected:
  bool files_hold(const std::string& value) {
    for (const char* end : {"", "-wal", "-shm"}) {
      std::ifstream file(path_ + end, std::ios::binary);
      const std::string bytes((std::istreambuf_iterator<char>(file)), {});
      if (bytes.find(value) != std::string::npos) return true;
    }
    return false;
  }

  /// A version that sets one field to this value, whatever it was.
  RecordWrite saying(const std::string& id, Version version, const std::string& value) {
    auto write = write_of(lead_key(id), version, R"({"v":")" + value + R"("})");
    write.entry.changes = version == 1 ? R"({"v":{"new":")" + value + R"("}})"
                                       : R"({"v":{"old":")" + last_[id] + R"(","new":")" + value + R"("}})";
    last_[id] = value;
    return write;
  }

  TempDir folder_{TempDir::Where::memory};
  const std::string path_ = folder_.file("deltapost.db");
  std::unique_ptr<SqliteStore> store_ = value_of(SqliteStore::open({.path = path_, .checkpoint_pages = 50}));
  std::map<std::string, std::string> last_;
};

TEST_P(SqliteErasureTest, LeavesNoTraceOfAnErasedValueInAnyFile) {
  // Much is written around the value, so that it wanders: pages split, rows grow and shrink, checkpoints
  // happen.
  const std::string secret = "Jonathan Applegate";
  SeededRandom random(GetParam());
  std::map<std::string, Version> versions;
  ReceiptNumber receipt = 0;
  for (Version version = 1; version <= 150; ++version) {
    Batch batch;
    for (int i = 0; i < 10; ++i) {
      const std::string other = "other" + std::to_string(random.below(40));
      batch.writes.push_back(saying(other, ++versions[other], unpackable(random.below(1200))));
    }
    const std::size_t padding = random.below(8) == 0 ? 6000 : random.below(700);
    batch.writes.push_back(saying("a", version, secret + unpackable(padding)));
    batch.receipts = {receipt_of(++receipt)};
    batch.receipts[0].body = secret + unpackable(padding);
    batch.receipts[0].outcome = R"({"name":")" + secret + R"("})";
    if (version % 2 == 0) batch.receipts[0].about = {lead_key("a")};
    batch.writes.back().entry.origin.receipt = receipt;
    batch.idempotency = {
        {AccountId("acme"), std::to_string(version), "f", secret, after_ms(99), lead_key("a")}};
    batch.clocks = {{lead_key("a"), secret + std::to_string(version)}};
    const auto committed = value_of(store_->commit(batch));
    Batch delivered;
    Attempt attempt;
    attempt.delivery = {EndpointId("ep"), 0, committed.entries.back().seq, 0};
    attempt.response = "thanks for " + secret;
    delivered.progress = {shared({.part = 0, .attempts = {attempt}})};
    ASSERT_TRUE(store_->commit(delivered));
  }
  ASSERT_TRUE(files_hold(secret));

  auto last = write_of(lead_key("a"), 151, "{}");
  last.entry.changes = R"({"v":{"old":")" + last_["a"] + R"("}})";
  Batch erasing = batch_of({last});
  erasing.erasures = {{lead_key("a"), 151}};
  ASSERT_TRUE(store_->commit(erasing));
  ASSERT_TRUE(store_->scrub());
  EXPECT_FALSE(files_hold(secret));
  // Nor does it come back with pages that were still in memory.
  for (auto& [other, version] : versions)
    ASSERT_TRUE(store_->commit(batch_of({saying(other, ++version, "z")})));
  EXPECT_FALSE(files_hold(secret));
  const auto report = value_of(verify(*store_));
  EXPECT_TRUE(report.sound()) << ::testing::PrintToString(report.problems);
}

TEST_P(SqliteErasureTest, CanBeScrubbedAtAnyTime) {
  EXPECT_TRUE(store_->scrub());
  ASSERT_TRUE(store_->commit(batch_of({saying("a", 1, "x")})));
  EXPECT_TRUE(store_->scrub());
  EXPECT_EQ(value_of(store_->find(lead_key("a")))->version, 1u);
}

INSTANTIATE_TEST_SUITE_P(Seeds, SqliteErasureTest, ::testing::Range<std::uint64_t>(16, 24));

}  // namespace
}  // namespace deltapost::store
