#include "app/bench/seed.hpp"

#include <gtest/gtest.h>

#include "api/accounts.hpp"
#include "app/bench/samples.hpp"
#include "intake/writer.hpp"
#include "store/sqlite/sqlite_store.hpp"
#include "store/verify.hpp"
#include "support/temp_dir.hpp"

namespace deltapost::app::bench {
namespace {

const AccountId kAccount("acc_1");

/// A store with an account, as a server's first start leaves it.
std::string new_store(const testing::TempDir& folder) {
  const std::string file = folder.file("bench.db");
  auto store = store::SqliteStore::open({.path = file});
  EXPECT_TRUE(store);
  store::Draft draft(**store, Time{});
  Record account{.key = api::account_record(kAccount)};
  account.document = api::account_document(kAccount, "default", draft.now());
  const Record nothing{.key = account.key};
  Diff changes = diff({}, account.document);
  intake::put_step(draft, nothing, {std::move(changes), std::move(account)}, {"test", "test"});
  EXPECT_TRUE((*store)->commit(draft.batch()));
  return file;
}

class Seed : public ::testing::TestWithParam<Kind> {};

TEST_P(Seed, MakesWholeRecordsThatAreFoundByTheirIds) {
  const testing::TempDir folder;
  const std::string file = new_store(folder);
  ASSERT_TRUE(seed(file, GetParam(), 3));
  auto store = store::SqliteStore::open({.path = file});
  ASSERT_TRUE(store);
  for (std::uint32_t number = 0; number < 3; ++number) {
    const std::string id = sample_id(GetParam(), number);
    const RecordKey key{kAccount, GetParam(),
                        GetParam() == Kind::contact ? contact_key_id(std::stoull(id)) : id};
    const auto found = (*store)->find(key);
    ASSERT_TRUE(found && *found) << id;
    EXPECT_EQ((*found)->version, 1U);
    EXPECT_NE((*found)->document.find(id), std::string::npos) << (*found)->document;
  }
  const auto verified = store::verify(**store);
  ASSERT_TRUE(verified);
  EXPECT_TRUE(verified->sound()) << verified->problems.front();
  const auto head = (*store)->head(0);
  const auto delivery = (*store)->delivery_state(0);
  ASSERT_TRUE(head && delivery);
  EXPECT_EQ(*head, 4U);
  EXPECT_EQ(delivery->cursor, *head) << "nothing of it is left to be delivered";
}

INSTANTIATE_TEST_SUITE_P(Kinds, Seed, ::testing::Values(Kind::lead, Kind::contact),
                         [](const auto& kind) { return std::string(to_string(kind.param)); });

}  // namespace
}  // namespace deltapost::app::bench
