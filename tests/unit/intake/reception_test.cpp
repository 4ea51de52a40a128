#include "intake/reception.hpp"

#include "intake/erase.hpp"
#include "receiving_house.hpp"

namespace deltapost::intake {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using testing::flags;
using ::testing::IsEmpty;
using testing::json;
using testing::kAccount;
using testing::kContacts;
using testing::kIclosed;
using testing::kLeads;
using testing::kOther;
using testing::ReceivingHouse;
using testing::with;

class Reception : public ::testing::Test {
 protected:
  Reception() {
    house_.start();
    house_.source("leads", kLeads);
    house_.source("contacts", kContacts);
  }

  /// The time as a sender writes it.
  std::string at(Millis ago = 0ms) { return iso_millis(house_.clock.now() - ago); }
  std::string lead_body(std::string_view more) { return with(R"({"phone": "+15550001111"})", more); }

  void put_lead(const std::string& id, const std::string& fields) {
    house_.put(
        {.key = {kAccount, Kind::lead, id}, .document = *lead::create(json(fields), id, house_.clock.now())});
  }
  void put_contact(std::uint64_t id, const std::string& fields) {
    house_.put({.key = {kAccount, Kind::contact, contact_key_id(id)},
                .document = *contact::create(json(fields), id, "contact_x", house_.clock.now())});
  }
  void erase(const RecordKey& key) {
    ASSERT_TRUE(house_.committer.run([&](store::Draft& draft) -> Result<void> {
      auto erased = intake::erase(draft, key, {.actor = "key:k", .source = "api"});
      if (!erased) return erased.error();
      return ok();
    }));
  }

  ReceivingHouse house_;
};

// ---- whom it is about

TEST_F(Reception, FindsTheRecordByItsIdFirst) {
  put_lead("l1", R"({"phone": "+15550001111"})");
  put_lead("l2", R"({"phone": "+15550002222"})");
  const auto item = house_.item("leads", R"({"id": "l2", "phone": "+15550002222", "name": "Ann"})");
  EXPECT_EQ(item.record->id, "l2");
  EXPECT_EQ(house_.lead("l2").document.at("firstName"), "Ann");
}

TEST_F(Reception, FindsALeadByItsPhoneAndRemembersTheSendersIdForIt) {
  put_lead("l1", R"({"phone": "+15550001111"})");
  EXPECT_EQ(house_.item("leads", R"({"id": "theirs", "phone": "+1 (555) 000-1111"})").record->id, "l1");
  const auto moved = house_.item("leads", R"({"id": "theirs", "phone": "+15550009999"})");
  EXPECT_EQ(moved.record->id, "l1") << "by the sender's id, whatever the phone is now";
  EXPECT_EQ(house_.count(Kind::lead), 1u);
}

TEST_F(Reception, WhatIsNotAppliedIsAboutItsRecordToo) {
  put_lead("l1", R"({"phone": "+15550001111"})");
  house_.source("strict",
                with(kLeads, R"({"validation": [{"name": "r", "schema": {"required": ["hot"]}}]})"));
  for (const std::string_view event : {R"({"event": "1", "id": "theirs"})", R"({"event": "2"})"}) {
    const std::string body = lead_body(event);
    EXPECT_EQ(house_.item("leads", body).record->id, "l1");
    const auto repeated = house_.item("leads", body);
    EXPECT_EQ(repeated.verdict, Verdict::duplicate);
    EXPECT_EQ(repeated.record, (RecordKey{kAccount, Kind::lead, "l1"}));
    const auto set_aside = house_.item("strict", body);
    EXPECT_EQ(set_aside.verdict, Verdict::quarantined);
    EXPECT_EQ(set_aside.record, (RecordKey{kAccount, Kind::lead, "l1"}));
  }
}

TEST_F(Reception, ASendersIdMeansNothingToAnotherSource) {
  put_lead("l1", R"({"phone": "+15550001111"})");
  house_.source("others", kLeads);
  house_.item("leads", R"({"id": "theirs", "phone": "+15550001111"})");
  EXPECT_EQ(house_.item("others", R"({"id": "theirs", "phone": "+15550003333"})").record->id, "theirs");
}

TEST_F(Reception, FindsSomebodyWithoutAnIdByPhoneOrEmailAddressWhateverItsCase) {
  put_contact(5, R"({"email": "Ann@Example.com", "phoneNumber": "+15550001111"})");
  EXPECT_EQ(house_.item("contacts", R"({"email": "ann@example.COM"})").record->id, contact_key_id(5));
  EXPECT_EQ(house_.item("contacts", R"({"phone": "+15550001111"})").record->id, contact_key_id(5));
  EXPECT_EQ(house_.count(Kind::contact), 1u);
}

TEST_F(Reception, MakesTheRecordWhenNobodyIsFound) {
  const auto lead = house_.item("leads", R"({"phone": "+15550001111"})");
  EXPECT_TRUE(lead.record->id.starts_with("lead_"));
  EXPECT_EQ(house_.item("leads", R"({"id": "mine", "phone": "+15550002222"})").record->id, "mine");
  EXPECT_EQ(house_.item("contacts", R"({"email": "new@example.com"})").record->id, contact_key_id(1));
  EXPECT_EQ(house_.item("contacts", R"({"id": 77})").record->id, contact_key_id(77));
}

TEST_F(Reception, AnotherAccountsRecordsAreNotFound) {
  house_.source("theirs", kLeads, kOther);
  put_lead("l1", R"({"phone": "+15550001111"})");
  house_.item("theirs", R"({"id": "l1", "phone": "+15550001111", "name": "Eve"})");
  EXPECT_EQ(house_.lead("l1").version, 1u);
  EXPECT_EQ(house_.count(Kind::lead, kOther), 1u);
}

TEST_F(Reception, WillNotTakeAnotherLeadsPhone) {
  put_lead("l1", R"({"phone": "+15550001111"})");
  put_lead("l2", R"({"phone": "+15550002222"})");
  const auto item = house_.item("leads", R"({"id": "l2", "phone": "+15550001111"})");
  EXPECT_EQ(item.verdict, Verdict::quarantined);
  EXPECT_EQ(item.field, "phone");
  EXPECT_EQ(house_.lead("l2").version, 1u);
}

// ---- seen before

TEST_F(Reception, TellsARepetitionByTheEventsId) {
  const std::string body = lead_body(R"({"event": "e1", "id": "l1"})");
  EXPECT_EQ(house_.item("leads", body).verdict, Verdict::accepted);
  EXPECT_EQ(house_.item("leads", body).verdict, Verdict::duplicate);
}

TEST_F(Reception, TellsThatAnEventsIdCameWithOtherContentAndDoesNotApplyIt) {
  house_.item("leads", lead_body(R"({"event": "e1", "id": "l1"})"));
  const auto item = house_.item("leads", lead_body(R"({"event": "e1", "id": "l1", "name": "Eve"})"));
  EXPECT_EQ(item.verdict, Verdict::duplicate);
  EXPECT_THAT(flags(item), ElementsAre("other_content"));
  EXPECT_EQ(house_.lead("l1").document.at("firstName"), nullptr);
}

TEST_F(Reception, WithoutAnEventsIdTimeAndContentTellARepetition) {
  const std::string body = with(R"({"id": "l1", "phone": "+15550001111"})", R"({"at": ")" + at(5s) + R"("})");
  EXPECT_EQ(house_.item("leads", body).verdict, Verdict::accepted);
  EXPECT_EQ(house_.item("leads", body).verdict, Verdict::duplicate);
  EXPECT_EQ(house_.item("leads", with(body, R"({"name": "Ann"})")).verdict, Verdict::accepted);
  EXPECT_EQ(house_.item("leads", with(body, R"({"at": ")" + at(4s) + R"("})")).verdict, Verdict::no_change);
}

TEST_F(Reception, WithoutIdAndTimeTheSameWordsAreSaidAnew) {
  const std::string body = lead_body(R"({"id": "l1", "name": "Ann"})");
  EXPECT_EQ(house_.item("leads", body).verdict, Verdict::accepted);
  house_.clock.advance(1s);
  house_.item("leads", lead_body(R"({"id": "l1", "name": "Eve"})"));
  house_.clock.advance(1s);
  EXPECT_EQ(house_.item("leads", body).verdict, Verdict::accepted);
  EXPECT_EQ(house_.lead("l1").document.at("firstName"), "Ann");
}

TEST_F(Reception, NoMissingMemberMakesTwoStatementsLookAlike) {
  // Each differs from another only in which member holds what.
  const std::string timed = R"({"at": ")" + at(5s) + R"("})";
  for (const std::string& body :
       {with(timed, R"({"id": "a", "phone": "+15550000001"})"), with(timed, R"({"phone": "+15550000002"})"),
        with(timed, R"({"id": "b", "phone": "+15550000003", "name": "a"})"),
        with(timed, R"({"id": "c", "phone": "+15550000004", "email": "a@b.co"})"),
        with(timed, R"({"event": "a", "id": "d", "phone": "+15550000005"})"),
        std::string(R"({"event": "a2", "id": "e", "phone": "+15550000006"})")})
    EXPECT_EQ(house_.item("leads", body).verdict, Verdict::accepted) << body;
  EXPECT_EQ(house_.item("contacts", R"({"event": "a", "id": 5})").verdict, Verdict::accepted)
      << "what one source has seen, another has not";
}

TEST_F(Reception, ForgetsAfter30DaysWhatItHasSeen) {
  const std::string body = lead_body(R"({"event": "e1", "id": "l1"})");
  house_.item("leads", body);
  house_.clock.advance(kSeenKept - 1ms);
  EXPECT_EQ(house_.item("leads", body).verdict, Verdict::duplicate);
  house_.clock.advance(1ms);
  EXPECT_EQ(house_.item("leads", body).verdict, Verdict::no_change);
}

TEST_F(Reception, WhatWasSetAsideDoesNotCountAsSeen) {
  EXPECT_EQ(house_.item("leads", R"({"event": "e1", "id": "l1", "phone": "12"})").verdict,
            Verdict::quarantined);
  EXPECT_EQ(house_.item("leads", lead_body(R"({"event": "e1", "id": "l1"})")).verdict, Verdict::accepted);
}

// ---- people whose data was erased

class ReceptionOfTheErased : public Reception {
 protected:
  ReceptionOfTheErased() {
    house_.source("calls", kIclosed);
    house_.item("leads", lead_body(R"({"event": "before", "id": "l1", "name": "Ann"})"));
    house_.item("calls", R"({"id": 5, "updatedAt": ")" + at(1h) + R"(", "hookType": "contactUpdated"})");
    erase({kAccount, Kind::lead, "l1"});
    erase({kAccount, Kind::contact, contact_key_id(5)});
    before_ = house_.receipts().size();
  }

  /// It was acknowledged, and nothing of it is kept.
  void expect_forgotten(const std::string& source, const std::string& body) {
    const auto answer = house_.receive(source, body);
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 200) << body;
    const auto kept = house_.receipts();
    ASSERT_EQ(kept.size(), before_ + 1) << body;
    EXPECT_EQ(kept.back().body, "") << body;
    EXPECT_EQ(kept.back().headers, "{}") << body;
    EXPECT_THAT(kept.back().outcome, ::testing::Not(::testing::HasSubstr("Ann"))) << body;
    EXPECT_EQ(house_.lead("l1").version, 2u);
    EXPECT_EQ(house_.contact(5).version, 2u);
  }

  std::size_t before_ = 0;
};

TEST_F(ReceptionOfTheErased, ANewWebhookIsNeitherAppliedNorKept) {
  expect_forgotten("leads", lead_body(R"({"event": "after", "id": "l1", "name": "Ann"})"));
}

TEST_F(ReceptionOfTheErased, ARepetitionOfAnOldWebhookIsNotKept) {
  expect_forgotten("leads", lead_body(R"({"event": "before", "id": "l1", "name": "Ann"})"));
}

TEST_F(ReceptionOfTheErased, AnEventThatStatesNoFieldIsNotKept) {
  expect_forgotten("calls", R"({"hookType": "Call booked", "contactId": 5, "invitee": {"name": "Ann"}})");
}

TEST_F(ReceptionOfTheErased, WhatBreaksARuleIsNotKept) {
  house_.source("leads", with(kLeads, R"({"validation": [{"name": "r", "schema": {"required": ["x"]}}]})"));
  expect_forgotten("leads", lead_body(R"({"event": "after", "id": "l1", "name": "Ann"})"));
}

TEST_F(ReceptionOfTheErased, TheOthersOfTheSameRequestAreApplied) {
  house_.says("leads", R"([{"id": "l1", "phone": "+15550001111"}, {"id": "l2", "phone": "+15550002222"}])");
  EXPECT_EQ(house_.lead("l2").version, 1u);
}

// ---- times

TEST_F(Reception, SetsAsideWhatSaysThatItIsOfTheFuture) {
  const std::string soon = R"({"id": "l1", "phone": "+15550001111", "at": ")" + at(-5min) + R"("})";
  const std::string later = R"({"id": "l1", "phone": "+15550001111", "at": ")" + at(-5min - 1ms) + R"("})";
  const auto item = house_.item("leads", later);
  EXPECT_EQ(item.verdict, Verdict::quarantined);
  EXPECT_EQ(item.field, "time");
  EXPECT_EQ(house_.item("leads", soon).verdict, Verdict::accepted);
}

TEST_F(Reception, TheFutureCanBeReleasedWhenItHasCome) {
  const auto answer =
      house_.receive("leads", R"({"id": "l1", "phone": "+15550001111", "at": ")" + at(-1h) + R"("})");
  EXPECT_FALSE(house_.release(answer->receipt));
  house_.clock.advance(1h);
  EXPECT_TRUE(house_.release(answer->receipt));
}

constexpr const char* kDeltas =
    R"({"mapping": {"id": "/id", "time": "/at", "delta": true, "fields": {"firstName": "/name"}}})";

TEST_F(Reception, ADeltaOfWholeSecondsCountsAsOfTheirEnd) {
  house_.source("deltas", with(kLeads, kDeltas));
  house_.clock.set(*parse_iso("2026-01-01T10:00:00.500Z"));
  put_lead("l1", R"({"phone": "+15550001111", "firstName": "Ann"})");
  EXPECT_EQ(house_.item("deltas", R"({"id": "l1", "name": "Eve", "at": "2026-01-01T10:00:00Z"})").verdict,
            Verdict::accepted);
  EXPECT_EQ(house_.lead("l1").document.at("firstName"), "Eve");
  const auto exact =
      house_.item("deltas", R"({"id": "l1", "name": "Zoe", "at": "2026-01-01T10:00:00.001Z"})");
  EXPECT_EQ(exact.verdict, Verdict::stale);
}

TEST_F(Reception, ADeltaOfAFullSecondWithItsFractionLeavesRoomForTheRestOfTheSecond) {
  house_.source("deltas", with(kLeads, kDeltas));
  house_.clock.set(*parse_iso("2026-01-01T09:59:00Z"));
  put_lead("l1", R"({"phone": "+15550001111"})");
  house_.clock.set(*parse_iso("2026-01-01T10:00:05Z"));
  for (const std::string fraction : {"000", "001", "500"}) {
    const auto item = house_.item("deltas", R"({"id": "l1", "name": "n)" + fraction +
                                                R"(", "at": "2026-01-01T10:00:00.)" + fraction + R"(Z"})");
    EXPECT_EQ(item.verdict, Verdict::accepted) << fraction;
  }
  EXPECT_EQ(house_.lead("l1").document.at("firstName"), "n500");
}

TEST_F(Reception, AFullObjectOfAWholeSecondCountsAsOfItsBeginning) {
  house_.clock.set(*parse_iso("2026-01-01T10:00:00.500Z"));
  put_lead("l1", R"({"phone": "+15550001111", "firstName": "Ann"})");
  EXPECT_EQ(house_
                .item("leads",
                      R"({"id": "l1", "phone": "+15550001111", "name": "Eve", "at": "2026-01-01T10:00:00Z"})")
                .verdict,
            Verdict::stale);
  EXPECT_EQ(house_.lead("l1").document.at("firstName"), "Ann");
}

TEST_F(Reception, AnOwnChangeThatANeighbourTellsBackDoesNotUndoTheNextOfTheSameMoment) {
  house_.source("neighbour", R"({"format": "standard", "verifier": "none"})");
  put_lead("l1", R"({"phone": "+15550001111"})");
  put_lead("l1", R"({"phone": "+15550001111", "firstName": "Ann"})");
  const std::string told = iso_millis(house_.lead("l1").updated_at);
  put_lead("l1", R"({"phone": "+15550001111", "firstName": "Eve"})");
  const auto item = house_.item(
      "neighbour",
      R"({"type": "lead.updated", "timestamp": ")" + told +
          R"(", "data": {"kind": "lead", "id": "l1", "version": 9, "changes": {"firstName": {"old": null, "new": "Ann"}},
              "record": {"updatedAt": ")" +
          told + R"("}}})");
  EXPECT_EQ(item.verdict, Verdict::stale);
  EXPECT_EQ(house_.lead("l1").document.at("firstName"), "Eve");
}

TEST_F(Reception, TellsWhereTheSendersListOfChangesIsNotOurs) {
  house_.source("calls", kIclosed);
  const auto update = [&](Millis ago, const char* more) {
    return with(R"({"id": 5, "hookType": "contactUpdated", "updatedAt": ")" + at(ago) + R"("})", more);
  };
  house_.item("calls", update(3s, R"({"firstName": "Ann"})"));
  EXPECT_THAT(
      flags(house_.item("calls", update(2s, R"({"firstName": "Eve", "updatedAttributes": ["firstName"]})"))),
      IsEmpty());
  EXPECT_THAT(
      flags(house_.item("calls", update(1s, R"({"firstName": "Zoe", "updatedAttributes": ["status"]})"))),
      ElementsAre("attributes_differ updatedAttributes"));
}

}  // namespace
}  // namespace deltapost::intake
