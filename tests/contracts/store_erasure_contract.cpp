// The contract's sentences about taking a record's values out of everything that is kept.
#include <gmock/gmock.h>

#include "contracts/store_contract.hpp"
#include "store/chain.hpp"
#include "store/history.hpp"
#include "store/verify.hpp"

namespace deltapost::testing {
namespace {

using ::testing::HasSubstr;

const AccountId kAcme("acme");
constexpr const char* kErased = R"({"erased":true})";

/// Lead a, brought to version 3 by receipts, with everything around it that may hold its values; and lead b.
class StoreErasureContract : public StoreContract {
 protected:
  void SetUp() override {
    StoreContract::SetUp();
    auto batch = batch_of(
        {version_of("a", 1, 1), version_of("a", 2, 2), version_of("a", 3, 0), version_of("b", 1, 4)});
    batch.receipts = {receipt_of(1), receipt_of(2), receipt_of(3), receipt_of(4), receipt_of(5)};
    batch.receipts[2].about = {lead_key("a")};
    batch.receipts[2].verdict = store::Verdict::quarantined;
    batch.receipts[4].about = {lead_key("b")};
    batch.clocks = {{lead_key("a"), "clocks"}, {lead_key("b"), "clocks"}};
    batch.idempotency = {{kAcme, "k1", "f", "tells a", after_ms(99), lead_key("a")},
                         {kAcme, "k2", "f", "tells b", after_ms(99), lead_key("b")},
                         {kAcme, "k3", "f", "tells nothing", after_ms(99)}};
    entries_ = commit(batch);
    store::Batch progress;
    for (std::size_t i : {0, 3}) {
      store::Attempt attempt;
      attempt.delivery = {EndpointId("ep"), entries_.at(i).part, entries_.at(i).seq, 0};
      attempt.event_id = "event";
      attempt.response = "what the receiver answered";
      progress.progress.push_back(shared({.part = entries_[i].part, .attempts = {attempt}}));
    }
    commit(progress);
  }

  static store::RecordWrite version_of(const std::string& id, Version version, store::ReceiptNumber receipt) {
    auto write =
        write_of(lead_key(id), version, after_ms(id == "a" ? static_cast<std::int64_t>(version) : 3));
    write.entry.changes = version == 1 ? R"({"v":{"new":1}})"
                                       : R"({"v":{"old":)" + std::to_string(version - 1) + R"(,"new":)" +
                                             std::to_string(version) + "}}";
    write.entry.origin.receipt = receipt;
    return write;
  }
  /// The last change takes everything out of the document, and the erasure that change and all before it.
  std::vector<store::LogEntry> erase(Version up_to = 4) {
    auto last = write_of(lead_key("a"), 4, "{}", after_ms(4));
    last.entry.changes = R"({"v":{"old":3}})";
    last.deleted = true;
    auto batch = batch_of({last});
    batch.erasures = {{lead_key("a"), up_to}};
    return commit(batch);
  }
  void expect_sound() {
    const auto report = value_of(verify(store()));
    EXPECT_TRUE(report.sound()) << ::testing::PrintToString(report.problems);
  }

  std::vector<store::LogEntry> entries_;
};

TEST_P(StoreErasureContract, TakesTheValuesOutOfTheLogAndKeepsWhatHappenedWhen) {
  const auto before = value_of(store().history(lead_key("a"), {}));
  const auto salt = value_of(store().chain_end(lead_key("a")))->salt;
  const auto committed = erase();
  const auto after = value_of(store().history(lead_key("a"), {}));
  ASSERT_EQ(after.size(), 4u);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(after[i].changes, store::redacted(store::content_hash(salt, before[i].changes)));
    EXPECT_EQ(after[i].hash, before[i].hash);
    EXPECT_EQ(after[i].at, before[i].at);
    EXPECT_EQ(after[i].origin.actor, before[i].origin.actor);
    EXPECT_EQ(after[i].origin.receipt, before[i].origin.receipt);
  }
  EXPECT_EQ(committed.at(0).changes, after[3].changes);
  EXPECT_TRUE(store::is_redacted(after[3].changes));
  EXPECT_EQ(value_of(store().chain_end(lead_key("a")))->salt, "");
  EXPECT_EQ(value_of(store().find(lead_key("a")))->document, "{}");
  expect_sound();
}

TEST_P(StoreErasureContract, HandsOnNoParsedValuesOfWhatTheSameCommitErased) {
  store::Batch batch;
  for (Version version = 4; version <= 5; ++version) {
    batch.writes.push_back(
        write_of(lead_key("a"), version, "{}", after_ms(static_cast<std::int64_t>(version))));
    batch.writes.back().entry.changes = R"({"v":{"new":"personal"}})";
    batch.writes.back().entry.step = std::make_shared<const Step>();
  }
  batch.erasures.push_back({lead_key("a"), 4});
  const auto committed = commit(batch);
  EXPECT_EQ(committed.at(0).step, nullptr);
  EXPECT_TRUE(store::is_redacted(committed.at(0).changes));
  EXPECT_NE(committed.at(1).step, nullptr);
}

TEST_P(StoreErasureContract, TakesTheContentOfTheRecordsReceipts) {
  erase();
  for (store::ReceiptNumber number : {1, 2, 3}) {
    const auto receipt = value_of(store().receipt(kAcme, number));
    ASSERT_TRUE(receipt);
    EXPECT_EQ(receipt->headers, "{}");
    EXPECT_EQ(receipt->body, "");
    EXPECT_EQ(receipt->outcome, kErased);
    EXPECT_EQ(receipt->resolution, number == 3 ? kErased : "");
    EXPECT_EQ(receipt->at, after_ms(static_cast<std::int64_t>(number)));
  }
  EXPECT_TRUE(value_of(store().receipts({.account = kAcme, .unresolved = true})).receipts.empty());
  for (store::ReceiptNumber number : {4, 5})
    EXPECT_NE(value_of(store().receipt(kAcme, number))->body, "") << number;
  EXPECT_EQ(value_of(store().receipts_about(lead_key("a"), 0, 9)).size(), 1u);
}

TEST_P(StoreErasureContract, TakesWhatStandsBesideTheRecord) {
  erase();
  EXPECT_EQ(value_of(store().clocks_of(lead_key("a"))), std::nullopt);
  EXPECT_EQ(value_of(store().clocks_of(lead_key("b"))), "clocks");
  const auto used = value_of(store().idempotency(kAcme, "k1"));
  ASSERT_TRUE(used) << "a repeat must not make the person anew";
  EXPECT_EQ(used->fingerprint + used->reply, "");
  EXPECT_EQ(used->expires_at, after_ms(99));
  EXPECT_EQ(value_of(store().idempotency(kAcme, "k2"))->about, lead_key("b"));
  EXPECT_TRUE(value_of(store().idempotency(kAcme, "k3")));
  const auto attempts = [&](std::size_t i) {
    return value_of(store().attempts_of({EndpointId("ep"), entries_[i].part, entries_[i].seq, 0}));
  };
  ASSERT_EQ(attempts(0).size(), 1u);
  EXPECT_EQ(attempts(0)[0].response, "");
  EXPECT_EQ(attempts(0)[0].event_id, "event");
  EXPECT_EQ(attempts(3)[0].response, "what the receiver answered");
}

TEST_P(StoreErasureContract, FoldsLaterVersionsFromTheDocumentThatStayed) {
  erase();
  auto next = write_of(lead_key("a"), 5, R"({"v":5})", after_ms(5));
  next.entry.changes = R"({"v":{"new":5}})";
  commit(batch_of({next}));
  EXPECT_EQ(to_text(value_of(store::at_version(store(), lead_key("a"), 5)).document), R"({"v":5})");
  EXPECT_EQ(to_text(value_of(store::at_version(store(), lead_key("a"), 4)).document), "{}");
  EXPECT_EQ(value_of(store::at_version(store(), lead_key("a"), 5)).created_at, after_ms(1));
  EXPECT_EQ(value_of(store().chain_end(lead_key("a")))->salt.size(), 16u);
  expect_sound();
}

TEST_P(StoreErasureContract, SaysThatAVersionsValuesAreGone) {
  erase();
  for (Version version : {1, 2, 3}) {
    auto gone = store::at_version(store(), lead_key("a"), version);
    ASSERT_EQ(fault_of(gone), Fault::not_found);
    EXPECT_THAT(gone.error().message, HasSubstr("were erased"));
  }
  EXPECT_EQ(fault_of(store::at_time(store(), lead_key("a"), after_ms(2))), Fault::not_found);
  EXPECT_EQ(value_of(store::at_time(store(), lead_key("a"), after_ms(0))), std::nullopt);
  EXPECT_THAT(store::at_version(store(), lead_key("a"), 9).error().message, HasSubstr("has no version 9"));
}

TEST_P(StoreErasureContract, KeepsTheSaltThatLaterChangesNeed) {
  erase(2);
  const auto history = value_of(store().history(lead_key("a"), {}));
  EXPECT_TRUE(store::is_redacted(history.at(1).changes));
  EXPECT_FALSE(store::is_redacted(history.at(2).changes));
  EXPECT_EQ(value_of(store().chain_end(lead_key("a")))->salt.size(), 16u);
  EXPECT_EQ(value_of(store().receipt(kAcme, 1))->body, "");
  expect_sound();
  EXPECT_EQ(fault_of(store::at_version(store(), lead_key("a"), 3)), Fault::not_found);
  EXPECT_EQ(to_text(value_of(store::at_version(store(), lead_key("a"), 4)).document), "{}");
}

TEST_P(StoreErasureContract, ErasesTwiceAsWellAsOnce) {
  erase();
  const auto once = value_of(store().history(lead_key("a"), {}));
  store::Batch again;
  again.erasures = {{lead_key("a"), 99}};
  commit(again);
  const auto twice = value_of(store().history(lead_key("a"), {}));
  for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(once[i].changes, twice[i].changes);
  expect_sound();
}

TEST_P(StoreErasureContract, ErasesARecordMadeInTheSameBatch) {
  auto batch = batch_of(
      {write_of(lead_key("c"), 1, R"({"v":1})", after_ms(9)), write_of(lead_key("c"), 2, "{}", after_ms(9))});
  batch.erasures = {{lead_key("c"), 2}};
  const auto committed = commit(batch);
  EXPECT_EQ(committed.at(0).document, nullptr);
  EXPECT_TRUE(store::is_redacted(committed.at(0).changes));
  expect_sound();
}

TEST_P(StoreErasureContract, RefusesToEraseWhatIsNotThere) {
  store::Batch batch = batch_of({write_of(lead_key("c"), 1)});
  batch.erasures = {{lead_key("nobody"), 1}};
  EXPECT_EQ(fault_of(store().commit(batch)), Fault::conflict);
  EXPECT_EQ(value_of(store().find(lead_key("c"))), std::nullopt);
}

TEST_P(StoreErasureContract, ErasesAHistoryLongerThanItsSnapshots) {
  constexpr Version kVersions = 2 * store::kSnapshotEvery + 7;
  store::Batch batch;
  for (Version version = 1; version <= kVersions; ++version)
    batch.writes.push_back(version_of("long", version, 0));
  commit(batch);
  store::Batch erasing;
  erasing.erasures = {{lead_key("long"), kVersions}};
  commit(erasing);
  expect_sound();
  for (Version version : {Version{1}, store::kSnapshotEvery, store::kSnapshotEvery + 10, kVersions - 1}) {
    EXPECT_EQ(fault_of(store::at_version(store(), lead_key("long"), version)), Fault::not_found) << version;
  }
  EXPECT_EQ(value_of(store::at_version(store(), lead_key("long"), kVersions)).version, kVersions);
  EXPECT_EQ(value_of(store().history(lead_key("long"), {.after = 70, .limit = 3})).at(0).version, 71u);
}

INSTANTIATE_TEST_SUITE_P(Stores, StoreErasureContract, every_store(), name_of_store);

}  // namespace
}  // namespace deltapost::testing
