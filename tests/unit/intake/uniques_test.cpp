#include "intake/uniques.hpp"

#include "receiving_house.hpp"

namespace deltapost::intake {
namespace {

using testing::json;
using testing::kAccount;
using testing::kOther;
using testing::ReceivingHouse;

class Uniques : public ::testing::Test {
 protected:
  Uniques() { house_.start(); }

  static RecordKey lead(const std::string& id, const AccountId& account = kAccount) {
    return {account, Kind::lead, id};
  }
  static Record record(const RecordKey& key, const std::string& document, bool deleted = false) {
    return {.key = key, .document = json(document), .deleted = deleted};
  }

  static Result<void> claim_in(store::Draft& draft, const Record& before, const Record& after) {
    return claim_values(draft, before, after, diff(before.document, after.document));
  }
  Result<void> claim(const Record& before, const Record& after) {
    return house_.committer.run([&](store::Draft& draft) { return claim_in(draft, before, after); });
  }
  std::string holder(Kind kind, std::string_view field, const std::string& value,
                     const AccountId& account = kAccount) {
    std::string found;
    EXPECT_TRUE(house_.committer.run([&](store::Draft& draft) -> Result<void> {
      auto holder = holder_of(draft, account, kind, field, value);
      if (!holder) return holder.error();
      found = holder->value_or("nobody");
      return ok();
    }));
    return found;
  }

  ReceivingHouse house_;
};

TEST_F(Uniques, ALeadsPhoneBelongsToItAlone) {
  ASSERT_TRUE(claim({.key = lead("a")}, record(lead("a"), R"({"phone": "1"})")));
  const auto refused = claim({.key = lead("b")}, record(lead("b"), R"({"phone": "1"})"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().fault, Fault::conflict);
  EXPECT_EQ(refused.error().field, "phone");
  EXPECT_EQ(refused.error().other, "a");
  EXPECT_TRUE(claim({.key = lead("b", kOther)}, record(lead("b", kOther), R"({"phone": "1"})")));
  EXPECT_EQ(holder(Kind::lead, "phone", "1"), "a");
  EXPECT_EQ(holder(Kind::lead, "phone", "1", kOther), "b");
}

TEST_F(Uniques, AnEmailAddressLeadsToTheFirstThatHadItWhateverItsCase) {
  ASSERT_TRUE(claim({.key = lead("a")}, record(lead("a"), R"({"email": "Ann@B.co"})")));
  ASSERT_TRUE(claim({.key = lead("b")}, record(lead("b"), R"({"email": "ann@b.co"})")));
  EXPECT_EQ(holder(Kind::lead, "email", "ANN@b.co"), "a");
  EXPECT_EQ(holder(Kind::contact, "email", "ann@b.co"), "nobody") << "leads and contacts are apart";
}

TEST_F(Uniques, AreFreeAgainWhenTheyChangeOrTheRecordIsDeleted) {
  const Record was = record(lead("a"), R"({"phone": "1", "email": "a@b.co"})");
  ASSERT_TRUE(claim({.key = lead("a")}, was));
  const Record is = record(lead("a"), R"({"phone": "2", "email": "a@b.co"})");
  ASSERT_TRUE(claim(was, is));
  EXPECT_EQ(holder(Kind::lead, "phone", "1"), "nobody");
  EXPECT_EQ(holder(Kind::lead, "phone", "2"), "a");
  ASSERT_TRUE(claim(is, record(lead("a"), R"({"phone": "2", "email": "a@b.co"})", true)));
  EXPECT_EQ(holder(Kind::lead, "phone", "2"), "nobody");
  EXPECT_EQ(holder(Kind::lead, "email", "a@b.co"), "nobody");
}

TEST_F(Uniques, ARecordThatNeverHeldAnAddressDoesNotFreeIt) {
  const Record first = record(lead("a"), R"({"email": "a@b.co"})");
  const Record second = record(lead("b"), R"({"email": "a@b.co"})");
  ASSERT_TRUE(claim({.key = lead("a")}, first));
  ASSERT_TRUE(claim({.key = lead("b")}, second));
  ASSERT_TRUE(claim(second, record(lead("b"), R"({"email": null})")));
  EXPECT_EQ(holder(Kind::lead, "email", "a@b.co"), "a");
}

TEST_F(Uniques, TwoLeadsCanSwapPhonesInOneCommit) {
  const Record a = record(lead("a"), R"({"phone": "1"})"), b = record(lead("b"), R"({"phone": "2"})");
  ASSERT_TRUE(claim({.key = a.key}, a));
  ASSERT_TRUE(claim({.key = b.key}, b));
  ASSERT_TRUE(house_.committer.run([&](store::Draft& draft) -> Result<void> {
    if (auto freed = claim_in(draft, a, record(a.key, R"({"phone": null})")); !freed) return freed;
    if (auto moved = claim_in(draft, b, record(b.key, R"({"phone": "1"})")); !moved) return moved;
    return claim_in(draft, record(a.key, R"({"phone": null})"), record(a.key, R"({"phone": "2"})"));
  }));
  EXPECT_EQ(holder(Kind::lead, "phone", "1"), "b");
  EXPECT_EQ(holder(Kind::lead, "phone", "2"), "a");
}

TEST_F(Uniques, ASendersIdLeadsToOurRecordForThatSourceAndKindAlone) {
  const auto find = [&](store::Draft& draft, Kind kind, const std::string& source, const AccountId& account) {
    auto found = linked(draft, account, kind, source, "theirs");
    return found && *found ? **found : "nobody";
  };
  ASSERT_TRUE(house_.committer.run([&](store::Draft& draft) -> Result<void> {
    link(draft, lead("a"), "s", "theirs");
    EXPECT_EQ(find(draft, Kind::lead, "s", kAccount), "a");
    EXPECT_EQ(find(draft, Kind::lead, "t", kAccount), "nobody");
    EXPECT_EQ(find(draft, Kind::contact, "s", kAccount), "nobody");
    EXPECT_EQ(find(draft, Kind::lead, "s", kOther), "nobody");
    return ok();
  }));
}

}  // namespace
}  // namespace deltapost::intake
