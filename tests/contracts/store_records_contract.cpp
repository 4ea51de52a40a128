// The contract's sentences about batches and records.
#include <gmock/gmock.h>

#include <algorithm>
#include <atomic>
#include <thread>

#include "contracts/store_contract.hpp"

namespace deltapost::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::UnorderedElementsAre;

std::vector<std::string> ids_of(const std::vector<store::StoredRecord>& records) {
  std::vector<std::string> ids;
  for (const auto& record : records) ids.push_back(record.key.id);
  return ids;
}

// ---- records

TEST_P(StoreContract, FindsNothingWhereNothingWasStored) {
  EXPECT_EQ(value_of(store().find(lead_key("a"))), std::nullopt);
}

TEST_P(StoreContract, FindsARecordAsItWasWritten) {
  auto write = write_of(lead_key("a"), 1, R"({"name":"Ada","é":"☕"})", after_ms(5));
  write.updated_at = after_ms(3);
  write.deleted = true;
  commit(batch_of({write}));

  auto found = value_of(store().find(lead_key("a")));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->key, lead_key("a"));
  EXPECT_EQ(found->version, 1u);
  EXPECT_EQ(found->document, R"({"name":"Ada","é":"☕"})");
  EXPECT_EQ(found->created_at, after_ms(5));
  EXPECT_EQ(found->updated_at, after_ms(3));
  EXPECT_TRUE(found->deleted);
}

TEST_P(StoreContract, FindsToWriteWhatItFindsAndLetsOthersWriteAfterwards) {
  EXPECT_EQ(value_of(store().find_to_write(lead_key("a"))), std::nullopt);
  grow(lead_key("a"), 3);  // the commit ends what was begun
  for (int round = 0; round < 2; ++round) {
    const auto found = value_of(store().find_to_write(lead_key("a")));
    const auto plain = value_of(store().find(lead_key("a")));
    ASSERT_TRUE(found && plain);
    EXPECT_EQ(found->key, plain->key);
    EXPECT_EQ(found->version, 3u);
    EXPECT_EQ(found->document, plain->document);
    EXPECT_EQ(found->created_at, plain->created_at);
    EXPECT_EQ(found->updated_at, plain->updated_at);
    EXPECT_EQ(found->deleted, plain->deleted);
    EXPECT_EQ(value_of(store().find_to_write(lead_key("b"))), std::nullopt);
    store().end_reading_to_write();
    std::thread([&] { grow(lead_key("other" + std::to_string(round)), 1); }).join();
  }
  commit(batch_of({write_of(lead_key("a"), 4)}));
  EXPECT_EQ(value_of(store().find_to_write(lead_key("a")))->version, 4u);
  store().end_reading_to_write();
}

TEST_P(StoreContract, BuildsOnWhatWasWrittenSinceItWasFoundToWrite) {
  grow(lead_key("a"), 2);
  value_of(store().find_to_write(lead_key("a")));
  store().end_reading_to_write();
  commit(batch_of({write_of(lead_key("a"), 3)}));
  commit(batch_of({write_of(lead_key("a"), 4)}));
  EXPECT_EQ(value_of(store().history(lead_key("a"), {})).size(), 4u);
}

TEST_P(StoreContract, KeepsTheTimeOfCreationThroughUpdates) {
  grow(lead_key("a"), 3);
  auto found = value_of(store().find(lead_key("a")));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->version, 3u);
  EXPECT_EQ(found->document, R"({"v":3})");
  EXPECT_EQ(found->created_at, after_ms(1));
  EXPECT_EQ(found->updated_at, after_ms(3));
}

TEST_P(StoreContract, TellsRecordsApartByAccountKindAndId) {
  const RecordKey other_account = lead_key("a", "globex");
  const RecordKey other_kind{AccountId("acme"), Kind::contact, "a"};
  commit(batch_of({write_of(lead_key("a"), 1, R"({"is":1})"), write_of(other_account, 1, R"({"is":2})"),
                   write_of(other_kind, 1, R"({"is":3})")}));
  EXPECT_EQ(value_of(store().find(lead_key("a")))->document, R"({"is":1})");
  EXPECT_EQ(value_of(store().find(other_account))->document, R"({"is":2})");
  EXPECT_EQ(value_of(store().find(other_kind))->document, R"({"is":3})");
}

TEST_P(StoreContract, TakesSeveralVersionsOfOneRecordInOneBatch) {
  commit(batch_of({write_of(lead_key("a"), 1), write_of(lead_key("b"), 1), write_of(lead_key("a"), 2)}));
  commit(batch_of({write_of(lead_key("a"), 3), write_of(lead_key("a"), 4)}));
  EXPECT_EQ(value_of(store().find(lead_key("a")))->version, 4u);
  EXPECT_EQ(value_of(store().find(lead_key("a")))->document, R"({"v":4})");
  EXPECT_EQ(value_of(store().history(lead_key("a"), {})).size(), 4u);
}

TEST_P(StoreContract, RefusesAVersionThatDoesNotFollow) {
  for (Version wrong : {Version{0}, Version{2}}) {
    auto refused = store().commit(batch_of({write_of(lead_key("a"), wrong)}));
    EXPECT_EQ(fault_of(refused), Fault::conflict) << wrong;
  }
  grow(lead_key("a"), 2);
  for (Version wrong : {Version{1}, Version{2}, Version{4}}) {
    auto refused = store().commit(batch_of({write_of(lead_key("a"), wrong)}));
    ASSERT_EQ(fault_of(refused), Fault::conflict) << wrong;
    EXPECT_EQ(refused.error().other, "a");
  }
  EXPECT_EQ(value_of(store().find(lead_key("a")))->version, 2u);
}

TEST_P(StoreContract, LeavesNothingOfARefusedBatch) {
  grow(lead_key("a"), 1);
  store::Batch batch =
      batch_of({write_of(lead_key("new"), 1), write_of(lead_key("a"), 2), write_of(lead_key("a"), 7)});
  batch.claims = {{phone_of("+1"), "new"}};
  batch.idempotency = {{AccountId("acme"), "k", "f", "r", after_ms(9)}};
  batch.secrets = {{lead_key("new"), "sealed"}};
  store::DeliveryProgress progress{.part = part_of(lead_key("a")), .cursor = 1};
  batch.progress = {shared(progress)};
  const auto head_before = value_of(store().head(part_of(lead_key("new"))));
  ASSERT_EQ(fault_of(store().commit(batch)), Fault::conflict);

  EXPECT_EQ(value_of(store().find(lead_key("new"))), std::nullopt);
  EXPECT_EQ(value_of(store().find(lead_key("a")))->version, 1u);
  EXPECT_EQ(value_of(store().history(lead_key("a"), {})).size(), 1u);
  EXPECT_EQ(value_of(store().holder_of(phone_of("+1"))), std::nullopt);
  EXPECT_EQ(value_of(store().idempotency(AccountId("acme"), "k")), std::nullopt);
  EXPECT_EQ(value_of(store().secret_of(lead_key("new"))), std::nullopt);
  EXPECT_EQ(value_of(store().delivery_state(part_of(lead_key("a")))).cursor, 0u);
  EXPECT_EQ(value_of(store().head(part_of(lead_key("new")))), head_before);

  // And what follows is numbered as if it had never been tried.
  auto entries = commit(batch_of({write_of(lead_key("new"), 1)}));
  EXPECT_EQ(entries.at(0).seq, head_before + 1);
}

TEST_P(StoreContract, TakesAnEmptyBatch) {
  EXPECT_TRUE(commit({}).empty());
}

TEST_P(StoreContract, ListsAnAccountsRecordsByIdPageAfterPage) {
  for (const char* id : {"m", "c", "x", "a", "é", "B"}) commit(batch_of({write_of(lead_key(id), 1)}));
  auto deleted = write_of(lead_key("d"), 1);
  deleted.deleted = true;
  commit(batch_of({deleted, write_of(lead_key("b", "globex"), 1),
                   write_of({AccountId("acme"), Kind::contact, "b"}, 1), write_of(lead_key("b", "acm"), 1)}));

  const AccountId acme("acme");
  EXPECT_THAT(ids_of(value_of(store().list(acme, Kind::lead, "", 100))),
              ElementsAre("B", "a", "c", "d", "m", "x", "é"));
  EXPECT_THAT(ids_of(value_of(store().list(acme, Kind::lead, "", 3))), ElementsAre("B", "a", "c"));
  EXPECT_THAT(ids_of(value_of(store().list(acme, Kind::lead, "c", 3))), ElementsAre("d", "m", "x"));
  EXPECT_THAT(ids_of(value_of(store().list(acme, Kind::lead, "cc", 2))), ElementsAre("d", "m"));
  EXPECT_THAT(ids_of(value_of(store().list(acme, Kind::lead, "é", 3))), ElementsAre());
  EXPECT_THAT(ids_of(value_of(store().list(acme, Kind::endpoint, "", 3))), ElementsAre());
  EXPECT_THAT(ids_of(value_of(store().list(AccountId("nobody"), Kind::lead, "", 3))), ElementsAre());
}

TEST_P(StoreContract, ListsAllRecordsOfAKind) {
  commit(batch_of({write_of(lead_key("a"), 1), write_of(lead_key("a", "globex"), 1),
                   write_of({AccountId("acme"), Kind::contact, "c"}, 1), write_of(lead_key("b"), 1)}));
  EXPECT_THAT(ids_of(value_of(store().list_all(Kind::lead))), UnorderedElementsAre("a", "a", "b"));
  EXPECT_THAT(ids_of(value_of(store().list_all(Kind::contact))), ElementsAre("c"));
  EXPECT_THAT(ids_of(value_of(store().list_all(Kind::account))), ElementsAre());
}

TEST_P(StoreContract, TellsTheGreatestIdOfAnAccountAndKind) {
  const AccountId acme("acme");
  EXPECT_EQ(value_of(store().last_id(acme, Kind::contact)), "");
  for (std::uint64_t id : {9u, 10u, 2u}) {
    commit(batch_of({write_of({acme, Kind::contact, contact_key_id(id)}, 1)}));
  }
  commit(batch_of({write_of({AccountId("globex"), Kind::contact, contact_key_id(77)}, 1),
                   write_of({acme, Kind::endpoint, "zz"}, 1), write_of({acme, Kind::lead, "zz"}, 1)}));
  EXPECT_EQ(value_of(store().last_id(acme, Kind::contact)), contact_key_id(10));
  EXPECT_EQ(value_of(store().last_id(AccountId("acm"), Kind::contact)), "");
}

TEST_P(StoreContract, WalksOverEveryRecordOnce) {
  std::vector<std::string> written;
  store::Batch batch;
  for (int i = 0; i < 40; ++i) {
    const RecordKey key{AccountId(i % 3 == 0 ? "acme" : "globex"), i % 2 == 0 ? Kind::lead : Kind::contact,
                        "r" + std::to_string(i)};
    batch.writes.push_back(write_of(key, 1));
    written.push_back(key.id);
  }
  commit(batch);
  std::vector<std::string> walked;
  for (store::Part part = 0; part < store().partitions(); ++part) {
    RecordKey after;
    for (auto page = value_of(store().scan(part, after, 3)); !page.empty();
         page = value_of(store().scan(part, after, 3))) {
      EXPECT_LE(page.size(), 3u);
      for (const auto& record : page) {
        EXPECT_EQ(part_of(record.key), part);
        walked.push_back(record.key.id);
      }
      after = page.back().key;
    }
  }
  EXPECT_THAT(walked, ::testing::UnorderedElementsAreArray(written));
}

// ---- readers beside the writer

TEST_P(StoreContract, ShowsReadersWholeCommitsOnly) {
  // Each commit takes two records of one account to the same version; whoever lists both must see them equal.
  const RecordKey left = lead_key("left"), right = lead_key("right");
  commit(batch_of({write_of(left, 1), write_of(right, 1)}));
  std::atomic<bool> done{false};
  std::atomic<int> torn{0}, looks{0};
  std::vector<std::thread> readers;
  for (int i = 0; i < 3; ++i) {
    readers.emplace_back([&] {
      while (!done) {
        auto both = store().list(AccountId("acme"), Kind::lead, "", 10);
        if (!both || both->size() != 2 || both->at(0).version != both->at(1).version) ++torn;
        ++looks;
      }
    });
  }
  Version version = 1;
  while (version < 50 || looks < 200) {
    ++version;
    if (!store().commit(batch_of({write_of(left, version), write_of(right, version)}))) break;
  }
  done = true;
  for (auto& reader : readers) reader.join();
  EXPECT_EQ(torn, 0);
  EXPECT_EQ(value_of(store().find(left))->version, version);
}

}  // namespace
}  // namespace deltapost::testing
