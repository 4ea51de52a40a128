#include "store/log_tail.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "store/chain.hpp"
#include "store/memory/memory_store.hpp"
#include "support/store_rows.hpp"

namespace deltapost::store {
namespace {

using namespace deltapost::testing;  // NOLINT: rows for tests

/// A store that tells how often its log was read.
class CountingStore : public MemoryStore {
 public:
  using MemoryStore::MemoryStore;
  Result<LogPage> read_log(Part part, Seq after, std::size_t limit) override {
    ++reads;
    return MemoryStore::read_log(part, after, limit);
  }
  std::atomic<int> reads = 0;
};

class LogTailTest : public ::testing::Test {
 protected:
  void commit(LogTail& tail, const std::string& document = "{}") {
    auto receipt = store_.commit(batch_of({write_of(lead_key("a"), ++version_, document)}));
    ASSERT_TRUE(receipt);
    tail.append(receipt->entries);
  }

  CountingStore store_;
  Version version_ = 0;
};

std::vector<Seq> seqs_of(const TailPage& page) {
  std::vector<Seq> seqs;
  for (const auto& entry : page.entries) seqs.push_back(entry->seq);
  return seqs;
}

TEST_F(LogTailTest, GivesFreshEntriesFromMemoryWithTheirDocuments) {
  LogTail tail(store_);
  ASSERT_TRUE(tail.start());
  for (int i = 0; i < 5; ++i) commit(tail, R"({"n":)" + std::to_string(i) + "}");
  const auto page = value_of(tail.read(0, 1, 3));
  EXPECT_THAT(seqs_of(page), ::testing::ElementsAre(2, 3, 4));
  EXPECT_EQ(page.read_up_to, 4u);
  ASSERT_TRUE(page.entries[0]->document);
  EXPECT_EQ(*page.entries[0]->document, R"({"n":1})");
  EXPECT_EQ(store_.reads, 0);
}

TEST_F(LogTailTest, GivesAnEmptyPageAtTheEndWithoutAskingTheStore) {
  LogTail tail(store_);
  ASSERT_TRUE(tail.start());
  commit(tail);
  for (Seq after : {Seq{1}, Seq{9}}) {
    const auto page = value_of(tail.read(0, after, 3));
    EXPECT_TRUE(page.entries.empty());
    EXPECT_EQ(page.read_up_to, after);
  }
  EXPECT_EQ(store_.reads, 0);
}

TEST_F(LogTailTest, ReadsWhatWasBeforeItFromTheStore) {
  LogTail before(store_);
  ASSERT_TRUE(before.start());
  for (int i = 0; i < 4; ++i) commit(before);

  LogTail tail(store_);
  ASSERT_TRUE(tail.start());
  EXPECT_EQ(tail.head(0), 4u);
  commit(tail);
  EXPECT_EQ(tail.head(0), 5u);
  EXPECT_THAT(seqs_of(value_of(tail.read(0, 1, 10))), ::testing::ElementsAre(2, 3, 4, 5));
  EXPECT_EQ(store_.reads, 1);
  EXPECT_THAT(seqs_of(value_of(tail.read(0, 4, 10))), ::testing::ElementsAre(5));
  EXPECT_EQ(store_.reads, 1);
}

TEST_F(LogTailTest, KeepsNoMoreEntriesThanItsLimit) {
  LogTail tail(store_, {.max_entries = 3, .max_bytes = 1 << 20});
  ASSERT_TRUE(tail.start());
  for (int i = 0; i < 10; ++i) commit(tail);
  EXPECT_THAT(seqs_of(value_of(tail.read(0, 7, 10))), ::testing::ElementsAre(8, 9, 10));
  EXPECT_EQ(store_.reads, 0);
  EXPECT_THAT(seqs_of(value_of(tail.read(0, 6, 10))), ::testing::ElementsAre(7, 8, 9, 10));
  EXPECT_EQ(store_.reads, 1);
}

TEST_F(LogTailTest, KeepsNoMoreBytesThanItsLimit) {
  LogTail tail(store_, {.max_entries = 1000, .max_bytes = 10'000});
  ASSERT_TRUE(tail.start());
  const std::string big = R"({"text":")" + std::string(4000, 'x') + R"("})";
  for (int i = 0; i < 10; ++i) commit(tail, big);
  value_of(tail.read(0, 8, 10));
  EXPECT_EQ(store_.reads, 0);
  value_of(tail.read(0, 7, 10));
  EXPECT_EQ(store_.reads, 1);
  // One that is greater than the limit by itself is not kept, and loses nothing.
  commit(tail, R"({"text":")" + std::string(20'000, 'x') + R"("})");
  EXPECT_THAT(seqs_of(value_of(tail.read(0, 10, 10))), ::testing::ElementsAre(11));
}

TEST_F(LogTailTest, WakesItsSubscribersUntilTheyLeave) {
  LogTail tail(store_);
  ASSERT_TRUE(tail.start());
  int first = 0, second = 0;
  Seq seen = 0;
  const auto one = tail.subscribe([&] {
    ++first;
    seen = tail.head(0);  // what woke it can be read
  });
  const auto two = tail.subscribe([&] { ++second; });
  commit(tail);
  EXPECT_EQ(seen, 1u);
  tail.unsubscribe(one);
  commit(tail);
  tail.unsubscribe(two);
  commit(tail);
  EXPECT_EQ(first, 1);
  EXPECT_EQ(second, 2);
}

TEST_F(LogTailTest, ForgetsARecordThatWasErased) {
  LogTail tail(store_);
  ASSERT_TRUE(tail.start());
  const auto next = [&](Version version, bool erases) {
    auto batch = batch_of({write_of(lead_key("erased"), version)});
    if (erases) batch.erasures = {{lead_key("erased"), version}};
    tail.append(value_of(store_.commit(batch)).entries);
  };
  next(1, false);
  EXPECT_NE(value_of(tail.read(0, 0, 10)).entries.at(0)->document, nullptr);  // from memory
  next(2, true);
  auto entries = value_of(tail.read(0, 0, 10)).entries;
  ASSERT_EQ(entries.size(), 2u);
  EXPECT_TRUE(is_redacted(entries[0]->changes));
  EXPECT_TRUE(is_redacted(entries[1]->changes));
  EXPECT_EQ(tail.head(0), 2u);

  next(3, false);  // and what comes is kept again
  EXPECT_NE(value_of(tail.read(0, 2, 10)).entries.at(0)->document, nullptr);
  tail.forget(lead_key("erased"));
  entries = value_of(tail.read(0, 2, 10)).entries;
  ASSERT_EQ(entries.size(), 1u);
  EXPECT_EQ(entries[0]->document, nullptr);
}

TEST_F(LogTailTest, LosesAndRepeatsNothingForReadersThatFollowItWhileItGrows) {
  LogTail tail(store_, {.max_entries = 4, .max_bytes = 1 << 20});
  ASSERT_TRUE(tail.start());
  constexpr Seq kEntries = 2000;
  std::vector<std::thread> followers;
  for (int i = 0; i < 2; ++i) {
    followers.emplace_back([&tail] {
      Seq after = 0;
      while (after < kEntries) {
        const auto page = value_of(tail.read(0, after, 7));
        for (const auto& entry : page.entries) {
          ASSERT_EQ(entry->seq, ++after);
          ASSERT_EQ(entry->version, after);
        }
        ASSERT_EQ(page.read_up_to, after);
      }
    });
  }
  for (Seq i = 0; i < kEntries; ++i) commit(tail);
  for (auto& follower : followers) follower.join();
}

}  // namespace
}  // namespace deltapost::store
