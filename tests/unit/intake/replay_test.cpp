#include "intake/replay.hpp"

#include "intake/erase.hpp"
#include "replay_house.hpp"

namespace deltapost::intake {
namespace {

using namespace std::chrono_literals;
using ::testing::IsEmpty;
using testing::json;
using testing::kAccount;
using testing::kLeads;
using testing::kOther;
using testing::Rebuilt;
using testing::ReceivingHouse;
using testing::Replaying;
using testing::with;

constexpr const char* kAnn = R"({"id": "l", "phone": "+15550001111", "name": "Ann"})";
/// The first item is good, the second is not.
constexpr const char* kOneBad = R"([{"id": "good", "phone": "+15550001111"}, {"id": "bad", "phone": "12"}])";

TEST_F(Replaying, GivesTheSameRecordsInAnEmptyStore) {
  say("leads", R"({"phone": "+15550001111", "name": "Ann", "more": {"state": "CA"}})");
  say("leads", R"({"phone": "+15550001111", "more": {"state": "NV"}})");
  say("contacts", R"({"email": "eve@example.com"})");
  say("contacts", R"({"id": 70, "status": "QUALIFIED"})");
  say("contacts", R"({"phone": "+15550002222"})");
  expect_equal();
}

TEST_F(Replaying, GivesTheSameAfterDuplicatesAndLateOnes) {
  const std::string newer =
      R"({"event": "2", "id": "l", "phone": "+15550001111", "name": "Eve", "at": ")" + at(1s) + R"("})";
  const std::string older =
      R"({"event": "1", "id": "l", "phone": "+15550001111", "name": "Ann", "email": "a@b.co", "at": ")" +
      at(9s) + R"("})";
  EXPECT_EQ(say("leads", newer), "200 accepted");
  EXPECT_EQ(say("leads", older), "200 stale");
  EXPECT_EQ(say("leads", newer), "200 duplicate");
  EXPECT_EQ(house_.lead("l").document.at("email"), "a@b.co");
  expect_equal();
}

TEST_F(Replaying, AnEchoHasNoEffect) {
  house_.source("neighbour", R"({"format": "standard", "verifier": "none"})");
  say("leads", kAnn);
  const auto told = [&](const std::string& name, int version, const std::string& actor) {
    return R"({"type": "lead.updated", "timestamp": ")" + at(0ms) +
           R"(", "data": {"kind": "lead", "id": "l", "version": )" + std::to_string(version) +
           R"(, "changes": {"firstName": {"new": ")" + name + R"("}}, "actor": ")" + actor + R"("}})";
  };
  EXPECT_EQ(say("neighbour", told("Bob", 2, "key:theirs")), "200 accepted");
  EXPECT_EQ(say("neighbour", told("Ann", 3, "source:b/source:leads")), "200 duplicate");
  EXPECT_EQ(house_.lead("l").document.at("firstName"), "Bob");
  expect_equal();
}

TEST_F(Replaying, WhatWaitsOrWasDroppedOrRefusedHasNoEffect) {
  say("leads", R"({"id": "l", "phone": "12"})");
  const auto dropped = house_.receive("leads", "not JSON");
  ASSERT_TRUE(house_.drop(dropped->receipt));
  say("leads", "not JSON");
  house_.source("strict", with(kLeads, R"({"onBadContent": "reject"})"));
  EXPECT_EQ(say("strict", R"([{"id": "a", "phone": "+15550001111"}, {"id": "b", "phone": "12"}])"),
            "422 rejected");
  expect_equal();
  Rebuilt rebuilt(house_);
  EXPECT_EQ(rebuilt.store.list(kAccount, Kind::lead, "", 10)->size(), 0u);
  EXPECT_EQ((*rebuilt.store.receipt(kAccount, dropped->receipt))->resolution,
            house_.receipts().at(1).resolution);
}

TEST_F(Replaying, KeepsTheGoodItemsOfARequestThatWasSetAside) {
  EXPECT_EQ(say("leads", kOneBad), "200 quarantined");
  EXPECT_EQ(house_.lead("good").version, 1u);
  expect_equal();
}

TEST_F(Replaying, GivesTheSameAfterAnEditedRelease) {
  const auto set_aside = house_.receive("leads", kOneBad);
  say("leads", R"({"id": "bad", "phone": "+15550002222", "name": "Eve"})");
  ASSERT_TRUE(house_.release(set_aside->receipt,
                             R"({"id": "bad", "phone": "+15550002222", "name": "Ann", "email": "a@b.co"})"));
  EXPECT_EQ(house_.lead("bad").document.at("firstName"), "Eve");
  say("leads", kOneBad);
  expect_equal();
}

TEST_F(Replaying, ReleasesPassTheRulesThatTheyPassed) {
  house_.source(
      "strict",
      with(kLeads, R"({"validation": [{"name": "r", "condition": {"!!": [{"var": "after.email"}]}}]})"));
  const auto set_aside = house_.receive("strict", R"({"id": "l", "phone": "+15550001111", "releases": 1})");
  ASSERT_EQ(set_aside->outcome.verdict(), Verdict::quarantined);
  ASSERT_TRUE(house_.release(set_aside->receipt));
  expect_equal();
}

TEST_F(Replaying, ReadsEachReceiptByWhatItsSourceWasThen) {
  say("leads", kAnn);
  house_.clock.advance(1s);
  leads_with(R"({"mapping": {"id": "/id", "fields": {"phone": "/phone", "lastName": "/name"}}})");
  say("leads", R"({"id": "l", "phone": "+15550001111", "name": "Bell"})");
  EXPECT_EQ(house_.lead("l").document.at("lastName"), "Bell");
  expect_equal();
}

TEST_F(Replaying, ReadsAReleaseByWhatItsSourceWasWhenItWasReleased) {
  const auto set_aside = house_.receive("leads", R"({"id": "l", "tel": "+15550001111"})");
  house_.clock.advance(1s);
  leads_with(R"({"mapping": {"id": "/id", "fields": {"phone": "/tel"}}})");
  house_.clock.advance(1s);
  ASSERT_TRUE(house_.release(set_aside->receipt));
  house_.clock.advance(1s);
  house_.source("leads", kLeads);
  expect_equal();
}

TEST_F(Replaying, ReadsReceiptsByTheSourceTheyCameThroughWhateverTheClockWasSetTo) {
  house_.clock.advance(-10min);  // before the sources were made, says the clock
  say("leads", kAnn);
  leads_with(R"({"mapping": {"id": "/id", "fields": {"phone": "/tel", "lastName": "/name"}}})");
  house_.clock.advance(-10min);
  say("leads", R"({"id": "l", "tel": "+15550001111", "name": "Bell"})");
  house_.clock.advance(1h);
  expect_equal();
}

TEST_F(Replaying, RebuildsOnceMoreFromWhatWasRebuilt) {
  say("leads", kAnn);
  Rebuilt once(house_);
  Rebuilt again(once.store, house_.clock.now());
  EXPECT_EQ(again.report.receipts, 1u);
  EXPECT_THAT(again.differences, IsEmpty());
}

TEST_F(Replaying, RebuildsTheRecordsOfSeveralAccountsWhoseReceiptsMix) {
  house_.open(kOther);
  house_.source("theirs", kLeads, kOther);
  for (int i = 0; i < 4; ++i) {
    say("leads", R"({"phone": "+1555000111)" + std::to_string(i) + R"("})");
    say("theirs", R"({"phone": "+1555000111)" + std::to_string(i) + R"("})");
  }
  expect_equal();
  Rebuilt rebuilt(house_);
  EXPECT_EQ(rebuilt.store.list(kOther, Kind::lead, "", 10)->size(), 4u);
}

TEST_F(Replaying, KeepsTheNumbersOfContactsThoughOthersWereMadeInBetween) {
  house_.put({.key = {kAccount, Kind::contact, contact_key_id(50)},
              .document = *contact::create({}, 50, "contact_x", house_.clock.now())});
  EXPECT_EQ(house_.item("contacts", R"({"email": "ann@example.com"})").record->id, contact_key_id(51));
  Rebuilt rebuilt(house_);
  EXPECT_THAT(rebuilt.differences,
              ::testing::ElementsAre("contact 50 of account acc_1 is only in the first store"));
}

TEST_F(Replaying, SaysAgainWhatWasSaidAgainAfter30Days) {
  const std::string body = R"({"event": "e1", "id": "l", "phone": "+15550001111", "name": "Ann"})";
  say("leads", body);
  say("leads", R"({"event": "e2", "id": "l", "phone": "+15550001111", "name": "Eve"})");
  house_.clock.advance(std::chrono::days{30});
  EXPECT_EQ(say("leads", body), "200 accepted");
  EXPECT_EQ(house_.lead("l").document.at("firstName"), "Ann");
  Rebuilt rebuilt(house_);
  EXPECT_THAT(rebuilt.differences, IsEmpty());
  EXPECT_THAT(rebuilt.report.differences, IsEmpty());
}

TEST_F(Replaying, BringsNobodyBackWhoseDataWasErased) {
  say("leads", kAnn);
  ASSERT_TRUE(house_.committer.run([&](store::Draft& draft) -> Result<void> {
    auto erased = erase(draft, {kAccount, Kind::lead, "l"}, {.actor = "key:k", .source = "api"});
    if (!erased) return erased.error();
    return ok();
  }));
  say("leads", kAnn);
  Rebuilt rebuilt(house_);
  EXPECT_EQ(rebuilt.store.list(kAccount, Kind::lead, "", 10)->size(), 0u);
  EXPECT_THAT(rebuilt.differences, IsEmpty()) << "an erased record is nothing that could be rebuilt";
}

TEST_F(Replaying, ReadsAllPagesOfReceipts) {
  for (int i = 0; i < 450; ++i)
    say("leads", R"({"id": "l)" + std::to_string(i % 7) + R"(", "phone": "+1555000111)" +
                     std::to_string(i % 7) + R"(", "name": "n)" + std::to_string(i) + R"("})");
  expect_equal();
}

TEST_F(Replaying, RefusesAStoreThatHoldsSomething) {
  ReceivingHouse other;
  other.start();
  other.open(kOther);
  const auto report = replay_into(house_.store, other.store, other.committer);
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().fault, Fault::conflict);
}

TEST_F(Replaying, TellsWhatIsNotTheSame) {
  say("leads", kAnn);
  Rebuilt rebuilt(house_);
  auto changed = house_.lead("l");
  changed.document["firstName"] = nullptr;
  house_.put(changed);
  EXPECT_THAT(*differing_records(house_.store, rebuilt.store, 10),
              ::testing::ElementsAre("lead l of account acc_1 is not the same in both"));
}

TEST_F(Replaying, PutsBackWhatTheStoreLost) {
  ReceivingHouse other;  // has the receipts, and nothing that came of them
  other.start();
  other.open(kAccount);
  other.source("leads", kLeads);
  say("leads", R"({"phone": "+15550001111", "name": "Ann"})");
  say("leads", R"([{"id": "a", "phone": "+15550002222"}, {"id": "b", "phone": "+15550003333"}])");
  say("leads", R"({"phone": "+15550001111", "name": "Eve"})");
  for (const store::Receipt& receipt : house_.receipts())
    ASSERT_TRUE(other.committer.run([&](store::Draft& draft) -> Result<void> {
      draft.put(receipt);
      return ok();
    }));
  const auto report = replay(other.store, other.committer);
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->changes, 4u);
  EXPECT_THAT(*differing_records(house_.store, other.store, 10), IsEmpty());
}

// ---- any receipts

class AnyReceipts : public Replaying, public ::testing::WithParamInterface<std::uint64_t> {
 protected:
  std::uint64_t below(std::uint64_t bound) { return seeded_.below(bound); }
  std::string one_of(std::initializer_list<const char*> texts) {
    return *(texts.begin() + below(texts.size()));
  }

  std::string random_item() {
    JsonObject item;
    if (below(2) == 0) item["event"] = std::to_string(below(40));
    if (below(4) != 0) item["id"] = below(5) + 1;
    if (below(2) == 0) item["at"] = at(Millis{below(5000)});
    if (below(10) != 0)
      item["phone"] = one_of({"+15550000001", "+15550000002", "+15550000003", "+15550000004"});
    if (below(12) == 0) item["phone"] = "12";
    if (below(2) == 0) item["name"] = one_of({"Ann", "Eve", "Zoe"});
    if (below(3) == 0) item["email"] = one_of({"a@b.co", "c@d.co", "nobody", ""});
    if (below(4) == 0) item["more"] = JsonObject{{one_of({"x", "y"}), one_of({"1", "2"})}};
    if (below(6) == 0) item["name"] = nullptr;
    return to_text(item);
  }

  std::string random_body() {
    if (below(25) == 0) return "not JSON";
    if (below(5) != 0) return random_item();
    return "[" + random_item() + "," + random_item() + "]";
  }

  SeededRandom seeded_{GetParam()};
};

TEST_P(AnyReceipts, ReplayedGiveTheSameRecords) {
  house_.open(kOther);
  house_.source("theirs", kLeads, kOther);
  house_.source("strict", with(kLeads, R"({"onBadContent": "reject", "validation": [{"name": "r",
      "condition": {"!=": [{"var": "after.firstName"}, "Zoe"]}}]})"));
  std::vector<store::ReceiptNumber> waiting;
  std::vector<std::string> said;
  for (int i = 0; i < 120; ++i) {
    house_.clock.advance(Millis{1 + below(400)});
    if (said.empty() || below(6) != 0) said.push_back(random_body());
    const auto answer =
        house_.receive(one_of({"leads", "leads", "contacts", "theirs", "strict"}),
                       said[below(said.size() == 1 ? 1 : 2) == 0 ? below(said.size()) : said.size() - 1]);
    ASSERT_TRUE(answer);
    if (answer->outcome.verdict() == Verdict::quarantined) waiting.push_back(answer->receipt);
    if (!waiting.empty() && below(8) == 0) {
      const auto decided = waiting[below(waiting.size())];
      std::optional<std::string> edited;
      if (below(2) == 0) edited = random_item();
      // It may be resolved already, still bad, or the other account's: then nothing happens.
      (void)house_.release(decided, edited, below(3) == 0 ? kOther : kAccount).has_value();
    }
  }
  expect_equal();
}

INSTANTIATE_TEST_SUITE_P(Seeds, AnyReceipts, ::testing::Range<std::uint64_t>(1, 21));

}  // namespace
}  // namespace deltapost::intake
