#include "intake/echo.hpp"

#include "receiving_house.hpp"

namespace deltapost::intake {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using testing::flags;
using testing::json;
using testing::kAccount;
using testing::kLeads;
using testing::kOther;
using testing::ReceivingHouse;

/// An account with the key `k` and the sources `leads` and `neighbour`, which takes what another Deltapost
/// tells. Its lead l1 is called Ann.
class Echo : public ::testing::Test {
 protected:
  Echo() {
    house_.start();
    house_.source("leads", kLeads);
    house_.source("neighbour", R"({"format": "standard", "verifier": "none"})");
    house_.source("elsewhere", kLeads, kOther);
    add_key(kAccount, "k");
    add_key(kOther, "another");
    house_.put({.key = {kAccount, Kind::lead, "l1"},
                .document = *lead::create(json(R"({"phone": "+15550001111", "firstName": "Ann"})"), "l1",
                                          house_.clock.now())});
    house_.clock.advance(10ms);
  }

  void add_key(const AccountId& account, const std::string& id) {
    house_.put({.key = {account, Kind::api_key, id}, .document = {{"id", id}}});
  }

  /// The neighbour tells that somebody has renamed l1, newer than anything here.
  ItemOutcome rename(const std::string& name, const std::string& actor) {
    const JsonObject changes{{"firstName", JsonObject{{"new", name}}}};
    return house_.item("neighbour", to_text(JsonObject{{"type", "lead.updated"},
                                                       {"timestamp", iso_millis(house_.clock.now() + 1s)},
                                                       {"data", JsonObject{{"kind", "lead"},
                                                                           {"id", "l1"},
                                                                           {"version", ++told_},
                                                                           {"changes", changes},
                                                                           {"source", "api"},
                                                                           {"actor", actor}}}}));
  }

  std::uint64_t told_ = 0;
  ReceivingHouse house_;
};

TEST_F(Echo, WhatWasMadeOrTakenHereAndIsToldBackChangesNothing) {
  for (const char* actor : {"source:b/key:k", "source:b/source:leads", "source:b/source:c/source:neighbour",
                            "source:b/source:neighbour/key:theirs", "source:b/source:c/key:k/x"}) {
    const auto item = rename("Bob", actor);
    EXPECT_EQ(item.verdict, Verdict::duplicate) << actor;
    EXPECT_THAT(flags(item), ElementsAre("echo")) << actor;
  }
  EXPECT_EQ(house_.lead("l1").document.at("firstName"), "Ann");
  EXPECT_EQ(house_.lead("l1").version, 1u);
  EXPECT_EQ(*house_.store.clocks_of({kAccount, Kind::lead, "l1"}), std::nullopt)
      << "what a late sender says later is not outrun by it";
}

TEST_F(Echo, WhatOthersHaveMadeIsTaken) {
  for (const char* actor : {"", "key:theirs", "source:b", "source:b/key:theirs", "source:b/source:c",
                            "source:b/system:rules", "source:b/", "/", "source:b/k", "source:b/source:k"}) {
    const auto item = rename("by " + std::string(actor), actor);
    EXPECT_EQ(item.verdict, Verdict::accepted) << actor;
    EXPECT_EQ(house_.lead("l1").document.at("firstName"), Json("by " + std::string(actor)));
  }
}

TEST_F(Echo, ACopyOfUsMayTellWhatItHasMadeWithTheSameKeysAndSources) {
  EXPECT_EQ(rename("Bob", "key:k").verdict, Verdict::accepted);
  EXPECT_EQ(rename("Cat", "source:leads").verdict, Verdict::accepted);
}

TEST_F(Echo, AnotherAccountsKeysAndSourcesAreOthers) {
  EXPECT_EQ(rename("Bob", "source:b/key:another").verdict, Verdict::accepted);
  EXPECT_EQ(rename("Cat", "source:b/source:elsewhere").verdict, Verdict::accepted);
}

}  // namespace
}  // namespace deltapost::intake
