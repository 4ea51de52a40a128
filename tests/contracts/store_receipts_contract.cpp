// The contract's sentences about what sources got: receipts, what was seen, clocks.
#include <gmock/gmock.h>

#include "contracts/store_contract.hpp"

namespace deltapost::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const AccountId kAcme("acme");

std::vector<store::ReceiptNumber> numbers_of(const std::vector<store::Receipt>& receipts) {
  std::vector<store::ReceiptNumber> numbers;
  for (const auto& receipt : receipts) numbers.push_back(receipt.number);
  return numbers;
}

store::Batch receipts(std::vector<store::Receipt> receipts) {
  store::Batch batch;
  batch.receipts = std::move(receipts);
  return batch;
}

store::Receipt quarantined(std::uint64_t n) {
  auto receipt = receipt_of(n);
  receipt.verdict = store::Verdict::quarantined;
  return receipt;
}

/// All pages of a query, one after the other.
std::vector<store::ReceiptNumber> all(store::Store& store, store::ReceiptQuery query) {
  std::vector<store::ReceiptNumber> numbers;
  while (true) {
    const auto page = value_of(store.receipts(query));
    EXPECT_LE(page.receipts.size(), query.limit);
    for (auto number : numbers_of(page.receipts)) numbers.push_back(number);
    if (page.next == 0) return numbers;
    query.after = page.next;
  }
}

// ---- receipts

TEST_P(StoreContract, KeepsAReceiptAsItCame) {
  auto receipt = receipt_of(1);
  receipt.verdict = store::Verdict::stale;
  receipt.body = std::string("\x00\xff not text \x00", 12);
  receipt.about = {lead_key("a"), {kAcme, Kind::contact, contact_key_id(5)}};
  commit(receipts({receipt}));

  const auto found = value_of(store().receipt(kAcme, 1));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->number, 1u);
  EXPECT_EQ(found->account, kAcme);
  EXPECT_EQ(found->source, "s1");
  EXPECT_EQ(found->at, after_ms(1));
  EXPECT_EQ(found->verdict, store::Verdict::stale);
  EXPECT_EQ(found->headers, receipt.headers);
  EXPECT_EQ(found->body, receipt.body);
  EXPECT_EQ(found->outcome, receipt.outcome);
  EXPECT_EQ(found->resolution, "");
  EXPECT_EQ(found->about, receipt.about);
}

TEST_P(StoreContract, ShowsAReceiptToItsAccountAlone) {
  commit(receipts({receipt_of(1)}));
  EXPECT_EQ(value_of(store().receipt(AccountId("globex"), 1)), std::nullopt);
  EXPECT_EQ(value_of(store().receipt(kAcme, 2)), std::nullopt);
  EXPECT_EQ(value_of(store().receipt(kAcme, 0)), std::nullopt);
  EXPECT_EQ(value_of(store().receipt(kAcme, ~store::ReceiptNumber{0})), std::nullopt);
}

TEST_P(StoreContract, TellsTheLastReceiptOfEachPartition) {
  const store::Part last = store().partitions() - 1;
  EXPECT_EQ(value_of(store().last_receipt(last)), 0u);
  commit(receipts({receipt_of(1, last), receipt_of(4, last)}));
  EXPECT_EQ(value_of(store().last_receipt(last)), store::before_receipts(last) + 4);
  if (last > 0) {
    EXPECT_EQ(value_of(store().last_receipt(0)), 0u);
  }
}

TEST_P(StoreContract, RefusesAReceiptNumberThatDoesNotAscend) {
  commit(receipts({receipt_of(5)}));
  for (std::uint64_t wrong : {0u, 4u, 5u}) {
    EXPECT_EQ(fault_of(store().commit(receipts({receipt_of(6), receipt_of(wrong)}))), Fault::conflict)
        << wrong;
  }
  EXPECT_EQ(fault_of(store().commit(receipts({receipt_of(7), receipt_of(7)}))), Fault::conflict);
  EXPECT_EQ(value_of(store().last_receipt(0)), 5u);
  EXPECT_EQ(value_of(store().receipt(kAcme, 6)), std::nullopt);
  commit(receipts({receipt_of(6)}));
}

TEST_P(StoreContract, ResolvesAReceiptOnce) {
  store::Batch batch = receipts({quarantined(1), quarantined(2)});
  batch.resolutions = {{1, R"({"by":"key:k1"})"}};
  commit(batch);
  EXPECT_EQ(value_of(store().receipt(kAcme, 1))->resolution, R"({"by":"key:k1"})");
  EXPECT_EQ(value_of(store().receipt(kAcme, 2))->resolution, "");

  const auto try_resolve = [&](std::vector<store::ReceiptResolution> resolutions) {
    store::Batch next = batch_of({write_of(lead_key("a"), 1)});
    next.resolutions = std::move(resolutions);
    return store().commit(next);
  };
  EXPECT_EQ(fault_of(try_resolve({{1, "{}"}})), Fault::conflict);
  EXPECT_EQ(fault_of(try_resolve({{3, "{}"}})), Fault::conflict);
  EXPECT_EQ(fault_of(try_resolve({{2, "{}"}, {2, "{}"}})), Fault::conflict);
  EXPECT_EQ(value_of(store().find(lead_key("a"))), std::nullopt);
  EXPECT_TRUE(try_resolve({{2, "{}"}}));
}

TEST_P(StoreContract, ListsAnAccountsReceiptsNewestFirst) {
  auto other = receipt_of(3);
  other.account = AccountId("globex");
  commit(receipts({receipt_of(1), receipt_of(2), other, receipt_of(4)}));
  EXPECT_THAT(all(store(), {.account = kAcme}), ElementsAre(4, 2, 1));
  EXPECT_THAT(all(store(), {.account = kAcme, .oldest_first = true}), ElementsAre(1, 2, 4));
  EXPECT_THAT(all(store(), {.account = AccountId("globex")}), ElementsAre(3));
  EXPECT_THAT(all(store(), {.account = AccountId("nobody")}), IsEmpty());
}

TEST_P(StoreContract, ListsReceiptsPageAfterPage) {
  std::vector<store::Receipt> many;
  for (std::uint64_t n = 1; n <= 7; ++n) many.push_back(receipt_of(n));
  commit(receipts(many));
  const auto first = value_of(store().receipts({.account = kAcme, .limit = 3}));
  EXPECT_THAT(numbers_of(first.receipts), ElementsAre(7, 6, 5));
  EXPECT_EQ(first.next, 5u);
  EXPECT_THAT(all(store(), {.account = kAcme, .limit = 3}), ElementsAre(7, 6, 5, 4, 3, 2, 1));
  EXPECT_THAT(all(store(), {.account = kAcme, .oldest_first = true, .limit = 2}),
              ElementsAre(1, 2, 3, 4, 5, 6, 7));
  EXPECT_EQ(value_of(store().receipts({.account = kAcme, .limit = 7})).next, 0u);
}

TEST_P(StoreContract, FindsReceiptsBehindMoreThanOnePageLooksAt) {
  std::vector<store::Receipt> many{receipt_of(1)};
  many[0].source = "rare";
  for (std::uint64_t n = 2; n <= 10'500; ++n) many.push_back(receipt_of(n));
  commit(receipts(many));
  EXPECT_THAT(all(store(), {.account = kAcme, .source = "rare"}), ElementsAre(1));
}

TEST_P(StoreContract, ListsReceiptsBySourceVerdictAndTime) {
  auto elsewhere = receipt_of(2);
  elsewhere.source = "s2";
  auto done = quarantined(4);
  done.resolution = "{}";
  commit(receipts({receipt_of(1), elsewhere, quarantined(3), done, quarantined(5)}));
  EXPECT_THAT(all(store(), {.account = kAcme, .source = "s2"}), ElementsAre(2));
  EXPECT_THAT(all(store(), {.account = kAcme, .source = "s3"}), IsEmpty());
  EXPECT_THAT(all(store(), {.account = kAcme, .verdict = store::Verdict::quarantined}), ElementsAre(5, 4, 3));
  EXPECT_THAT(all(store(), {.account = kAcme, .unresolved = true}), ElementsAre(5, 3));
  EXPECT_THAT(all(store(), {.account = kAcme, .unresolved = true, .oldest_first = true, .limit = 1}),
              ElementsAre(3, 5));
  EXPECT_THAT(all(store(), {.account = kAcme, .source = "s2", .unresolved = true}), IsEmpty());
  EXPECT_THAT(all(store(), {.account = kAcme, .since = after_ms(2), .until = after_ms(4)}),
              ElementsAre(3, 2));
}

TEST_P(StoreContract, ListsBodiesWhenAskedForThem) {
  commit(receipts({receipt_of(1)}));
  const auto bare = value_of(store().receipts({.account = kAcme})).receipts;
  ASSERT_EQ(bare.size(), 1u);
  EXPECT_EQ(bare[0].body, "");
  EXPECT_EQ(bare[0].headers, "");
  EXPECT_EQ(bare[0].outcome, R"({"n":1})");
  EXPECT_EQ(value_of(store().receipts({.account = kAcme, .bodies = true})).receipts.at(0).body, "body 1");
}

TEST_P(StoreContract, FindsTheReceiptsThatAreAboutARecord) {
  std::vector<store::Receipt> many;
  for (std::uint64_t n = 1; n <= 5; ++n) {
    many.push_back(receipt_of(n));
    many.back().about = {lead_key(n % 2 == 0 ? "even" : "odd")};
  }
  many[4].about.push_back(lead_key("even"));
  commit(receipts(many));
  const auto of = [&](const RecordKey& key, store::ReceiptNumber before, std::size_t limit) {
    return numbers_of(value_of(store().receipts_about(key, before, limit)));
  };
  EXPECT_THAT(of(lead_key("even"), 0, 10), ElementsAre(5, 4, 2));
  EXPECT_THAT(of(lead_key("even"), 0, 2), ElementsAre(5, 4));
  EXPECT_THAT(of(lead_key("even"), 4, 2), ElementsAre(2));
  EXPECT_THAT(of(lead_key("odd"), 0, 10), ElementsAre(5, 3, 1));
  EXPECT_THAT(of(lead_key("even", "globex"), 0, 10), IsEmpty());
  EXPECT_THAT(of({kAcme, Kind::contact, "even"}, 0, 10), IsEmpty());
}

// ---- what was seen

TEST_P(StoreContract, KeepsWhatWasSeenUntilItIsReplacedOrDropped) {
  const std::string key("0123456789abcde\x00", 16), content(
                                                        "\xff"
                                                        "123456789abcdef",
                                                        16);
  store::Batch batch;
  batch.seen = {{kAcme, "s1", key, content, 7, after_ms(10)}};
  commit(batch);
  const auto row = value_of(store().seen(kAcme, "s1", key));
  ASSERT_TRUE(row);
  EXPECT_EQ(row->account, kAcme);
  EXPECT_EQ(row->source, "s1");
  EXPECT_EQ(row->key, key);
  EXPECT_EQ(row->content, content);
  EXPECT_EQ(row->receipt, 7u);
  EXPECT_EQ(row->expires_at, after_ms(10));
  EXPECT_EQ(value_of(store().seen(AccountId("globex"), "s1", key)), std::nullopt);
  EXPECT_EQ(value_of(store().seen(kAcme, "s2", key)), std::nullopt);
  EXPECT_EQ(value_of(store().seen(kAcme, "s1", content)), std::nullopt);

  batch.seen = {{kAcme, "s1", key, "other", 8, after_ms(20)}};
  commit(batch);
  EXPECT_EQ(value_of(store().seen(kAcme, "s1", key))->content, "other");
  EXPECT_EQ(value_of(store().drop_expired(after_ms(19))), 0u);
  EXPECT_EQ(value_of(store().drop_expired(after_ms(20))), 1u);
  EXPECT_EQ(value_of(store().seen(kAcme, "s1", key)), std::nullopt);
}

TEST_P(StoreContract, DropsWhatWasSeenAndHasExpiredAndNothingElse) {
  store::Batch batch;
  for (int i = 0; i < 1200; ++i) batch.seen.push_back({kAcme, "s1", std::to_string(i), "c", 1, after_ms(i)});
  batch.idempotency = {{kAcme, "k", "f", "r", after_ms(0)}};
  commit(batch);
  EXPECT_EQ(value_of(store().drop_expired(after_ms(1099))), 1101u);
  EXPECT_EQ(value_of(store().seen(kAcme, "s1", "1099")), std::nullopt);
  EXPECT_TRUE(value_of(store().seen(kAcme, "s1", "1100")));
}

// ---- clocks

TEST_P(StoreContract, KeepsClocksBesideTheirRecordUntilTheyAreEmptied) {
  const std::string bytes("\x00\xff clocks \x00", 11);
  store::Batch batch = batch_of({write_of(lead_key("a"), 1), write_of(lead_key("b"), 1)});
  batch.clocks = {{lead_key("a"), bytes}};
  commit(batch);
  EXPECT_EQ(value_of(store().clocks_of(lead_key("a"))), bytes);
  EXPECT_EQ(value_of(store().clocks_of(lead_key("b"))), std::nullopt);
  EXPECT_EQ(value_of(store().clocks_of(lead_key("a", "globex"))), std::nullopt);

  commit(batch_of({write_of(lead_key("a"), 2)}));
  EXPECT_EQ(value_of(store().clocks_of(lead_key("a"))), bytes);

  store::Batch later = batch_of({write_of(lead_key("a"), 3)});
  later.clocks = {{lead_key("a"), "lost"}, {lead_key("a"), "new"}, {lead_key("b"), "by themselves"}};
  commit(later);
  EXPECT_EQ(value_of(store().clocks_of(lead_key("a"))), "new");
  EXPECT_EQ(value_of(store().clocks_of(lead_key("b"))), "by themselves");
  EXPECT_EQ(value_of(store().find(lead_key("b")))->version, 1u);

  store::Batch emptied;
  emptied.clocks = {{lead_key("a"), ""}};
  commit(emptied);
  EXPECT_EQ(value_of(store().clocks_of(lead_key("a"))), std::nullopt);
}

TEST_P(StoreContract, RefusesClocksWithoutARecord) {
  store::Batch batch = batch_of({write_of(lead_key("a"), 1)});
  batch.clocks = {{lead_key("b"), "clocks"}};
  EXPECT_EQ(fault_of(store().commit(batch)), Fault::conflict);
  EXPECT_EQ(value_of(store().find(lead_key("a"))), std::nullopt);
  EXPECT_EQ(commit(batch_of({write_of(lead_key("b"), 1)})).at(0).version, 1u);
}

TEST_P(StoreContract, LeavesNoReceiptOfARefusedBatch) {
  store::Batch batch = batch_of({write_of(lead_key("a"), 2)});
  batch.receipts = {receipt_of(1)};
  batch.receipts[0].about = {lead_key("b")};
  batch.seen = {{kAcme, "s1", "key", "content", 1, after_ms(9)}};
  EXPECT_EQ(fault_of(store().commit(batch)), Fault::conflict);
  EXPECT_EQ(value_of(store().last_receipt(0)), 0u);
  EXPECT_EQ(value_of(store().receipt(kAcme, 1)), std::nullopt);
  EXPECT_THAT(value_of(store().receipts_about(lead_key("b"), 0, 9)), IsEmpty());
  EXPECT_EQ(value_of(store().seen(kAcme, "s1", "key")), std::nullopt);
  commit(receipts({receipt_of(1)}));
}

}  // namespace
}  // namespace deltapost::testing
