// The contract's sentences about what stands beside records: unique values, idempotency rows and secrets.
#include <gmock/gmock.h>

#include "contracts/store_contract.hpp"

namespace deltapost::testing {
namespace {

// ---- unique values

TEST_P(StoreContract, KeepsWhoHoldsAUniqueValue) {
  commit({.claims = {{phone_of("+1"), "a"},
                     {phone_of("+1", "globex"), "b"},
                     {{AccountId("acme"), "other", "+1"}, "c"}}});
  EXPECT_EQ(value_of(store().holder_of(phone_of("+1"))), "a");
  EXPECT_EQ(value_of(store().holder_of(phone_of("+1", "globex"))), "b");
  EXPECT_EQ(value_of(store().holder_of({AccountId("acme"), "other", "+1"})), "c");
  EXPECT_EQ(value_of(store().holder_of(phone_of("+2"))), std::nullopt);
}

TEST_P(StoreContract, RefusesAValueThatAnotherHoldsAndNamesTheHolder) {
  commit({.claims = {{phone_of("+1"), "a"}}});
  commit({.claims = {{phone_of("+1"), "a"}}});  // claiming what one has changes nothing
  const auto refused = store().commit(
      {.writes = {write_of(lead_key("b"), 1)}, .claims = {{phone_of("+2"), "b"}, {phone_of("+1"), "b"}}});
  ASSERT_EQ(fault_of(refused), Fault::conflict);
  EXPECT_EQ(refused.error().other, "a");
  EXPECT_EQ(refused.error().message.find("+1"), std::string::npos);
  EXPECT_EQ(value_of(store().holder_of(phone_of("+2"))), std::nullopt);
  EXPECT_EQ(value_of(store().find(lead_key("b"))), std::nullopt);
}

TEST_P(StoreContract, RefusesTwoHoldersOfOneValueInABatch) {
  const auto refused = store().commit({.claims = {{phone_of("+1"), "a"}, {phone_of("+1"), "b"}}});
  ASSERT_EQ(fault_of(refused), Fault::conflict);
  EXPECT_EQ(refused.error().other, "a");
  EXPECT_EQ(value_of(store().holder_of(phone_of("+1"))), std::nullopt);
}

TEST_P(StoreContract, AppliesClaimsInTheirOrder) {
  commit({.claims = {{phone_of("+1"), "a"}}});
  commit({.claims = {{phone_of("+1"), ""}, {phone_of("+1"), "b"}, {phone_of("+3"), ""}}});
  EXPECT_EQ(value_of(store().holder_of(phone_of("+1"))), "b");
  const auto reversed = store().commit({.claims = {{phone_of("+1"), "c"}, {phone_of("+1"), ""}}});
  EXPECT_EQ(fault_of(reversed), Fault::conflict);
  EXPECT_EQ(value_of(store().holder_of(phone_of("+1"))), "b");
}

TEST_P(StoreContract, WalksOverEveryUniqueValueOnce) {
  std::vector<store::UniqueValue> held, walked;
  store::Batch batch;
  for (int i = 0; i < 20; ++i) {
    held.push_back({AccountId(i % 2 == 0 ? "acme" : "globex"), i % 3 == 0 ? "x" : "y", std::to_string(i)});
    batch.claims.push_back({held.back(), "r" + std::to_string(i)});
  }
  commit(batch);
  store::UniqueValue after;
  for (auto page = value_of(store().scan_unique(after, 3)); !page.empty();
       page = value_of(store().scan_unique(after, 3))) {
    for (const auto& claim : page) {
      EXPECT_EQ(claim.holder, "r" + claim.unique.value);
      walked.push_back(claim.unique);
    }
    after = page.back().unique;
  }
  EXPECT_THAT(walked, ::testing::UnorderedElementsAreArray(held));
}

// ---- idempotency and secrets

TEST_P(StoreContract, KeepsAnIdempotencyRowUntilItIsReplacedOrDropped) {
  const AccountId acme("acme");
  commit({.idempotency = {{acme, "k", "print", "reply\nwith lines", after_ms(10)}}});
  auto row = value_of(store().idempotency(acme, "k"));
  ASSERT_TRUE(row);
  EXPECT_EQ(row->account, acme);
  EXPECT_EQ(row->key, "k");
  EXPECT_EQ(row->fingerprint, "print");
  EXPECT_EQ(row->reply, "reply\nwith lines");
  EXPECT_EQ(row->expires_at, after_ms(10));
  EXPECT_EQ(value_of(store().idempotency(AccountId("globex"), "k")), std::nullopt);
  EXPECT_EQ(value_of(store().idempotency(acme, "K")), std::nullopt);

  commit({.idempotency = {{acme, "k", "other", "again", after_ms(20)}}});
  EXPECT_EQ(value_of(store().idempotency(acme, "k"))->reply, "again");
  EXPECT_EQ(value_of(store().idempotency(acme, "k"))->expires_at, after_ms(20));
}

TEST_P(StoreContract, DropsWhatHasExpiredAndNothingElse) {
  const AccountId acme("acme");
  store::Batch batch;
  for (int i = 0; i < 1200; ++i)
    batch.idempotency.push_back({acme, std::to_string(i), "f", "r", after_ms(i)});
  commit(batch);
  EXPECT_EQ(value_of(store().drop_expired(after_ms(-1))), 0u);
  EXPECT_EQ(value_of(store().drop_expired(after_ms(1099))), 1100u);
  EXPECT_EQ(value_of(store().idempotency(acme, "1099")), std::nullopt);
  EXPECT_TRUE(value_of(store().idempotency(acme, "1100")));
  EXPECT_EQ(value_of(store().drop_expired(after_ms(1099))), 0u);
}

TEST_P(StoreContract, KeepsASecretBesideItsOwnerUntilItIsEmptied) {
  const std::string bytes("\x00\xff secret \x00", 11);
  commit({.secrets = {{lead_key("a"), bytes}, {lead_key("b"), "other"}}});
  EXPECT_EQ(value_of(store().secret_of(lead_key("a"))), bytes);
  EXPECT_EQ(value_of(store().secret_of(lead_key("b"))), "other");
  EXPECT_EQ(value_of(store().secret_of(lead_key("a", "globex"))), std::nullopt);

  commit({.secrets = {{lead_key("a"), "new"}, {lead_key("b"), ""}}});
  EXPECT_EQ(value_of(store().secret_of(lead_key("a"))), "new");
  EXPECT_EQ(value_of(store().secret_of(lead_key("b"))), std::nullopt);
}

}  // namespace
}  // namespace deltapost::testing
