// A receiving house, and the store that its receipts are replayed into.
#pragma once

#include "intake/replay.hpp"
#include "receiving_house.hpp"
#include "store/verify.hpp"

namespace deltapost::testing {

/// The store that is rebuilt into. Replay happens later than all that it rebuilds.
class Rebuilt {
 public:
  explicit Rebuilt(ReceivingHouse& from) : Rebuilt(from.store, from.clock.now()) {}
  Rebuilt(store::Store& from, Time now) {
    clock_.set(now + std::chrono::hours{24});
    committer_.start();
    auto done = intake::replay_into(from, store, committer_);
    EXPECT_TRUE(done) << (done ? "" : done.error().message);
    if (done) report = *done;
    auto apart = intake::differing_records(from, store, 10);
    EXPECT_TRUE(apart);
    if (apart) differences = *apart;
  }
  ~Rebuilt() { committer_.stop(); }

  store::MemoryStore store;
  intake::ReplayReport report;
  std::vector<std::string> differences;

 private:
  ManualClock clock_;
  store::GroupCommitter committer_{store, clock_};
};

class Replaying : public ::testing::Test {
 protected:
  Replaying() {
    house_.start();
    house_.open(kAccount);
    house_.source("leads", kLeads);
    house_.source("contacts", kContacts);
  }

  std::string at(Millis ago) { return iso_millis(house_.clock.now() - ago); }
  /// A moment passes with each.
  std::string say(const std::string& source, const std::string& body) {
    house_.clock.advance(Millis{10});
    return house_.says(source, body);
  }

  /// Makes or edits the source "leads", with some of its settings changed.
  void leads_with(const char* changes) { house_.source("leads", with(kLeads, changes)); }

  void expect_equal() {
    Rebuilt rebuilt(house_);
    EXPECT_THAT(rebuilt.differences, ::testing::IsEmpty());
    EXPECT_THAT(rebuilt.report.differences, ::testing::IsEmpty());
    EXPECT_EQ(rebuilt.report.receipts, house_.receipts().size() + house_.receipts(kOther).size());
    EXPECT_TRUE(store::verify(rebuilt.store)->sound());
    expect_unmoved();
  }

  /// Replayed against itself, the store stays as it is.
  void expect_unmoved() {
    const auto head = *house_.store.head(0);
    const auto report = intake::replay(house_.store, house_.committer);
    ASSERT_TRUE(report) << report.error().message;
    EXPECT_EQ(report->changes, 0u);
    EXPECT_EQ(*house_.store.head(0), head);
  }

  ReceivingHouse house_;
};

}  // namespace deltapost::testing
