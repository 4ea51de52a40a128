// The contract's sentences about the chain of a record's changes.
#include <gmock/gmock.h>

#include "contracts/store_contract.hpp"
#include "store/chain.hpp"
#include "store/verify.hpp"

namespace deltapost::testing {
namespace {

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
