#include "store/draft.hpp"

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
  EXPECT_TRUE(draft_.keep_job());

  draft_.begin_job();
  draft_.put(write_of(lead_key("old"), 3));
  draft_.put(write_of(lead_key("new"), 1));
  draft_.claim({phone_of("+2"), ""});
  draft_.put(IdempotencyRow{acme_, "k2", "f", "r", after_ms(9)});
  draft_.put(SecretRow{lead_key("old"), "drafted"});
  draft_.put(DeliveryProgress{});
  draft_.drop_job();

  EXPECT_EQ(value_of(draft_.find(lead_key("old")))->version, 2u);
  EXPECT_EQ(value_of(draft_.find(lead_key("new"))), std::nullopt);
  EXPECT_EQ(value_of(draft_.holder_of(phone_of("+2"))), "old");
  EXPECT_EQ(value_of(draft_.idempotency(acme_, "k2")), std::nullopt);
  EXPECT_EQ(value_of(draft_.secret_of(lead_key("old"))), "stored");
  EXPECT_EQ(draft_.batch().writes.size(), 1u);
  EXPECT_TRUE(draft_.batch().progress.empty());
}

TEST_F(DraftTest, KnowsWhatEachKeptJobAdded) {
  draft_.begin_job();
  draft_.put(write_of(lead_key("a"), 1));
  EXPECT_TRUE(draft_.keep_job());
  draft_.begin_job();
  EXPECT_FALSE(draft_.keep_job());  // added nothing
  draft_.begin_job();
  draft_.put(write_of(lead_key("b"), 1));
  draft_.drop_job();
  draft_.begin_job();
  draft_.put(write_of(lead_key("c"), 1));
  draft_.put(write_of(lead_key("c"), 2));
  draft_.claim({phone_of("+3"), "c"});
  EXPECT_TRUE(draft_.keep_job());

  const Batch first = draft_.part_of_job(0), second = draft_.part_of_job(1);
  ASSERT_EQ(first.writes.size(), 1u);
  EXPECT_EQ(first.writes[0].entry.key, lead_key("a"));
  EXPECT_TRUE(first.claims.empty());
  ASSERT_EQ(second.writes.size(), 2u);
  EXPECT_EQ(second.writes[0].entry.key, lead_key("c"));
  EXPECT_EQ(second.claims.size(), 1u);
}

}  // namespace
}  // namespace deltapost::store
