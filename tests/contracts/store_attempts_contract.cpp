// The contract's sentences about attempts at deliveries.
#include <gmock/gmock.h>

#include <random>

#include "contracts/store_contract.hpp"

namespace deltapost::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::uint64_t> numbers_of(const std::vector<store::Attempt>& attempts) {
  std::vector<std::uint64_t> numbers;
  for (const auto& attempt : attempts) numbers.push_back(attempt.number);
  return numbers;
}

TEST_P(StoreAttemptsContract, NumbersAnEndpointsAttemptsAndGivesTheNewestFirst) {
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

TEST_P(StoreAttemptsContract, GivesBackAnAttemptAsItWasMade) {
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

TEST_P(StoreAttemptsContract, GivesAllAttemptsOfADeliveryOldestFirst) {
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

TEST_P(StoreAttemptsContract, GivesBackManyAttemptsAsTheyWereMadeHoweverTheyAreAskedFor) {
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

TEST_P(StoreAttemptsContract, NumbersAttemptsWithoutGapsAfterARefusedBatch) {
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

}  // namespace
}  // namespace deltapost::testing
