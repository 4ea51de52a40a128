// The contract's sentences about forgetting by age.
#include <gmock/gmock.h>

#include "contracts/store_contract.hpp"
#include "store/chain.hpp"
#include "store/history.hpp"
#include "store/verify.hpp"

namespace deltapost::testing {
namespace {

using ::testing::ElementsAre;

const AccountId kAcme("acme");
const EndpointId kEndpoint("ep");

class StoreRetentionContract : public StoreContract {
 protected:
  static store::RecordWrite step(const RecordKey& key, Version version, std::int64_t at) {
    auto write = write_of(key, version, after_ms(at));
    write.entry.changes = version == 1 ? R"({"v":{"new":1}})"
                                       : R"({"v":{"old":)" + std::to_string(version - 1) + R"(,"new":)" +
                                             std::to_string(version) + "}}";
    return write;
  }
  void put(const RecordKey& key, Version version, std::int64_t at) {
    commit(batch_of({step(key, version, at)}));
  }
  /// What delivery has to remember, in every partition.
  void save(const std::function<void(store::DeliveryProgress&)>& change) {
    store::Batch batch;
    for (store::Part part = 0; part < store().partitions(); ++part) {
      store::DeliveryProgress progress{.part = part};
      change(progress);
      batch.progress.push_back(shared(std::move(progress)));
    }
    commit(batch);
  }
  void deliver_all() {
    save([](store::DeliveryProgress& progress) { progress.cursor = 1'000'000; });
  }
  store::Forgotten forget_changes(std::int64_t before, const AccountId& account = kAcme) {
    return value_of(store().retain({.account = account, .changes_before = after_ms(before)}));
  }
  /// The versions of the record whose changes are redacted.
  std::vector<Version> redacted(const RecordKey& key) {
    std::vector<Version> versions;
    for (const auto& entry : value_of(store().history(key, {.limit = 10'000})))
      if (store::is_redacted(entry.changes)) versions.push_back(entry.version);
    return versions;
  }
  std::string document_at(const RecordKey& key, Version version) {
    return to_text(value_of(store::at_version(store(), key, version)).document);
  }
  void expect_sound() {
    const auto report = value_of(verify(store()));
    EXPECT_TRUE(report.sound()) << ::testing::PrintToString(report.problems);
  }
};

// ---- changes

TEST_P(StoreRetentionContract, RedactsOldChangesAndFoldsWhatFollowsFromADocumentKept) {
  for (Version version = 1; version <= 5; ++version)
    put(lead_key("a"), version, static_cast<std::int64_t>(10 * version));
  deliver_all();
  EXPECT_EQ(forget_changes(35).changes, 3u);
  EXPECT_THAT(redacted(lead_key("a")), ElementsAre(1, 2, 3));
  for (Version version : {1, 2}) {
    EXPECT_EQ(fault_of(store::at_version(store(), lead_key("a"), version)), Fault::not_found);
  }
  for (Version version : {3, 4, 5})
    EXPECT_EQ(document_at(lead_key("a"), version), R"({"v":)" + std::to_string(version) + "}");
  EXPECT_EQ(value_of(store::at_version(store(), lead_key("a"), 4)).created_at, after_ms(10));
  expect_sound();

  EXPECT_EQ(forget_changes(35).changes, 0u);
  put(lead_key("a"), 6, 60);
  EXPECT_EQ(forget_changes(51).changes, 2u);
  EXPECT_THAT(redacted(lead_key("a")), ElementsAre(1, 2, 3, 4, 5));
  EXPECT_EQ(document_at(lead_key("a"), 6), R"({"v":6})");
  expect_sound();
}

TEST_P(StoreRetentionContract, KeepsTheNewestChangeOfARecordHoweverOld) {
  put(lead_key("a"), 1, 1);
  put(lead_key("b"), 1, 1);
  put(lead_key("b"), 2, 2);
  deliver_all();
  EXPECT_EQ(forget_changes(100).changes, 1u);
  EXPECT_THAT(redacted(lead_key("a")), ElementsAre());
  EXPECT_THAT(redacted(lead_key("b")), ElementsAre(1));
  expect_sound();

  // When it is the newest no more, it goes with the one that follows it.
  put(lead_key("a"), 2, 200);
  put(lead_key("a"), 3, 300);
  EXPECT_EQ(forget_changes(201).changes, 2u);
  EXPECT_THAT(redacted(lead_key("a")), ElementsAre(1, 2));
  expect_sound();
}

TEST_P(StoreRetentionContract, RedactsOneAccountsChangesAlone) {
  for (Version version : {1, 2}) {
    put(lead_key("a"), version, static_cast<std::int64_t>(version));
    put(lead_key("a", "globex"), version, static_cast<std::int64_t>(version));
  }
  deliver_all();
  EXPECT_EQ(forget_changes(100).changes, 1u);
  EXPECT_THAT(redacted(lead_key("a", "globex")), ElementsAre());
  EXPECT_EQ(forget_changes(100, AccountId("nobody")).changes, 0u);
  EXPECT_EQ(forget_changes(100, AccountId("globex")).changes, 1u);
}

TEST_P(StoreRetentionContract, RedactsNothingThatAnEndpointStillHasToGet) {
  for (Version version = 1; version <= 5; ++version) put(lead_key("a"), version, 1);
  const store::Part part = part_of(lead_key("a"));
  const auto set = [&](const std::function<void(store::DeliveryProgress&)>& change) {
    store::DeliveryProgress progress{.part = part};
    change(progress);
    store::Batch batch;
    batch.progress = {shared(progress)};
    commit(batch);
  };
  EXPECT_EQ(forget_changes(100).changes, 0u);  // nothing was handed out yet
  set([](auto& progress) {
    progress.cursor = 5;
    progress.lags_put = {{kEndpoint, 1}};
  });
  EXPECT_EQ(forget_changes(100).changes, 1u);
  const store::Hold hold{.delivery = {kEndpoint, part, 4, 0}, .record = lead_key("a")};
  set([&](auto& progress) {
    progress.lags_removed = {kEndpoint};
    progress.holds_put = {hold};
  });
  EXPECT_EQ(forget_changes(100).changes, 2u);
  EXPECT_THAT(redacted(lead_key("a")), ElementsAre(1, 2, 3));
  set([&](auto& progress) { progress.holds_removed = {hold}; });
  EXPECT_EQ(forget_changes(100).changes, 1u);
  EXPECT_THAT(redacted(lead_key("a")), ElementsAre(1, 2, 3, 4));
  expect_sound();
}

TEST_P(StoreRetentionContract, RedactsAcrossManySteps) {
  constexpr Version kVersions = 3 * store::kSnapshotEvery;
  store::Batch batch;
  for (Version version = 1; version <= kVersions; ++version) {
    for (const char* id : {"a", "b", "c", "d"})
      batch.writes.push_back(step(lead_key(id), version, static_cast<std::int64_t>(version)));
  }
  commit(batch);
  deliver_all();
  EXPECT_EQ(forget_changes(100).changes, 4 * 99u);
  expect_sound();
  EXPECT_EQ(document_at(lead_key("c"), 99), R"({"v":99})");
  EXPECT_EQ(document_at(lead_key("c"), 150), R"({"v":150})");
  EXPECT_EQ(forget_changes(10'000).changes, 4 * (kVersions - 100));
  expect_sound();
  EXPECT_EQ(fault_of(store::at_version(store(), lead_key("c"), 100)), Fault::not_found);
  EXPECT_EQ(document_at(lead_key("c"), kVersions), R"({"v":192})");
}

TEST_P(StoreRetentionContract, KeepsNoDocumentOfAnErasedRecord) {
  for (Version version = 1; version <= 3; ++version) put(lead_key("a"), version, 1);
  auto last = write_of(lead_key("a"), 4, "{}", after_ms(2));
  last.entry.changes = R"({"v":{"old":3}})";
  auto batch = batch_of({last});
  batch.erasures = {{lead_key("a"), 4}};
  commit(batch);
  auto next = write_of(lead_key("a"), 5, R"({"w":1})", after_ms(3));
  next.entry.changes = R"({"w":{"new":1}})";
  commit(batch_of({next}));
  deliver_all();
  EXPECT_EQ(forget_changes(100).changes, 0u);
  EXPECT_EQ(document_at(lead_key("a"), 4), "{}");
  EXPECT_EQ(document_at(lead_key("a"), 5), R"({"w":1})");
  expect_sound();
}

// ---- receipts

TEST_P(StoreRetentionContract, DropsOldReceiptsButNotThoseThatWaitForAPerson) {
  store::Batch batch = batch_of({step(lead_key("a"), 1, 1)});
  for (std::uint64_t n = 1; n <= 700; ++n) {
    batch.receipts.push_back(receipt_of(n));
    if (n % 100 == 0) batch.receipts.back().verdict = store::Verdict::quarantined;
    if (n % 200 == 0) batch.receipts.back().resolution = "{}";
    if (n % 7 == 0) batch.receipts.back().about = {lead_key("a")};
  }
  auto other = receipt_of(701);
  other.account = AccountId("globex");
  other.at = after_ms(1);
  batch.receipts.push_back(other);
  commit(batch);

  EXPECT_EQ(value_of(store().retain({.account = kAcme, .receipts_before = after_ms(0)})).receipts, 0u);
  EXPECT_EQ(value_of(store().retain({.account = kAcme, .receipts_before = after_ms(651)})).receipts, 647u);
  std::vector<store::ReceiptNumber> left;
  const auto page = value_of(store().receipts({.account = kAcme, .oldest_first = true, .limit = 4}));
  for (const auto& receipt : page.receipts) left.push_back(receipt.number);
  EXPECT_THAT(left, ElementsAre(100, 300, 500, 651));
  EXPECT_EQ(value_of(store().receipts_about(lead_key("a"), 0, 1000)).size(), 8u);  // 651, 658 … 700
  EXPECT_TRUE(value_of(store().receipt(AccountId("globex"), 701)));
  EXPECT_EQ(value_of(store().retain({.account = kAcme, .receipts_before = after_ms(651)})).receipts, 0u);
}

TEST_P(StoreRetentionContract, GivesTheNumberOfADroppedReceiptToNoOther) {
  store::Batch batch;
  batch.receipts = {receipt_of(1), receipt_of(2)};
  commit(batch);
  EXPECT_EQ(value_of(store().retain({.account = kAcme, .receipts_before = after_ms(99)})).receipts, 2u);
  EXPECT_EQ(value_of(store().last_receipt(0)), 2u);
  EXPECT_EQ(value_of(store().receipt(kAcme, 2)), std::nullopt);
  EXPECT_EQ(fault_of(store().commit(batch)), Fault::conflict);
}

// ---- attempts

TEST_P(StoreRetentionContract, DropsOldAttemptsButTheNewestOfEachEndpoint) {
  put(lead_key("a"), 1, 1);
  store::DeliveryProgress progress{.part = 0};
  for (const char* id : {"ep", "other"}) {
    for (int i = 1; i <= 500; ++i) {
      store::Attempt attempt;
      attempt.delivery = {EndpointId(id), 0, static_cast<store::Seq>(i), 0};
      attempt.at = attempt.first_sent_at = after_ms(i);
      progress.attempts.push_back(attempt);
    }
  }
  store::Batch batch;
  batch.progress = {shared(progress)};
  commit(batch);
  const auto forget = [&](std::int64_t before) {
    return value_of(store().retain(
                        {.account = kAcme, .endpoints = {kEndpoint}, .attempts_before = after_ms(before)}))
        .attempts;
  };
  EXPECT_EQ(forget(0), 0u);
  EXPECT_EQ(forget(401), 400u);
  EXPECT_EQ(value_of(store().attempts(kEndpoint, 0, 1000)).size(), 100u);
  EXPECT_EQ(value_of(store().attempts_of({kEndpoint, 0, 400, 0})).size(), 0u);
  EXPECT_EQ(value_of(store().attempts_of({kEndpoint, 0, 401, 0})).size(), 1u);
  EXPECT_EQ(forget(10'000), 99u);
  EXPECT_EQ(value_of(store().attempts(kEndpoint, 0, 1000)).at(0).number, 500u);
  EXPECT_EQ(value_of(store().attempts(EndpointId("other"), 0, 1000)).size(), 500u);
  commit(batch);
  EXPECT_EQ(value_of(store().attempts(kEndpoint, 0, 1)).at(0).number, 1000u);
}

TEST_P(StoreRetentionContract, DropsOldAttemptsFromBetweenThoseThatStay) {
  store::DeliveryProgress progress{.part = 0};
  for (int i = 1; i <= 300; ++i) {
    store::Attempt attempt;
    attempt.delivery = {kEndpoint, 0, static_cast<store::Seq>(i), 0};
    attempt.at = attempt.first_sent_at = after_ms(i % 3 == 0 ? 10'000 + i : i);  // answered late
    attempt.response = "thanks";
    attempt.event_id = std::to_string(i);
    progress.attempts.push_back(attempt);
  }
  store::Batch batch;
  batch.progress = {shared(progress)};
  commit(batch);
  put(lead_key("a"), 1, 1);
  const auto forget = [&](std::int64_t before) {
    return value_of(store().retain(
                        {.account = kAcme, .endpoints = {kEndpoint}, .attempts_before = after_ms(before)}))
        .attempts;
  };
  EXPECT_EQ(forget(10'000), 200u);
  EXPECT_EQ(forget(10'000), 0u);
  const auto left = value_of(store().attempts(kEndpoint, 0, 1000));
  ASSERT_EQ(left.size(), 100u);
  for (std::size_t i = 0; i < left.size(); ++i) {
    EXPECT_EQ(left[i].number, 300 - 3 * i);
    EXPECT_EQ(left[i].event_id, std::to_string(300 - 3 * i));
    EXPECT_EQ(left[i].response, "thanks");
    EXPECT_EQ(value_of(store().attempts_of(left[i].delivery)).size(), 1u);
  }
  EXPECT_EQ(value_of(store().attempts(kEndpoint, 151, 1)).at(0).number, 150u);
  EXPECT_TRUE(value_of(store().attempts_of({kEndpoint, 0, 299, 0})).empty());
}

INSTANTIATE_TEST_SUITE_P(Stores, StoreRetentionContract, every_store(), name_of_store);

}  // namespace
}  // namespace deltapost::testing
