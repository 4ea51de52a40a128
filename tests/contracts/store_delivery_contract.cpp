// The contract's sentences about what delivery remembers, and about leases.
#include <gmock/gmock.h>

#include <algorithm>
#include <atomic>
#include <random>
#include <thread>

#include "contracts/store_contract.hpp"

namespace deltapost::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

store::Hold hold_on(const RecordKey& record, const store::DeliveryKey& delivery, std::uint32_t tries = 1) {
  return {delivery, store::HoldScope::record, record, tries, after_ms(1), after_ms(2)};
}

store::Attempt attempt_at(const store::DeliveryKey& delivery, std::uint32_t nth = 1) {
  store::Attempt attempt;
  attempt.delivery = delivery;
  attempt.event_type = "lead.updated";
  attempt.event_id = "0123456789abcdef0123456789abcdef";
  attempt.attempt = nth;
  attempt.at = after_ms(100 * nth);
  attempt.first_sent_at = after_ms(100);
  attempt.latency_ms = 12;
  attempt.status = 503;
  attempt.outcome = store::Outcome::retrying;
  return attempt;
}

void expect_same(const store::Hold& a, const store::Hold& b) {
  EXPECT_EQ(a.delivery, b.delivery);
  EXPECT_EQ(a.scope, b.scope);
  EXPECT_EQ(a.record, b.record);
  EXPECT_EQ(a.tries, b.tries);
  EXPECT_EQ(a.first_sent_at, b.first_sent_at);
  EXPECT_EQ(a.due_at, b.due_at);
}

std::vector<std::uint64_t> numbers_of(const std::vector<store::Attempt>& attempts) {
  std::vector<std::uint64_t> numbers;
  for (const auto& attempt : attempts) numbers.push_back(attempt.number);
  return numbers;
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

// ---- attempts

TEST_P(StoreDeliveryContract, NumbersAnEndpointsAttemptsAndGivesTheNewestFirst) {
  for (int batch = 0; batch < 3; ++batch) {
    auto made = progress();
    made.attempts = {attempt_at(delivery(1)), attempt_at(delivery(1, 0, kOther)), attempt_at(delivery(2))};
    save(made);
  }
  EXPECT_THAT(numbers_of(value_of(store().attempts(kEndpoint, 0, 100))), ElementsAre(6, 5, 4, 3, 2, 1));
  EXPECT_THAT(numbers_of(value_of(store().attempts(kOther, 0, 100))), ElementsAre(3, 2, 1));
  EXPECT_THAT(numbers_of(value_of(store().attempts(kEndpoint, 0, 2))), ElementsAre(6, 5));
  EXPECT_THAT(numbers_of(value_of(store().attempts(kEndpoint, 5, 2))), ElementsAre(4, 3));
  EXPECT_THAT(numbers_of(value_of(store().attempts(kEndpoint, 1, 2))), IsEmpty());
  EXPECT_THAT(numbers_of(value_of(store().attempts(kEndpoint, ~std::uint64_t{0}, 1))), ElementsAre(6));
  EXPECT_THAT(numbers_of(value_of(store().attempts(EndpointId("unknown"), 0, 2))), IsEmpty());
}

TEST_P(StoreDeliveryContract, GivesBackAnAttemptAsItWasMade) {
  const RecordKey record = lead_key("a");
  const auto entry = commit(batch_of({write_of(record, 1), write_of(record, 2)})).at(1);
  auto made = attempt_at({kEndpoint, entry.part, entry.seq, 2}, 3);
  made.record = record;
  made.version = 2;
  made.error = "answered 503";
  made.response = std::string("busy\x00\xff", 6) + std::string(16'000, 'x');
  made.number = 12345;  // the store numbers them, not the caller
  store::DeliveryProgress saved{.part = entry.part};
  saved.attempts = {made};
  save(saved);

  const auto found = value_of(store().attempts(kEndpoint, 0, 1));
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].delivery, made.delivery);
  EXPECT_EQ(found[0].number, 1u);
  EXPECT_EQ(found[0].record, record);
  EXPECT_EQ(found[0].version, 2u);
  EXPECT_EQ(found[0].event_type, made.event_type);
  EXPECT_EQ(found[0].event_id, made.event_id);
  EXPECT_EQ(found[0].attempt, 3u);
  EXPECT_EQ(found[0].at, made.at);
  EXPECT_EQ(found[0].first_sent_at, made.first_sent_at);
  EXPECT_EQ(found[0].latency_ms, 12u);
  EXPECT_EQ(found[0].status, 503u);
  EXPECT_EQ(found[0].outcome, store::Outcome::retrying);
  EXPECT_EQ(found[0].error, "answered 503");
  EXPECT_EQ(found[0].response, made.response);
}

TEST_P(StoreDeliveryContract, GivesAllAttemptsOfADeliveryOldestFirst) {
  auto made = progress();
  made.attempts = {attempt_at(delivery(1), 1), attempt_at(delivery(2), 1), attempt_at(delivery(1, 1), 1),
                   attempt_at(delivery(1, 0, kOther), 1), attempt_at(delivery(1), 2)};
  save(made);
  auto later = progress();
  later.attempts = {attempt_at(delivery(2), 2), attempt_at(delivery(1), 3)};
  save(later);
  const auto found = value_of(store().attempts_of(delivery(1)));
  EXPECT_THAT(numbers_of(found), ElementsAre(1, 4, 6));
  for (std::size_t i = 0; i < found.size(); ++i) {
    EXPECT_EQ(found[i].attempt, i + 1);
    EXPECT_EQ(found[i].delivery, delivery(1));
  }
  EXPECT_EQ(value_of(store().attempts_of(delivery(1, 1))).size(), 1u);
  EXPECT_EQ(value_of(store().attempts_of(delivery(1, 0, kOther))).size(), 1u);
  EXPECT_THAT(value_of(store().attempts_of(delivery(3))), IsEmpty());
}

/// An attempt in which anything may differ from those around it.
store::Attempt any_attempt(const store::DeliveryKey& delivery, std::mt19937& random) {
  const auto below = [&](unsigned bound) { return random() % bound; };
  store::Attempt attempt = attempt_at(delivery, 1 + below(3));
  attempt.event_type = below(2) == 0 ? "lead.created" : "leadTagged";
  attempt.event_id = below(9) == 0 ? "not hex" : std::string(32, "0123456789abcdef"[below(16)]);
  attempt.at = after_ms(below(100'000));
  attempt.first_sent_at = attempt.at - Millis{below(3) == 0 ? below(1'000'000) : 0};
  attempt.latency_ms = below(400);
  attempt.status = below(4) == 0 ? 503 : 200;
  attempt.outcome = attempt.status == 200 ? store::Outcome::delivered : store::Outcome::dead;
  attempt.error = below(4) == 0 ? "answered 503" : "";
  attempt.response = below(30) == 0 ? std::string(3'000, 'x') : below(2) == 0 ? "thanks" : "";
  return attempt;
}

void expect_same(const store::Attempt& a, const store::Attempt& b) {
  EXPECT_EQ(a.number, b.number);
  EXPECT_EQ(a.delivery, b.delivery);
  EXPECT_EQ(a.event_type, b.event_type);
  EXPECT_EQ(a.event_id, b.event_id);
  EXPECT_EQ(a.attempt, b.attempt);
  EXPECT_EQ(a.at, b.at);
  EXPECT_EQ(a.first_sent_at, b.first_sent_at);
  EXPECT_EQ(a.latency_ms, b.latency_ms);
  EXPECT_EQ(a.status, b.status);
  EXPECT_EQ(a.outcome, b.outcome);
  EXPECT_EQ(a.error, b.error);
  EXPECT_EQ(a.response, b.response);
}

TEST_P(StoreDeliveryContract, GivesBackManyAttemptsAsTheyWereMadeHoweverTheyAreAskedFor) {
  std::mt19937 random(20261130);
  std::vector<store::Attempt> all;  // of kEndpoint, by number
  for (int batch = 0; batch < 12; ++batch) {
    auto made = progress();
    const store::Seq around = 1 + random() % 3'000;
    for (int i = 0; i < 100; ++i) {
      const auto& endpoint = random() % 3 == 0 ? kOther : kEndpoint;
      const store::Seq seq = random() % 8 == 0 ? 1 + random() % 3'000 : around + random() % 40;
      const auto& attempt = made.attempts.emplace_back(
          any_attempt(delivery(seq, static_cast<std::uint32_t>(random() % 2), endpoint), random));
      if (endpoint != kEndpoint) continue;
      all.push_back(attempt);
      all.back().number = all.size();
    }
    save(made);
  }
  std::vector<store::Attempt> walked;
  for (auto page = value_of(store().attempts(kEndpoint, 0, 37)); !page.empty();
       page = value_of(store().attempts(kEndpoint, page.back().number, 37))) {
    EXPECT_LE(page.size(), 37u);
    walked.insert(walked.end(), page.begin(), page.end());
  }
  ASSERT_EQ(walked.size(), all.size());
  for (std::size_t i = 0; i < all.size(); ++i) expect_same(walked[i], all[all.size() - 1 - i]);
  for (const auto& attempt : all) {
    const auto found = value_of(store().attempts_of(attempt.delivery));
    std::vector<std::uint64_t> wanted;
    for (const auto& each : all)
      if (each.delivery == attempt.delivery) wanted.push_back(each.number);
    ASSERT_EQ(numbers_of(found), wanted);
    for (const auto& each : found) expect_same(each, all[each.number - 1]);
  }
}

TEST_P(StoreDeliveryContract, NumbersAttemptsWithoutGapsAfterARefusedBatch) {
  auto made = progress();
  made.attempts = {attempt_at(delivery(1))};
  save(made);
  store::Batch refused = batch_of({write_of(lead_key("a"), 5)});
  refused.progress = {shared(made)};
  EXPECT_EQ(fault_of(store().commit(refused)), Fault::conflict);
  refused = {};
  auto stale = made;
  stale.epoch = 9;
  refused.progress = {shared(made), shared(stale)};
  EXPECT_EQ(fault_of(store().commit(refused)), Fault::stale_epoch);
  save(made);
  EXPECT_THAT(numbers_of(value_of(store().attempts(kEndpoint, 0, 9))), ElementsAre(2, 1));
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
