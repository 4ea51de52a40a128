#include "store/draft.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/memory/memory_store.hpp"
#include "support/store_rows.hpp"

namespace deltapost::store {
namespace {

using namespace deltapost::testing;  // NOLINT: rows for tests

class DraftTest : public ::testing::Test {
 protected:
  void SetUp() override {
    Batch batch = batch_of({write_of(lead_key("old"), 1, after_ms(1))});
    batch.claims = {{phone_of("+1"), "old"}};
    batch.idempotency = {{AccountId("acme"), "k", "f", "stored", after_ms(9)}};
    batch.secrets = {{lead_key("old"), "stored"}};
    ASSERT_TRUE(store_.commit(batch));
  }

  MemoryStore store_;
  Draft draft_{store_, after_ms(100)};
  const AccountId acme_{"acme"};
};

TEST_F(DraftTest, ShowsTheStoreWhereItChangedNothing) {
  EXPECT_EQ(value_of(draft_.find(lead_key("old")))->version, 1u);
  EXPECT_EQ(value_of(draft_.find(lead_key("new"))), std::nullopt);
  EXPECT_EQ(value_of(draft_.holder_of(phone_of("+1"))), "old");
  EXPECT_EQ(value_of(draft_.idempotency(acme_, "k"))->reply, "stored");
  EXPECT_EQ(value_of(draft_.secret_of(lead_key("old"))), "stored");
  EXPECT_EQ(value_of(draft_.last_id(acme_, Kind::lead)), "old");
  EXPECT_TRUE(draft_.empty());
}

TEST_F(DraftTest, ShowsWhatItWillCommitAsIfItWereCommitted) {
  draft_.put(write_of(lead_key("new"), 1));
  draft_.put(write_of(lead_key("new"), 2));
  draft_.put(write_of(lead_key("old"), 2));
  draft_.claim({phone_of("+1"), ""});
  draft_.claim({phone_of("+2"), "new"});
  draft_.put(IdempotencyRow{acme_, "k", "f", "drafted", after_ms(9)});
  draft_.put(SecretRow{lead_key("old"), ""});
  draft_.put(SecretRow{lead_key("new"), "drafted"});

  const auto fresh = value_of(draft_.find(lead_key("new")));
  EXPECT_EQ(fresh->version, 2u);
  EXPECT_EQ(fresh->document, R"({"v":2})");
  EXPECT_EQ(fresh->created_at, after_ms(100));
  const auto old = value_of(draft_.find(lead_key("old")));
  EXPECT_EQ(old->version, 2u);
  EXPECT_EQ(old->created_at, after_ms(1));
  EXPECT_EQ(value_of(draft_.holder_of(phone_of("+1"))), std::nullopt);
  EXPECT_EQ(value_of(draft_.holder_of(phone_of("+2"))), "new");
  EXPECT_EQ(value_of(draft_.idempotency(acme_, "k"))->reply, "drafted");
  EXPECT_EQ(value_of(draft_.secret_of(lead_key("old"))), std::nullopt);
  EXPECT_EQ(value_of(draft_.secret_of(lead_key("new"))), "drafted");

  // What the draft shows is what the store then has.
  ASSERT_TRUE(store_.commit(draft_.batch()));
  EXPECT_EQ(value_of(store_.find(lead_key("new")))->created_at, fresh->created_at);
  EXPECT_EQ(value_of(store_.find(lead_key("old")))->document, old->document);
}

TEST_F(DraftTest, CommitsEverythingAtItsOwnTime) {
  draft_.put(write_of(lead_key("new"), 1, after_ms(7)));
  EXPECT_EQ(draft_.batch().writes.at(0).entry.at, after_ms(100));
  EXPECT_EQ(draft_.batch().writes.at(0).updated_at, after_ms(7));
}

TEST_F(DraftTest, TellsTheGreatestIdOfStoreAndDraft) {
  draft_.begin_job();
  draft_.put(write_of(lead_key("zz"), 1));
  draft_.put(write_of(lead_key("b"), 1));
  draft_.put(write_of(lead_key("zzz", "globex"), 1));
  EXPECT_EQ(value_of(draft_.last_id(acme_, Kind::lead)), "zz");
  draft_.drop_job();
  EXPECT_EQ(value_of(draft_.last_id(acme_, Kind::lead)), "old");
}

TEST_F(DraftTest, LeavesNoTraceOfADroppedJob) {
  draft_.begin_job();
  draft_.put(write_of(lead_key("old"), 2));
  draft_.claim({phone_of("+2"), "old"});

  draft_.begin_job();
  draft_.put(write_of(lead_key("old"), 3));
  draft_.put(write_of(lead_key("new"), 1));
  draft_.claim({phone_of("+2"), ""});
  draft_.put(IdempotencyRow{acme_, "k2", "f", "r", after_ms(9)});
  draft_.put(SecretRow{lead_key("old"), "drafted"});
  draft_.put(shared({}));
  draft_.drop_job();

  EXPECT_EQ(value_of(draft_.find(lead_key("old")))->version, 2u);
  EXPECT_EQ(value_of(draft_.find(lead_key("new"))), std::nullopt);
  EXPECT_EQ(value_of(draft_.holder_of(phone_of("+2"))), "old");
  EXPECT_EQ(value_of(draft_.idempotency(acme_, "k2")), std::nullopt);
  EXPECT_EQ(value_of(draft_.secret_of(lead_key("old"))), "stored");
  EXPECT_EQ(draft_.batch().writes.size(), 1u);
  EXPECT_TRUE(draft_.batch().progress.empty());
}

TEST_F(DraftTest, ShowsNoAnswerAboutWhatItErases) {
  ASSERT_TRUE(store_.commit({.idempotency = {{acme_, "k1", "f", "stored", after_ms(999), lead_key("old")},
                                             {acme_, "k2", "f", "other", after_ms(999), lead_key("b")}}}));
  draft_.put(IdempotencyRow{acme_, "k3", "f", "drafted", after_ms(999), lead_key("old")});
  draft_.begin_job();
  draft_.put(Erasure{lead_key("old"), 1});
  for (const char* key : {"k1", "k3"}) {
    EXPECT_TRUE(value_of(draft_.idempotency(acme_, key))->erased()) << key;
    EXPECT_EQ(value_of(draft_.idempotency(acme_, key))->reply, "") << key;
  }
  EXPECT_EQ(value_of(draft_.idempotency(acme_, "k2"))->reply, "other");
  draft_.drop_job();
  EXPECT_EQ(value_of(draft_.idempotency(acme_, "k1"))->reply, "stored");
}

// ---- receiving

class ReceivingDraftTest : public DraftTest {
 protected:
  void SetUp() override {
    DraftTest::SetUp();
    Batch batch;
    batch.receipts = {receipt_of(1), receipt_of(2)};
    batch.seen = {{acme_, "s1", "key", "stored", 1, after_ms(9)}};
    batch.clocks = {{lead_key("old"), "stored"}};
    ASSERT_TRUE(store_.commit(batch));
  }
  ReceiptNumber next() { return value_of(draft_.next_receipt(0)); }
};

TEST_F(ReceivingDraftTest, ShowsTheStoreWhereItChangedNothing) {
  EXPECT_EQ(value_of(draft_.seen(acme_, "s1", "key"))->content, "stored");
  EXPECT_EQ(value_of(draft_.seen(acme_, "s2", "key")), std::nullopt);
  EXPECT_EQ(value_of(draft_.clocks_of(lead_key("old"))), "stored");
  EXPECT_EQ(value_of(draft_.receipt(acme_, 2))->body, "body 2");
  EXPECT_EQ(value_of(draft_.receipt(AccountId("globex"), 2)), std::nullopt);
  EXPECT_EQ(value_of(draft_.receipt(acme_, 3)), std::nullopt);
  EXPECT_TRUE(draft_.empty());
}

TEST_F(ReceivingDraftTest, ShowsWhatItWillCommitAsIfItWereCommitted) {
  draft_.put(SeenRow{acme_, "s1", "key", "drafted", 3, after_ms(9)});
  draft_.put(ClocksRow{lead_key("old"), "drafted"});
  draft_.put(receipt_of(3));
  draft_.put(ReceiptResolution{1, "by hand"});
  draft_.put(ReceiptResolution{3, "at once"});
  EXPECT_EQ(value_of(draft_.seen(acme_, "s1", "key"))->content, "drafted");
  EXPECT_EQ(value_of(draft_.clocks_of(lead_key("old"))), "drafted");
  EXPECT_EQ(value_of(draft_.receipt(acme_, 1))->resolution, "by hand");
  EXPECT_EQ(value_of(draft_.receipt(acme_, 2))->resolution, "");
  EXPECT_EQ(value_of(draft_.receipt(acme_, 3))->resolution, "at once");
  EXPECT_EQ(value_of(draft_.receipt(AccountId("globex"), 3)), std::nullopt);
  draft_.put(ClocksRow{lead_key("old"), ""});
  EXPECT_EQ(value_of(draft_.clocks_of(lead_key("old"))), std::nullopt);

  // What the draft shows is what the store then has.
  ASSERT_TRUE(store_.commit(draft_.batch()));
  EXPECT_EQ(value_of(store_.receipt(acme_, 1))->resolution, "by hand");
  EXPECT_EQ(value_of(store_.receipt(acme_, 3))->resolution, "at once");
  EXPECT_EQ(value_of(store_.clocks_of(lead_key("old"))), std::nullopt);
}

TEST_F(ReceivingDraftTest, NumbersReceiptsOnFromTheStore) {
  draft_.begin_job();
  EXPECT_EQ(next(), 3u);
  EXPECT_EQ(next(), 4u);
  draft_.put(receipt_of(3));
  draft_.begin_job();
  EXPECT_EQ(next(), 5u);

  MemoryStore many(8);
  Draft draft(many, after_ms(1));
  EXPECT_EQ(value_of(draft.next_receipt(5)), (ReceiptNumber{5} << 40) + 1);
  EXPECT_EQ(value_of(draft.next_receipt(0)), 1u);
}

TEST_F(ReceivingDraftTest, TakesTheNumbersOfADroppedJobBack) {
  draft_.begin_job();
  EXPECT_EQ(next(), 3u);
  draft_.put(receipt_of(3));
  draft_.drop_job();
  draft_.begin_job();
  EXPECT_EQ(next(), 3u);
  draft_.drop_job();  // had put nothing yet
  draft_.begin_job();
  EXPECT_EQ(next(), 3u);
}

TEST_F(ReceivingDraftTest, LeavesNoTraceOfADroppedJob) {
  draft_.begin_job();
  draft_.put(receipt_of(3));
  draft_.put(ClocksRow{lead_key("old"), "kept"});

  draft_.begin_job();
  draft_.put(receipt_of(4));
  draft_.put(ReceiptResolution{3, "dropped"});
  draft_.put(SeenRow{acme_, "s1", "key", "dropped", 3, after_ms(9)});
  draft_.put(ClocksRow{lead_key("old"), "dropped"});
  draft_.put(Erasure{lead_key("old"), 1});
  draft_.drop_job();

  EXPECT_EQ(value_of(draft_.receipt(acme_, 4)), std::nullopt);
  EXPECT_EQ(value_of(draft_.receipt(acme_, 3))->resolution, "");
  EXPECT_EQ(value_of(draft_.seen(acme_, "s1", "key"))->content, "stored");
  EXPECT_EQ(value_of(draft_.clocks_of(lead_key("old"))), "kept");
  EXPECT_TRUE(draft_.batch().erasures.empty());
  EXPECT_TRUE(draft_.batch().resolutions.empty());
  EXPECT_EQ(draft_.batch().clocks.size(), 1u);
}

TEST_F(ReceivingDraftTest, ShowsTheClocksOfAnErasedRecordGone) {
  draft_.put(Erasure{lead_key("old"), 1});
  EXPECT_EQ(value_of(draft_.clocks_of(lead_key("old"))), std::nullopt);
}

TEST_F(ReceivingDraftTest, TellsARecordsChangesSinceAVersionFromStoreAndDraft) {
  ASSERT_TRUE(store_.commit(batch_of({write_of(lead_key("old"), 2), write_of(lead_key("old"), 3)})));
  auto fourth = write_of(lead_key("old"), 4);
  fourth.updated_at = after_ms(77);
  draft_.put(fourth);
  draft_.put(write_of(lead_key("new"), 1));
  draft_.put(write_of(lead_key("old"), 5));
  const auto versions = [&](Version after) {
    std::vector<Version> found;
    for (const auto& entry : value_of(draft_.history_since(lead_key("old"), after)))
      found.push_back(entry.version);
    return found;
  };
  using ::testing::ElementsAre;
  EXPECT_THAT(versions(0), ElementsAre(1, 2, 3, 4, 5));
  EXPECT_THAT(versions(2), ElementsAre(3, 4, 5));
  EXPECT_THAT(versions(4), ElementsAre(5));
  EXPECT_THAT(versions(5), ElementsAre());
  const auto drafted = value_of(draft_.history_since(lead_key("old"), 3)).at(0);
  EXPECT_EQ(drafted.updated_at, after_ms(77));
  EXPECT_EQ(drafted.at, after_ms(100));
  EXPECT_EQ(drafted.changes, fourth.entry.changes);
  EXPECT_EQ(value_of(draft_.history_since(lead_key("new"), 0)).size(), 1u);
}

}  // namespace
}  // namespace deltapost::store
