// The contract's sentences about what delivery remembers, and about leases.
#include <gmock/gmock.h>

#include <algorithm>
#include <atomic>
#include <thread>

#include "contracts/store_contract.hpp"

namespace deltapost::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

store::Hold hold_on(const RecordKey& record, const store::DeliveryKey& delivery, std::uint32_t tries = 1) {
  return {delivery, store::HoldScope::record, record, tries, after_ms(1), after_ms(2)};
}

void expect_same(const store::Hold& a, const store::Hold& b) {
  EXPECT_EQ(a.delivery, b.delivery);
  EXPECT_EQ(a.scope, b.scope);
  EXPECT_EQ(a.record, b.record);
  EXPECT_EQ(a.tries, b.tries);
  EXPECT_EQ(a.first_sent_at, b.first_sent_at);
  EXPECT_EQ(a.due_at, b.due_at);
}

// ---- cursor and lags

TEST_P(StoreDeliveryContract, StartsAtTheBeginning) {
  EXPECT_EQ(state().cursor, 0u);
  EXPECT_THAT(state().lags, IsEmpty());
  EXPECT_THAT(state().holds, IsEmpty());
}

TEST_P(StoreDeliveryContract, MovesTheCursorOnlyWhenTold) {
  auto moved = progress();
  moved.cursor = 17;
  save(moved);
  save(progress());
  EXPECT_EQ(state().cursor, 17u);
  if (store().partitions() > 1) {
    EXPECT_EQ(value_of(store().delivery_state(0)).cursor, 0u);
  }
}

TEST_P(StoreDeliveryContract, PutsReplacesAndRemovesLags) {
  auto first = progress();
  first.lags_put = {{kEndpoint, 5, 9, after_ms(3)}, {kOther, 6}};
  save(first);
  auto second = progress();
  second.lags_put = {{kEndpoint, 7, 0, Time{}}};
  second.lags_removed = {kOther, EndpointId("unknown")};
  save(second);
  ASSERT_EQ(state().lags.size(), 1u);
  EXPECT_EQ(state().lags[0].endpoint, kEndpoint);
  EXPECT_EQ(state().lags[0].position, 7u);
  EXPECT_EQ(state().lags[0].recover_until, 0u);

  auto third = progress();
  third.lags_put = {{kOther, 1, 8, after_ms(4)}};
  third.lags_removed = {kOther, kEndpoint};  // removing goes first
  save(third);
  ASSERT_EQ(state().lags.size(), 1u);
  EXPECT_EQ(state().lags[0].endpoint, kOther);
  EXPECT_EQ(state().lags[0].recover_until, 8u);
  EXPECT_EQ(state().lags[0].recover_from, after_ms(4));
}

// ---- holds

TEST_P(StoreDeliveryContract, KeepsOneHoldOfARecordAtAnEndpoint) {
  const auto first = hold_on(lead_key("a"), delivery(3, 1));
  auto moved = hold_on(lead_key("a"), delivery(8), 0);
  moved.first_sent_at = std::nullopt;
  auto put = progress();
  put.holds_put = {first, hold_on(lead_key("a"), delivery(3, 1, kOther)),
                   hold_on(lead_key("b"), delivery(4))};
  save(put);
  EXPECT_EQ(state().holds.size(), 3u);

  auto next = progress();
  next.holds_put = {moved};
  next.holds_removed = {hold_on(lead_key("b"), delivery(99)), hold_on(lead_key("never"), delivery(1))};
  save(next);
  const auto held = value_of(store().holds(kEndpoint, 10));
  ASSERT_EQ(held.size(), 1u);
  expect_same(held[0], moved);
  EXPECT_EQ(value_of(store().holds(kOther, 10)).size(), 1u);
  EXPECT_EQ(state().holds.size(), 2u);
  EXPECT_THAT(value_of(store().holds(EndpointId("unknown"), 10)), IsEmpty());
}

TEST_P(StoreDeliveryContract, KeepsAHoldPerDeliveryBesideThatOfTheRecord) {
  auto single = [&](store::Seq seq, std::uint32_t index) {
    auto hold = hold_on(lead_key("a"), delivery(seq, index));
    hold.scope = store::HoldScope::delivery;
    return hold;
  };
  auto put = progress();
  put.holds_put = {hold_on(lead_key("a"), delivery(3)), single(3, 0), single(3, 1), single(4, 0)};
  save(put);
  EXPECT_EQ(state().holds.size(), 4u);
  EXPECT_EQ(value_of(store().holds(kEndpoint, 2)).size(), 2u);

  auto again = single(3, 1);
  again.tries = 5;
  auto bare = single(3, 0);
  bare.record = {};  // the delivery alone tells which one is meant
  auto change = progress();
  change.holds_put = {again};
  change.holds_removed = {bare, single(4, 0)};
  save(change);
  const auto held = value_of(store().holds(kEndpoint, 10));
  ASSERT_EQ(held.size(), 2u);
  const auto& kept = held[0].scope == store::HoldScope::delivery ? held[0] : held[1];
  expect_same(kept, again);
}

TEST_P(StoreDeliveryContract, ShowsAStateOfOneMomentWhileProgressIsMade) {
  auto numbered = [&](std::uint32_t number) {
    auto progress = this->progress();
    progress.cursor = number;
    progress.lags_put = {{kEndpoint, number}};
    progress.holds_put = {hold_on(lead_key("a"), delivery(1), number)};
    return progress;
  };
  save(numbered(1));
  std::atomic<bool> done{false};
  std::atomic<int> torn{0}, looks{0};
  std::thread reader([&] {
    while (!done) {
      const auto seen = store().delivery_state(part());
      if (!seen || seen->lags.at(0).position != seen->cursor || seen->holds.at(0).tries != seen->cursor)
        ++torn;
      ++looks;
    }
  });
  for (std::uint32_t number = 2; number < 200 || looks < 200; ++number) {
    if (!try_save(numbered(number))) break;
  }
  done = true;
  reader.join();
  EXPECT_EQ(torn, 0);
}

// ---- dead deliveries

TEST_P(StoreDeliveryContract, PagesThroughDeadDeliveriesInOrder) {
  auto put = progress();
  for (auto [seq, index] : {std::pair{9u, 0u}, {3u, 1u}, {3u, 0u}, {5u, 0u}, {300u, 0u}}) {
    put.dead_put.push_back(
        {delivery(seq, index), lead_key("a"), 10, after_ms(1), after_ms(2), "answered 500"});
  }
  put.dead_put.push_back({delivery(4, 0, kOther), lead_key("b"), 1, std::nullopt, after_ms(3), "gone"});
  save(put);

  std::vector<std::pair<store::Seq, std::uint32_t>> walked;
  store::DeliveryKey after;
  for (auto page = value_of(store().dead(kEndpoint, after, 2)); !page.empty();
       page = value_of(store().dead(kEndpoint, after, 2))) {
    EXPECT_LE(page.size(), 2u);
    for (const auto& dead : page) walked.emplace_back(dead.delivery.seq, dead.delivery.event_index);
    after = page.back().delivery;
  }
  EXPECT_THAT(walked, ElementsAre(std::pair(3, 0), std::pair(3, 1), std::pair(5, 0), std::pair(9, 0),
                                  std::pair(300, 0)));

  const auto other = value_of(store().dead(kOther, {}, 10));
  ASSERT_EQ(other.size(), 1u);
  EXPECT_EQ(other[0].delivery, delivery(4, 0, kOther));
  EXPECT_EQ(other[0].record, lead_key("b"));
  EXPECT_EQ(other[0].tries, 1u);
  EXPECT_EQ(other[0].first_sent_at, std::nullopt);
  EXPECT_EQ(other[0].died_at, after_ms(3));
  EXPECT_EQ(other[0].reason, "gone");

  auto remove = progress();
  remove.dead_removed = {delivery(5), delivery(77)};
  save(remove);
  EXPECT_EQ(value_of(store().dead(kEndpoint, {}, 10)).size(), 4u);
}

TEST_P(StoreDeliveryContract, PagesThroughDeadDeliveriesOfAllPartitions) {
  std::size_t put = 0;
  for (store::Part each = 0; each < store().partitions(); ++each) {
    store::DeliveryProgress progress{.part = each};
    for (store::Seq seq : {5u, 2u}) {
      progress.dead_put.push_back(
          {{kEndpoint, each, seq, 0}, lead_key("a"), 1, std::nullopt, after_ms(1), "gone"});
      ++put;
    }
    save(progress);
  }
  std::vector<store::DeliveryKey> walked;
  store::DeliveryKey after;
  for (auto page = value_of(store().dead(kEndpoint, after, 3)); !page.empty();
       page = value_of(store().dead(kEndpoint, after, 3))) {
    EXPECT_LE(page.size(), 3u);
    for (const auto& dead : page) walked.push_back(dead.delivery);
    after = page.back().delivery;
  }
  EXPECT_EQ(walked.size(), put);
  EXPECT_TRUE(std::is_sorted(walked.begin(), walked.end()));
}

// ---- forgotten endpoints

TEST_P(StoreDeliveryContract, ForgetsAllOfAnEndpointInAllPartitions) {
  for (store::Part each = 0; each < store().partitions(); ++each) {
    store::DeliveryProgress full{.part = each, .cursor = 4};
    for (const EndpointId& endpoint : {kEndpoint, kOther}) {
      const store::DeliveryKey key{endpoint, each, 3, 0};
      full.lags_put.push_back({endpoint, 2});
      full.holds_put.push_back(hold_on(lead_key("a"), key));
      full.dead_put.push_back({key, lead_key("b"), 1, std::nullopt, after_ms(1), "gone"});
      full.attempts.push_back(attempt_at(key));
    }
    save(full);
  }
  auto forget = progress();
  forget.lags_put = {{kEndpoint, 3}};  // forgetting goes last
  forget.endpoints_forgotten = {kEndpoint, EndpointId("unknown")};
  save(forget);

  EXPECT_THAT(value_of(store().holds(kEndpoint, 10)), IsEmpty());
  EXPECT_THAT(value_of(store().dead(kEndpoint, {}, 10)), IsEmpty());
  EXPECT_THAT(value_of(store().attempts(kEndpoint, 0, 10)), IsEmpty());
  EXPECT_THAT(value_of(store().attempts_of(delivery(3))), IsEmpty());
  const std::size_t each_partition = store().partitions();
  EXPECT_EQ(value_of(store().holds(kOther, 10)).size(), each_partition);
  EXPECT_EQ(value_of(store().dead(kOther, {}, 10)).size(), each_partition);
  EXPECT_EQ(value_of(store().attempts(kOther, 0, 10)).size(), each_partition);
  for (store::Part each = 0; each < store().partitions(); ++each) {
    const auto left = value_of(store().delivery_state(each));
    ASSERT_EQ(left.lags.size(), 1u);
    EXPECT_EQ(left.lags[0].endpoint, kOther);
    EXPECT_EQ(left.cursor, 4u);
  }
}

// ---- leases and their fence

TEST_P(StoreDeliveryContract, GivesALeaseToOneOwnerAtATime) {
  const auto first = value_of(store().claim_lease(part(), "one", Millis{1000}, after_ms(0)));
  ASSERT_TRUE(first);
  EXPECT_EQ(first->part, part());
  EXPECT_EQ(first->owner, "one");
  EXPECT_EQ(first->epoch, 1u);
  EXPECT_EQ(first->expires_at, after_ms(1000));

  EXPECT_EQ(value_of(store().claim_lease(part(), "two", Millis{1000}, after_ms(999))), std::nullopt);
  const auto again = value_of(store().claim_lease(part(), "one", Millis{1000}, after_ms(500)));
  ASSERT_TRUE(again);
  EXPECT_EQ(again->epoch, 1u);
  EXPECT_EQ(value_of(store().claim_lease(part(), "two", Millis{1000}, after_ms(1499))), std::nullopt);

  const auto taken = value_of(store().claim_lease(part(), "two", Millis{1000}, after_ms(1500)));
  ASSERT_TRUE(taken);
  EXPECT_EQ(taken->epoch, 2u);
  EXPECT_FALSE(value_of(store().renew_lease(*again, Millis{1000}, after_ms(1600))));
  EXPECT_EQ(value_of(store().claim_lease(part(), "one", Millis{1000}, after_ms(1600))), std::nullopt);
}

TEST_P(StoreDeliveryContract, RaisesTheEpochOnlyWhenTheOwnerChanges) {
  EXPECT_EQ(value_of(store().claim_lease(part(), "one", Millis{10}, after_ms(0)))->epoch, 1u);
  EXPECT_EQ(value_of(store().claim_lease(part(), "one", Millis{10}, after_ms(50)))->epoch, 1u);
  EXPECT_EQ(value_of(store().claim_lease(part(), "two", Millis{10}, after_ms(100)))->epoch, 2u);
  EXPECT_EQ(value_of(store().claim_lease(part(), "one", Millis{10}, after_ms(200)))->epoch, 3u);
}

TEST_P(StoreDeliveryContract, RenewsALeaseThatNobodyTook) {
  const auto lease = *value_of(store().claim_lease(part(), "one", Millis{1000}, after_ms(0)));
  EXPECT_TRUE(value_of(store().renew_lease(lease, Millis{1000}, after_ms(900))));
  EXPECT_EQ(value_of(store().claim_lease(part(), "two", Millis{1000}, after_ms(1899))), std::nullopt);
  EXPECT_TRUE(value_of(store().renew_lease(lease, Millis{1000}, after_ms(5000))));
  EXPECT_EQ(value_of(store().claim_lease(part(), "two", Millis{1000}, after_ms(5999))), std::nullopt);
}

TEST_P(StoreDeliveryContract, FreesALeaseThatItsOwnerReleases) {
  const auto lease = *value_of(store().claim_lease(part(), "one", Millis{1000}, after_ms(0)));
  auto stranger = lease;
  stranger.owner = "two";
  EXPECT_TRUE(store().release_lease(stranger));
  EXPECT_TRUE(value_of(store().renew_lease(lease, Millis{1000}, after_ms(1))));

  EXPECT_TRUE(store().release_lease(lease));
  EXPECT_FALSE(value_of(store().renew_lease(lease, Millis{1000}, after_ms(2))));
  EXPECT_EQ(value_of(store().claim_lease(part(), "one", Millis{1000}, after_ms(3)))->epoch, 2u);
}

TEST_P(StoreDeliveryContract, RefusesAWholeBatchFromAnOwnerThatWasReplaced) {
  epoch_ = value_of(store().claim_lease(part(), "one", Millis{10}, after_ms(0)))->epoch;
  auto mine = progress();
  mine.cursor = 5;
  save(mine);
  ASSERT_TRUE(value_of(store().claim_lease(part(), "two", Millis{10}, after_ms(10))));

  mine.cursor = 6;
  store::Batch batch = batch_of({write_of(lead_key("a"), 1)});
  batch.progress = {shared(mine)};
  EXPECT_EQ(fault_of(store().commit(batch)), Fault::stale_epoch);
  EXPECT_EQ(state().cursor, 5u);
  EXPECT_EQ(value_of(store().find(lead_key("a"))), std::nullopt);

  mine.epoch = 2;
  save(mine);
  EXPECT_EQ(state().cursor, 6u);
  mine.epoch = 3;  // nor from one that does not own it yet
  EXPECT_EQ(fault_of(try_save(mine)), Fault::stale_epoch);
}

}  // namespace
}  // namespace deltapost::testing
