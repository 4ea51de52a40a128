#include "torture/deliveries.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "torture/said.hpp"

namespace deltapost::torture {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;

constexpr std::int64_t kMs = 1'000'000;

/// A lead with many versions, of which each means one event, and an endpoint that got them all, one per
/// 10 milliseconds.
class DeliveriesTest : public ::testing::Test {
 protected:
  static constexpr std::size_t kVersions = 3'000;

  DeliveriesTest() {
    for (Version version = 1; version <= kVersions; ++version) {
      const std::string id = "event" + std::to_string(version);
      log_.push_back({.record = {Kind::lead, "lead_1"},
                      .version = version,
                      .fields = {{"isHot", {.old = Json(version % 2 == 0), .now = Json(version % 2 == 1)}}},
                      .events = {{"lead.updated", id}}});
      arrive(version);
    }
  }

  void arrive(Version version, std::uint32_t attempt = 1) {
    const StoredChange& change = log_.at(version - 1);
    now_ns_ += 10 * kMs;
    arrivals_.push_back({.at_ns = now_ns_,
                         .event_id = change.events.front().id,
                         .type = "lead.updated",
                         .version = version,
                         .attempt = attempt,
                         .said = said_by_change(format::Format::standard, change)});
  }
  void strike(Blow blow, std::int64_t lasts_ns = 0) {
    blows_.push_back({.blow = blow, .from_ns = now_ns_ + 1, .to_ns = now_ns_ + 1 + lasts_ns});
    now_ns_ += 1 + lasts_ns;
  }

  Delivered judge() {
    findings_ = {};
    return judge_deliveries(endpoint_, arrivals_, log_, blows_, findings_);
  }
  void finds(Broken promise, const std::string& what) {
    judge();
    EXPECT_EQ(findings_.count(promise), 1u);
    EXPECT_THAT(findings_.told(), Contains(HasSubstr(what)));
  }

  Endpoint endpoint_{.name = "endpoint", .receiver = 1, .types = {"lead.updated"}, .concurrency = 4};
  std::vector<StoredChange> log_;
  std::vector<Arrival> arrivals_;
  std::vector<Struck> blows_;
  std::int64_t now_ns_ = 0;
  Findings findings_;
};

TEST_F(DeliveriesTest, FindsNothingWhereEachEventCameOnceInItsOrder) {
  EXPECT_EQ(judge().arrivals, kVersions);
  EXPECT_TRUE(findings_.none()) << findings_.told().front();
}

TEST_F(DeliveriesTest, AnEventThatNeverCameIsLost) {
  arrivals_.erase(arrivals_.begin() + 41);
  EXPECT_EQ(missing_deliveries(endpoint_, arrivals_, log_), 1u);
  finds(Broken::lost, "endpoint: lead lead_1 version 42, lead.updated event42: never arrived");
}

TEST_F(DeliveriesTest, AnEventThatTheEndpointDoesNotWantIsNotOwed) {
  endpoint_.types = {"lead.deleted"};
  EXPECT_EQ(missing_deliveries(endpoint_, {}, log_), 0u);
}

TEST_F(DeliveriesTest, AnEventThatCameAfterALaterOneOfItsRecordIsReordered) {
  std::swap(arrivals_[41].event_id, arrivals_[42].event_id);
  std::swap(arrivals_[41].version, arrivals_[42].version);
  std::swap(arrivals_[41].said, arrivals_[42].said);
  finds(Broken::reordered, "lead lead_1 version 42, lead.updated: came after a later event of its record");
}

TEST_F(DeliveriesTest, AnEventThatTheLogDoesNotKnowIsWrong) {
  log_.pop_back();
  finds(Broken::wrong, "event event3000 (lead.updated) arrived, and the log has none that it wants");
}

TEST_F(DeliveriesTest, AWebhookThatSaysSomethingElseThanTheLogIsWrong) {
  arrivals_[41].said = said_by_change(format::Format::standard, log_[42]);
  finds(Broken::wrong, "says something else than the log");
}

TEST_F(DeliveriesTest, AWrongSignatureIsFound) {
  arrivals_[41].signed_ = false;
  finds(Broken::wrong, "arrived without a right signature");
}

TEST_F(DeliveriesTest, ARepeatWithoutABlowIsFound) {
  arrive(kVersions, 2);
  finds(Broken::repeated, "event3000: came again");
}

TEST_F(DeliveriesTest, AKilledServerMayRepeatItsLastWebhooksAndNoOlderOnes) {
  strike({});
  arrive(kVersions - 9);
  const Delivered delivered = judge();
  EXPECT_TRUE(findings_.none());
  EXPECT_EQ(delivered.repeated, 1u);
  EXPECT_EQ(delivered.furthest, 10u);
  EXPECT_EQ(delivered.furthest_ns / kMs, 90);
  arrive(kVersions - kUnsaved);
  finds(Broken::repeated, "version 1976, lead.updated event1976: came again");
}

TEST_F(DeliveriesTest, HowFarAKillReachesIsAlsoATime) {
  // As many in a second as otherwise in ten.
  for (Arrival& arrival : arrivals_) arrival.at_ns = now_ns_ - (now_ns_ - arrival.at_ns) / 20;
  strike({});
  arrive(kVersions - kUnsaved - 900);
  judge();
  EXPECT_TRUE(findings_.none());
}

TEST_F(DeliveriesTest, AKilledReceiverGetsAgainWhatItHadNotAnswered) {
  strike({.victim = Victim::receiver, .number = 1});
  arrive(kVersions - 3, 2);
  judge();
  EXPECT_TRUE(findings_.none());
  arrive(kVersions - 4, 2);
  finds(Broken::repeated, "event2996: came again");
}

TEST_F(DeliveriesTest, ABlowToAnotherReceiverExplainsNothing) {
  strike({.victim = Victim::receiver, .number = 2});
  arrive(kVersions, 2);
  finds(Broken::repeated, "event3000: came again");
}

TEST_F(DeliveriesTest, WhatWasSentToAStoppedReceiverMayArriveTwiceWhenItGoesOn) {
  arrivals_.erase(arrivals_.end() - 4, arrivals_.end());
  strike({.victim = Victim::receiver, .deed = Deed::stop, .number = 1}, 10'000 * kMs);
  for (Version version = kVersions - 3; version <= kVersions; ++version) arrive(version);
  for (Version version = kVersions - 3; version <= kVersions; ++version) arrive(version, 2);
  judge();
  EXPECT_TRUE(findings_.none()) << findings_.told().front();
  for (Version version = kVersions - 3; version <= kVersions; ++version) arrive(version, 3);
  judge();
  EXPECT_EQ(findings_.count(Broken::repeated), 2u) << "four in flight and two probes may have been sent";
}

TEST_F(DeliveriesTest, ARepeatThatCameBeforeTheBlowIsNotExplainedByIt) {
  arrive(kVersions, 2);
  strike({});
  finds(Broken::repeated, "event3000: came again");
}

TEST(Arrivals, AreReadAsTheyWereWrittenAndHalfALineIsLeftOut) {
  const Arrival arrival{
      .at_ns = 5, .event_id = "e", .type = "t", .version = 3, .attempt = 2, .said = "s", .signed_ = false};
  const auto read = read_arrivals(to_line(arrival) + to_line(arrival).substr(0, 6) + "\n" + to_line(arrival));
  ASSERT_EQ(read.size(), 2u);
  EXPECT_EQ(to_line(read[1]), to_line(arrival));
  EXPECT_FALSE(read[1].signed_);
}

TEST(Said, IsTheSameByABodyAndByItsChange) {
  const StoredChange change{.record = {Kind::lead, "lead_1"},
                            .version = 2,
                            .fields = {{"additionalInfo.a", {.now = Json("1")}},
                                       {"additionalInfo.b", {.old = Json("2")}},
                                       {"isHot", {.old = Json(false), .now = Json(true)}}}};
  using format::Format;
  EXPECT_EQ(
      said_by_change(Format::apten, change),
      said_by_body(Format::apten,
                   R"({"data":{"additionalInfo":{"b":{"new":null,"old":"2"},"a":{"old":null,"new":"1"}}}})"));
  EXPECT_EQ(
      said_by_change(Format::standard, change),
      said_by_body(Format::standard, R"({"data":{"changes":{"isHot":{"old":false,"new":true},)"
                                     R"("additionalInfo.b":{"old":"2"},"additionalInfo.a":{"new":"1"}}}})"));
  EXPECT_EQ(said_by_change(Format::iclosed, change),
            said_by_body(Format::iclosed, R"([{"updatedAttributes":["isHot","additionalInfo"]}])"));
  EXPECT_NE(said_by_change(Format::iclosed, change),
            said_by_body(Format::iclosed, R"([{"updatedAttributes":["isHot"]}])"));
}

}  // namespace
}  // namespace deltapost::torture
