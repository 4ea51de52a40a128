#include "intake/erase.hpp"

#include "receiving_house.hpp"
#include "store/verify.hpp"

namespace deltapost::intake {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::json;
using testing::kAccount;
using testing::kContacts;
using testing::kLeads;
using ::testing::Not;
using testing::ReceivingHouse;

class Erasing : public ::testing::Test {
 protected:
  Erasing() {
    house_.start();
    house_.source("leads", kLeads);
    house_.source("contacts", kContacts);
    house_.says("leads", R"({"id": "l1", "phone": "+15550001111", "name": "Ann", "email": "ann@example.com",
                             "hot": true, "more": {"state": "CA"}})");
    house_.says("leads", R"({"id": "l1", "phone": "+15550001111", "name": "Anna"})");
  }

  Result<bool> erase(const RecordKey& key) {
    Result<bool> erased = false;
    auto done = house_.committer.run([&](store::Draft& draft) -> Result<void> {
      erased = intake::erase(draft, key, {.actor = "key:k", .source = "api"});
      if (!erased) return erased.error();
      return ok();
    });
    if (!done) return done.error();
    return erased;
  }

  const RecordKey lead_{kAccount, Kind::lead, "l1"};
  ReceivingHouse house_;
};

TEST_F(Erasing, LeavesIdAndTimesAndNoValue) {
  const std::string created = to_text(house_.lead("l1").document.at("createdAt"));
  ASSERT_TRUE(*erase(lead_));
  const Record record = house_.lead("l1");
  EXPECT_TRUE(record.deleted);
  EXPECT_EQ(record.document.at("id"), "l1");
  EXPECT_EQ(to_text(record.document.at("createdAt")), created);
  EXPECT_EQ(record.document.at("deleted"), true);
  for (const auto& [name, value] : record.document) {
    const bool stays =
        name == "id" || name == "createdAt" || name == "deletedAt" || name == "erasedAt" || name == "deleted";
    if (stays) continue;
    const bool empty = value.is_null() || value == false || value == JsonObject{} || value == JsonArray{};
    EXPECT_TRUE(empty) << name << " is " << to_text(value);
  }
}

TEST_F(Erasing, TakesTheValuesOutOfChangesReceiptsAndClocks) {
  ASSERT_TRUE(*erase(lead_));
  const auto log = house_.store.read_log(0, 0, 100);
  std::size_t of_lead = 0;
  for (const auto& entry : log->entries) {
    if (entry.key != lead_) continue;
    ++of_lead;
    EXPECT_THAT(entry.changes, Not(HasSubstr("Ann")));
    EXPECT_THAT(entry.changes, Not(HasSubstr("+1555")));
  }
  EXPECT_EQ(of_lead, 3u) << "that something happened stays";
  for (const auto& receipt : house_.receipts()) {
    EXPECT_EQ(receipt.body, "");
    EXPECT_THAT(receipt.outcome, Not(HasSubstr("Ann")));
  }
  EXPECT_EQ(*house_.store.clocks_of(lead_), std::nullopt);
}

TEST_F(Erasing, TakesReceiptsThatKnowThePersonByAnotherIdOrByThePhone) {
  const std::string_view bodies[] = {
      R"({"event": "1", "id": "theirs", "phone": "+15550001111", "name": "Ann"})",
      R"({"event": "2", "phone": "+15550001111", "name": "Annie"})"};
  for (const std::string_view body : bodies)
    for (const char* verdict : {"200 accepted", "200 duplicate"})
      EXPECT_EQ(house_.says("leads", std::string(body)), verdict);
  ASSERT_TRUE(*erase(lead_));
  ASSERT_EQ(house_.receipts().size(), 6u);
  for (const auto& receipt : house_.receipts()) EXPECT_EQ(receipt.body, "") << receipt_id(receipt.number);
}

TEST_F(Erasing, LeavesAStoreThatCanBeVerified) {
  ASSERT_TRUE(*erase(lead_));
  const auto report = store::verify(house_.store);
  EXPECT_THAT(report->problems, IsEmpty());
}

TEST_F(Erasing, FreesThePhoneAndTheEmailAddress) {
  ASSERT_TRUE(*erase(lead_));
  EXPECT_EQ(house_.item("leads", R"({"id": "l2", "phone": "+15550001111"})").verdict, Verdict::accepted);
}

TEST_F(Erasing, IsDoneOnce) {
  ASSERT_TRUE(*erase(lead_));
  EXPECT_FALSE(*erase(lead_));
  EXPECT_EQ(house_.lead("l1").version, 3u);
}

TEST_F(Erasing, FindsNobodyWhoIsNotThere) {
  const auto refused = erase({kAccount, Kind::lead, "l9"});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().fault, Fault::not_found);
  EXPECT_FALSE(erase({testing::kOther, Kind::lead, "l1"}));
}

TEST_F(Erasing, TellsOfADeletedRecordOnlyThatItWasErased) {
  auto deleted = house_.lead("l1");
  deleted.document = lead::remove(deleted.document, house_.clock.now());
  deleted.deleted = true;
  house_.put(deleted);
  house_.clock.advance(std::chrono::seconds{1});
  ASSERT_TRUE(*erase(lead_));
  EXPECT_EQ(house_.lead("l1").document.at("deletedAt"), deleted.document.at("deletedAt"));
  const auto last = house_.store.history(lead_, {.newest_first = true, .limit = 1});
  EXPECT_THAT(last->at(0).changes, HasSubstr("erasedAt"));
  EXPECT_THAT(last->at(0).changes, Not(HasSubstr("deletedAt")));
}

TEST_F(Erasing, TakesContactsToo) {
  house_.says("contacts", R"({"id": 5, "name": "Ann", "email": "ann@example.com"})");
  const RecordKey key{kAccount, Kind::contact, contact_key_id(5)};
  ASSERT_TRUE(*erase(key));
  EXPECT_EQ(house_.contact(5).document.at("firstName"), nullptr);
  EXPECT_EQ(house_.contact(5).document.at("id"), 5);
  EXPECT_TRUE(house_.contact(5).deleted);
}

}  // namespace
}  // namespace deltapost::intake
