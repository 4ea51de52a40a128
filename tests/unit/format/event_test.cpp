#include "format/event.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "samples.hpp"

namespace deltapost::format {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

/// "type" or "type:subject", in the order of events_of.
std::vector<std::string> names(const ChangeView& view) {
  std::vector<std::string> names;
  for (const Event& event : events_of(view.change)) {
    names.push_back(event.subject.empty() ? event.type : event.type + ":" + event.subject);
  }
  return names;
}

TEST(LeadEvents, TellACreation) {
  EXPECT_THAT(names(lead_step({}, lead())), ElementsAre("lead.created"));
}

TEST(LeadEvents, TellWhatAdditionalInfoACreationBrought) {
  EXPECT_THAT(names(lead_step({}, with(lead(), R"({"additionalInfo": {"insuranceProvider": "Aetna"}})"))),
              ElementsAre("lead.created", "lead.additionalInfo.updated"));
}

TEST(LeadEvents, TellTagsThatACreationBrought) {
  const auto view =
      lead_step({}, with(lead(), R"({"tags": [{"id": "t1", "name": "Callback"}], "isHot": true})"));
  EXPECT_THAT(names(view), ElementsAre("lead.created", "leadTagged:Callback", "leadTagged:isHot"));
}

TEST(LeadEvents, TellAnUpdateBeforeItsAdditionalInfo) {
  const auto view = lead_step(
      lead(), with(lead(), R"({"additionalInfo": {"insuranceProvider": "Aetna"}, "firstName": "G"})"));
  EXPECT_THAT(names(view), ElementsAre("lead.updated", "lead.additionalInfo.updated"));
}

TEST(LeadEvents, LeaveAdditionalInfoOutWhenNoKeyOfItChanged) {
  const auto before = with(lead(), R"({"additionalInfo": {"insuranceProvider": "Aetna"}})");
  EXPECT_THAT(names(lead_step(before, with(before, R"({"firstName": "G"})"))), ElementsAre("lead.updated"));
}

TEST(LeadEvents, TakeANullInAdditionalInfoForAnAbsentKey) {
  const auto with_null = with(lead(), R"({"additionalInfo": {"insuranceProvider": null}})");
  EXPECT_THAT(names(lead_step({}, with_null)), ElementsAre("lead.created"));
  EXPECT_THAT(names(lead_step(lead(), with_null)), ElementsAre("lead.updated"));
}

TEST(LeadEvents, TellOnlyTheTagsThatWereAdded) {
  const auto before =
      with(lead(), R"({"tags": [{"id": "t1", "name": "Callback"}, {"id": "t2", "name": "Cold"}]})");
  const auto after = with(lead(), R"({"tags": [{"id": "t3", "name": "Warm"}, {"id": "t1", "name": "Callback"},
                                               {"id": "t4", "name": "VIP"}]})");
  EXPECT_THAT(names(lead_step(before, after)),
              ElementsAre("lead.updated", "leadTagged:Warm", "leadTagged:VIP"));
}

TEST(LeadEvents, DoNotTellATagThatWasTakenAway) {
  const auto before = with(lead(), R"({"tags": [{"id": "t1", "name": "Callback"}]})");
  EXPECT_THAT(names(lead_step(before, lead())), ElementsAre("lead.updated"));
}

TEST(LeadEvents, TellTagsOfOneNameOnceSoThatTheirIdsDiffer) {
  const auto after = with(lead(), R"({"tags": [{"id": "t1", "name": "isHot"}, {"id": "t2", "name": "isHot"}],
                                      "isHot": true})");
  EXPECT_THAT(names(lead_step(lead(), after)), ElementsAre("lead.updated", "leadTagged:isHot"));
}

TEST(LeadEvents, TellBuiltInTagsWhenTheyTurnTrue) {
  const auto after =
      with(lead(), R"({"isQualified": true, "isHot": true, "hasReplied": true, "isUnsubscribed": true})");
  EXPECT_THAT(names(lead_step(lead(), after)), ElementsAre("lead.updated", "leadTagged:hasReplied",
                                                           "leadTagged:isHot", "leadTagged:isQualified"));
  EXPECT_THAT(names(lead_step(after, lead())), ElementsAre("lead.updated"));
}

TEST(LeadEvents, TellADeletionAlone) {
  const auto after = with(lead(), R"({"deleted": true, "deletedAt": "2026-03-04T05:06:00.250Z"})");
  EXPECT_THAT(names(lead_step(lead(), after)), ElementsAre("lead.deleted"));
}

TEST(ContactEvents, TellCreationUpdateAndDeletion) {
  EXPECT_THAT(names(contact_step({}, contact())), ElementsAre("newContactCreated"));
  EXPECT_THAT(names(contact_step(contact(), with(contact(), R"({"status": "POTENTIAL"})"))),
              ElementsAre("contactUpdated"));
  EXPECT_THAT(names(contact_step(contact(), with(contact(), R"({"deletedAt": "2026-03-04T05:06:00.250Z"})"))),
              ElementsAre("contactDeleted"));
}

TEST(ContactEvents, TakeAContactThatCameBackForAnUpdate) {
  const auto deleted = with(contact(), R"({"deletedAt": "2026-03-04T05:06:00.250Z"})");
  EXPECT_THAT(names(contact_step(deleted, contact())), ElementsAre("contactUpdated"));
}

TEST(EndpointEvents, TellOnlyThatItWasDisabled) {
  const auto disabled = with(endpoint(), R"({"state": "disabled"})");
  const auto paused = with(endpoint(), R"({"state": "paused"})");
  EXPECT_THAT(names(endpoint_step(endpoint(), disabled)), ElementsAre("endpoint.disabled"));
  EXPECT_THAT(names(endpoint_step(disabled, endpoint())), IsEmpty());
  EXPECT_THAT(names(endpoint_step(endpoint(), paused)), IsEmpty());
  EXPECT_THAT(names(endpoint_step(disabled, with(disabled, R"({"url": "https://example.com/b"})"))),
              IsEmpty());
  EXPECT_THAT(names(endpoint_step({}, endpoint())), IsEmpty());
}

TEST(OtherRecords, HaveNoEvents) {
  EXPECT_THAT(names(step(Kind::api_key, "k1", {}, json(R"({"id": "k1", "deleted": true})"))), IsEmpty());
  EXPECT_THAT(names(step(Kind::account, "a1", json(R"({"id": "a1"})"), json(R"({"state": "disabled"})"))),
              IsEmpty());
}

TEST(EventTypes, AreAllCanonicalAndBelongToAKind) {
  EXPECT_EQ(event_types().size(), 9U);
  for (const std::string_view type : event_types()) EXPECT_EQ(canonical_event_type(type), type);
  EXPECT_EQ(record_kind("leadTagged"), Kind::lead);
  EXPECT_EQ(record_kind("lead.deleted"), Kind::lead);
  EXPECT_EQ(record_kind("newContactCreated"), Kind::contact);
  EXPECT_EQ(record_kind("contactUpdated"), Kind::contact);
  EXPECT_EQ(record_kind("endpoint.disabled"), Kind::endpoint);
}

TEST(EventTypes, KnowTheOtherSpellingAndNoMore) {
  EXPECT_EQ(canonical_event_type("contactDetailChanged"), "contactUpdated");
  for (const char* name : {"", "lead", "Lead.created", "contactupdated", "callBooked"}) {
    EXPECT_EQ(canonical_event_type(name), std::nullopt) << name;
  }
}

TEST(EventId, IsThirtyTwoLowerCaseHexCharactersAndStaysTheSame) {
  const RecordKey key{AccountId("acc_1"), Kind::lead, "lead_01hzy3"};
  const std::string id = event_id(key, 2, "lead.updated", "");
  EXPECT_EQ(id.size(), 32U);
  EXPECT_EQ(id.find_first_not_of("0123456789abcdef"), std::string::npos);
  // SHA-256 of `5:acc_1,4:lead,11:lead_01hzy3,1:2,12:lead.updated,0:,`; another value would make every
  // receiver take repeats for new events.
  EXPECT_EQ(id, "1fa2cbd62925d4386d5c7848eb62d82d");
}

TEST(EventId, OfAContactGoesByTheNumberThatTheWireShows) {
  // SHA-256 of `5:acc_1,7:contact,1:5,1:2,14:contactUpdated,0:,`
  EXPECT_EQ(event_id({AccountId("acc_1"), Kind::contact, contact_key_id(5)}, 2, "contactUpdated", ""),
            "f46dbdc76bea7a9b5b8447c06649395d");
}

TEST(EventId, DiffersWhereAnyPartDiffers) {
  const RecordKey key{AccountId("acc"), Kind::lead, "1"};
  const std::set<std::string> ids{
      event_id(key, 2, "lead.updated", ""),
      event_id(key, 3, "lead.updated", ""),
      event_id(key, 2, "lead.created", ""),
      event_id(key, 2, "lead.updated", "x"),
      event_id(key, 2, "lead.update", "dx"),
      event_id({AccountId("acc2"), Kind::lead, "1"}, 2, "lead.updated", ""),
      event_id({AccountId("acc"), Kind::lead, "12"}, 2, "lead.updated", ""),
      event_id({AccountId("acc"), Kind::lead, "1"}, 22, "lead.updated", ""),
      event_id({AccountId("acc"), Kind::contact, "1"}, 2, "lead.updated", ""),
  };
  EXPECT_EQ(ids.size(), 9U);
}

TEST(EventId, OfEventsOfOneChangeNeverRepeats) {
  const auto after =
      with(lead(), R"({"tags": [{"id": "t1", "name": "A"}, {"id": "t2", "name": "B"}], "isHot": true,
                                      "additionalInfo": {"k": "v"}})");
  std::set<std::string> ids;
  const auto events = events_of(lead_step(lead(), after).change);
  for (const Event& event : events) ids.insert(event.id);
  EXPECT_EQ(events.size(), 5U);
  EXPECT_EQ(ids.size(), events.size());
}

}  // namespace
}  // namespace deltapost::format
