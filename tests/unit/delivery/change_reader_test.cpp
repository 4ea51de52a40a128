// Changes read from the log, and the documents after them.
#include "delivery/change_reader.hpp"

#include "store/memory/memory_store.hpp"
#include "support/store_rows.hpp"

namespace deltapost::delivery {
namespace {

using testing::batch_of;
using testing::lead_key;
using testing::value_of;
using testing::write_of;

/// Lead a at version 3 and lead b at version 1, as seq 1 to 4.
class ChangeReaderTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(store_.commit(batch_of({write_of(lead_key("a"), 1), write_of(lead_key("a"), 2),
                                        write_of(lead_key("a"), 3), write_of(lead_key("b"), 1)})));
    ASSERT_TRUE(tail_.start());
  }
  std::vector<EntryPtr> read() { return value_of(reader_.read(0, 0, 10)).entries; }

  store::MemoryStore store_;
  store::LogTail tail_{store_};
  ChangeReader reader_{tail_, store_};
};

TEST_F(ChangeReaderTest, GivesWhatItReadLastAgainHoweverItIsAskedFor) {
  reader_.open(0);
  const auto page = value_of(reader_.read(0, 0, 10));
  EXPECT_EQ(page.read_up_to, 4u);
  ASSERT_EQ(page.entries.size(), 4u);
  EXPECT_EQ(read(), page.entries);
  EXPECT_EQ(value_of(reader_.at(0, 4)), page.entries[3]);
  const auto history = value_of(reader_.history(lead_key("a"), {.after = 1}));
  EXPECT_EQ(history, (std::vector<EntryPtr>{page.entries[1], page.entries[2]}));
}

TEST_F(ChangeReaderTest, KeepsNothingOfAPartitionThatIsNotOpen) {
  const auto first = read();
  EXPECT_NE(read()[0], first[0]);
  reader_.open(0);
  const auto kept = read();
  reader_.close(0);
  EXPECT_NE(read()[0], kept[0]);
  EXPECT_EQ(read()[0]->record->key, lead_key("a"));
}

TEST_F(ChangeReaderTest, GivesOutNothingThatWasReadBeforeAnErasure) {
  reader_.open(0);
  const auto before = std::static_pointer_cast<const LoggedChange>(read()[0]);
  EXPECT_TRUE(reader_.is_current(*before));
  tail_.forget(lead_key("b"));  // whoever it was
  EXPECT_FALSE(reader_.is_current(*before));
  const auto anew = value_of(reader_.at(0, 1));
  EXPECT_NE(anew, before);
  EXPECT_TRUE(reader_.is_current(*anew));
  EXPECT_NE(value_of(reader_.history(lead_key("a"), {}))[0], before);
  EXPECT_NE(read()[0], before);
}

TEST_F(ChangeReaderTest, FindsNoChangeThatIsNotThere) {
  const auto missing = reader_.at(0, 5);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().fault, Fault::not_found);
}

// ---- documents

/// A store that tells how often a record had to be folded from its changes.
class FoldingStore : public store::MemoryStore {
 public:
  Result<std::vector<store::LogEntry>> history(const RecordKey& key,
                                               const store::HistoryQuery& query) override {
    ++folds;
    return MemoryStore::history(key, query);
  }
  int folds = 0;
};

class DocumentReaderTest : public ::testing::Test {
 protected:
  /// As many versions of each record, all their first ones before all their second ones; what the log has of
  /// them, without documents.
  std::vector<store::LogEntry> logged(int records, int versions) {
    for (int version = 1; version <= versions; ++version) {
      const std::string old = version == 1 ? "" : R"("old":)" + std::to_string(version - 1) + ",";
      for (int record = 0; record < records; ++record) {
        auto write = write_of(lead_key(std::to_string(record)), static_cast<Version>(version));
        write.entry.changes = R"({"v":{)" + old + R"("new":)" + std::to_string(version) + "}}";
        EXPECT_TRUE(store_.commit(batch_of({std::move(write)})));
      }
    }
    return value_of(store_.read_log(0, 0, static_cast<std::size_t>(records * versions))).entries;
  }

  FoldingStore store_;
};

TEST_F(DocumentReaderTest, FollowsDocumentsVersionByVersionWhateverTheOrder) {
  const auto entries = logged(1, 70);
  DocumentReader documents(store_);
  for (const std::size_t i : {0u, 1u, 2u, 69u, 5u, 6u, 6u, 4u, 64u, 65u})
    EXPECT_EQ(value_of(documents.document_after(entries.at(i))), (JsonObject{{"v", i + 1}}));
}

TEST_F(DocumentReaderTest, FoldsARecordOnceHoweverManyAreReadInTurn) {
  constexpr int kVersions = 4;
  const auto entries = logged(50, kVersions);
  const auto read_all = [&](DocumentReader& reader) {
    store_.folds = 0;
    for (const auto& entry : entries) EXPECT_TRUE(reader.document_after(entry).has_value());
    return store_.folds;
  };
  DocumentReader roomy(store_, {.max_bytes = 1 << 20});
  const int once = read_all(roomy);
  // With room for fewer, all but the newest version, which is the record itself, are folded each time.
  DocumentReader narrow(store_, {.max_bytes = 10'000});
  EXPECT_EQ(read_all(narrow), once * (kVersions - 1));
  EXPECT_GT(once, 0);
  roomy.forget_all();
  EXPECT_EQ(read_all(roomy), once);
}

}  // namespace
}  // namespace deltapost::delivery
