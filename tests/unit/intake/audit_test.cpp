#include "intake/audit.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>

#include "intake/writer.hpp"
#include "store/group_committer.hpp"
#include "store/history.hpp"
#include "store/memory/memory_store.hpp"
#include "support/json.hpp"
#include "support/manual_clock.hpp"

namespace deltapost::intake {
namespace {

using testing::json;

const AccountId kAccount{"acc_1"};
const Origin kOrigin{.actor = "key:k", .source = "api"};

Step step(Kind kind, Version version, const char* before, const char* after, bool deleted = false) {
  Record record{.key = {kAccount, kind, "x1"}, .version = version, .document = json(after)};
  record.deleted = deleted;
  return {diff(json(before), record.document), record};
}

TEST(AuditOf, NamesWhatAStepDid) {
  struct Case {
    Step step;
    const char* action;
  };
  const Case cases[]{
      {step(Kind::endpoint, 1, "{}", R"({"url": "u"})"), "endpoint.created"},
      {step(Kind::source, 2, R"({"state": "active"})", R"({"state": "paused"})"), "source.updated"},
      {step(Kind::api_key, 2, R"({"deleted": false})", R"({"deleted": true})", true), "api_key.deleted"},
      {step(Kind::endpoint, 3, R"({"secretRevision": 1})", R"({"secretRevision": 2})"),
       "endpoint.secret.rotated"},
      {step(Kind::source, 3, "{}", R"({"tokenRevision": 1})"), "source.token.rotated"},
      {step(Kind::source, 3, R"({"secretRevision": 1, "verifier": "a"})",
            R"({"secretRevision": 2, "verifier": "b"})"),
       "source.updated"},
      {step(Kind::account, 2, R"({"name": "a"})", R"({"name": "b"})"), "account.updated"},
  };
  for (const auto& [given, action] : cases) {
    const auto entry = audit_of(given);
    ASSERT_TRUE(entry) << action;
    EXPECT_EQ(entry->action, action);
    EXPECT_EQ(entry->id, "x1");
    EXPECT_EQ(entry->version, given.after.version);
  }
}

TEST(AuditOf, TellsOldAndNewButNoHashOfASecret) {
  const auto entry = audit_of(step(Kind::api_key, 1, "{}", R"({"name": "sync", "secretHash": "ab12"})"));
  ASSERT_TRUE(entry);
  EXPECT_EQ(to_text(entry->changes), R"({"name":{"new":"sync"}})");
}

TEST(AuditOf, LeavesLeadsContactsAndItselfToTheirOwnHistories) {
  for (const Kind kind : {Kind::lead, Kind::contact, Kind::audit})
    EXPECT_FALSE(audit_of(step(kind, 1, "{}", R"({"a": 1})"))) << to_string(kind);
}

class AuditLog : public ::testing::Test {
 protected:
  AuditLog() { committer_.start(); }
  ~AuditLog() override { committer_.stop(); }

  Result<void> note(AuditEntry entry) {
    return committer_.run(
        [&](store::Draft& draft) { return put_audit(draft, kAccount, std::move(entry), kOrigin); });
  }

  testing::ManualClock clock_{Time{Millis{1'764'000'000'000}}};
  store::MemoryStore store_;
  store::GroupCommitter committer_{store_, clock_};
};

TEST_F(AuditLog, EachEntryIsWholeInItsOwnChangeAlsoWhenTwoSayTheSame) {
  const AuditEntry viewed{.action = "endpoint.secret.viewed", .kind = "endpoint", .id = "ep_1"};
  ASSERT_TRUE(note(viewed));
  ASSERT_TRUE(note(viewed));
  ASSERT_TRUE(note(
      {.action = "delivery.resent", .kind = "delivery", .id = "0-1-0", .details = {{"endpoint", "ep_1"}}}));
  const auto entries = store_.history(audit_key(kAccount), {});
  ASSERT_TRUE(entries);
  ASSERT_EQ(entries->size(), 3u);
  for (const auto& entry : *entries) {
    const auto change = store::to_change(entry);
    ASSERT_TRUE(change);
    ASSERT_EQ(change->fields.size(), 1u);
    const JsonObject told = audit_entry({{"entry", *change->fields.front().new_value}});
    EXPECT_EQ(told.at("action"), entry.version < 3 ? "endpoint.secret.viewed" : "delivery.resent");
    EXPECT_EQ(told.at("number"), entry.version);
    EXPECT_EQ(entry.origin.actor, "key:k");
  }
}

TEST_F(AuditLog, AWriteThatIsRefusedOrChangesNothingLeavesNoEntry) {
  Writer writer(committer_);
  const auto write = [&](Result<JsonObject> wanted) {
    std::promise<Result<Answered>> answer;
    writer.write({.key = {kAccount, Kind::endpoint, "ep_1"},
                  .origin = kOrigin,
                  .decide = [wanted](const Record*, Time) { return wanted; },
                  .answer = [](const Written&) { return std::string(); }},
                 [&](Result<Answered> given) { answer.set_value(std::move(given)); });
    return answer.get_future().get().has_value();
  };
  const auto entries = [&] { return store_.history(audit_key(kAccount), {})->size(); };
  EXPECT_TRUE(write(json(R"({"url": "u"})")));
  EXPECT_EQ(entries(), 1u);
  EXPECT_TRUE(write(json(R"({"url": "u"})")));
  EXPECT_FALSE(write(Error{Fault::invalid, "no"}));
  EXPECT_EQ(entries(), 1u);
  EXPECT_TRUE(write(json(R"({"url": "v"})")));
  EXPECT_EQ(entries(), 2u);
}

}  // namespace
}  // namespace deltapost::intake
