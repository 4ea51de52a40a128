#include <gtest/gtest.h>

#include <vector>

#include "support/store_rows.hpp"

namespace deltapost::store {
namespace {

using deltapost::testing::lead_key;

// Worked out by an independent program from the description in partition.cpp; stored data depends on these.
TEST(Partition, IsTheSameForEver) {
  EXPECT_EQ(partition_of(lead_key("01hx0000000000000000000000"), 256), 224u);
  EXPECT_EQ(partition_of({AccountId("acme"), Kind::contact, contact_key_id(5)}, 256), 103u);
  EXPECT_EQ(partition_of({AccountId("ü"), Kind::account, ""}, 1'000'003), 526233u);
}

TEST(Partition, IsTheOnlyOneWhereThereIsOne) {
  EXPECT_EQ(partition_of(lead_key("anything"), 1), 0u);
}

TEST(Partition, DoesNotConfuseWhereOneFieldEndsAndTheNextBegins) {
  const Part many = 1u << 31;
  EXPECT_NE(partition_of(lead_key("bc", "a"), many), partition_of(lead_key("c", "ab"), many));
}

TEST(Partition, SpreadsRecordsEvenly) {
  std::vector<int> count(8);
  for (int i = 0; i < 8000; ++i)
    ++count[partition_of({AccountId("acme"), Kind::contact, contact_key_id(i)}, 8)];
  for (int each : count) {
    EXPECT_GT(each, 800);
    EXPECT_LT(each, 1200);
  }
}

}  // namespace
}  // namespace deltapost::store
