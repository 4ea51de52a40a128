#include "intake/writer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>

#include "intake/erase.hpp"
#include "record/contact.hpp"
#include "record/lead.hpp"
#include "store/memory/memory_store.hpp"
#include "support/json.hpp"
#include "support/manual_clock.hpp"

namespace deltapost::intake {
namespace {

using testing::json;

const AccountId kAccount{"acc_1"};

class Writer : public ::testing::Test {
 protected:
  Writer() {
    committer_.on_committed([this](const auto& entries) {
      for (const auto& entry : entries) log_.push_back(entry);
    });
  }
  ~Writer() override { committer_.stop(); }

  /// A lead to be created or updated; the answer is "<version> changed|unchanged".
  static WriteRequest lead_write(const std::string& id, const std::string& fields) {
    return {.key = {kAccount, Kind::lead, id},
            .origin = {.actor = "key:k", .source = "api"},
            .decide = [fields, id](const Record* current, Time now) -> Result<JsonObject> {
              return current == nullptr ? lead::create(json(fields), id, now)
                                        : lead::update(current->document, json(fields));
            },
            .answer =
                [](const Written& written) {
                  return std::to_string(written.record.version) +
                         (written.changed ? " changed" : " unchanged");
                }};
  }

  std::future<Result<Answered>> submit(WriteRequest request) {
    auto promise = std::make_shared<std::promise<Result<Answered>>>();
    auto future = promise->get_future();
    writer_.write(std::move(request),
                  [promise](Result<Answered> answer) { promise->set_value(std::move(answer)); });
    return future;
  }

  Result<Answered> write(WriteRequest request) {
    if (!started_) start();
    return submit(std::move(request)).get();
  }

  void start() {
    committer_.start();
    started_ = true;
  }

  std::string stored_phone(const std::string& id) {
    auto record = *store_.find({kAccount, Kind::lead, id});
    return record ? std::string(json(record->document).at("phone").as_string()) : "none";
  }

  testing::ManualClock clock_;
  store::MemoryStore store_;
  store::GroupCommitter committer_{store_, clock_};
  intake::Writer writer_{committer_};
  std::vector<store::LogEntry> log_;  // written on the committing thread, read after the answers
  bool started_ = false;
};

TEST_F(Writer, CommitsARecordWithTheExactChange) {
  ASSERT_EQ(write(lead_write("l1", R"({"phone": "+15550001111", "additionalInfo": {"a": "1"}})"))->text,
            "1 changed");
  ASSERT_EQ(write(lead_write("l1", R"({"additionalInfo": {"a": "2", "b": "3"}})"))->text, "2 changed");
  ASSERT_EQ(log_.size(), 2u);
  EXPECT_EQ(log_[1].changes, R"({"additionalInfo.a":{"old":"1","new":"2"},"additionalInfo.b":{"new":"3"}})");
  EXPECT_EQ(log_[1].version, 2u);
  EXPECT_EQ(log_[1].origin.actor, "key:k");
}

TEST_F(Writer, SaysThatNothingChangedAndCommitsNothing) {
  ASSERT_TRUE(write(lead_write("l1", R"({"phone": "+15550001111", "firstName": "Ann"})")));
  EXPECT_EQ(write(lead_write("l1", R"({"firstName": "Ann", "phone": "+1 555 000 1111"})"))->text,
            "1 unchanged");
  EXPECT_EQ(log_.size(), 1u);
}

TEST_F(Writer, BuildsOnTheWritesBeforeItInTheSameGroup) {
  // Both wait before the thread starts, so they are decided in one group.
  auto first = submit(lead_write("l1", R"({"phone": "+15550001111"})"));
  auto second = submit(lead_write("l1", R"({"firstName": "Ann"})"));
  start();
  EXPECT_EQ(first.get()->text, "1 changed");
  EXPECT_EQ(second.get()->text, "2 changed");
}

TEST_F(Writer, GivesWritesOfOneMomentTimesInTheirOrder) {
  ASSERT_TRUE(write(lead_write("l1", R"({"phone": "+15550001111"})")));
  ASSERT_TRUE(write(lead_write("l1", R"({"firstName": "Ann"})")));
  clock_.advance(Millis{-60'000});  // set back
  ASSERT_TRUE(write(lead_write("l1", R"({"firstName": "Eve"})")));
  ASSERT_EQ(log_.size(), 3u);
  EXPECT_EQ(log_[1].updated_at, log_[0].updated_at + Millis{1});
  EXPECT_EQ(log_[2].updated_at, log_[1].updated_at + Millis{1});
  EXPECT_EQ(log_[2].at, log_[0].at);
}

TEST_F(Writer, RefusesAPhoneThatAnotherLeadHasAndNamesThatLead) {
  ASSERT_TRUE(write(lead_write("l1", R"({"phone": "+15550001111"})")));
  auto refused = write(lead_write("l2", R"({"phone": "+1 (555) 000-1111"})"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().fault, Fault::conflict);
  EXPECT_EQ(refused.error().field, "phone");
  EXPECT_EQ(refused.error().other, "l1");
  EXPECT_EQ(stored_phone("l2"), "none");
}

TEST_F(Writer, RefusesAPhoneTakenEarlierInTheSameGroup) {
  auto first = submit(lead_write("l1", R"({"phone": "+15550001111"})"));
  auto second = submit(lead_write("l2", R"({"phone": "+15550001111"})"));
  start();
  EXPECT_TRUE(first.get());
  EXPECT_FALSE(second.get());
}

TEST_F(Writer, FreesThePhoneOfALeadThatGetsAnotherOneOrIsDeleted) {
  ASSERT_TRUE(write(lead_write("l1", R"({"phone": "+15550001111"})")));
  ASSERT_TRUE(write(lead_write("l1", R"({"phone": "+15550002222"})")));
  EXPECT_TRUE(write(lead_write("l2", R"({"phone": "+15550001111"})")));
  auto removal = lead_write("l1", "{}");
  removal.decide = [](const Record* current, Time now) -> Result<JsonObject> {
    return lead::remove(current->document, now);
  };
  ASSERT_TRUE(write(std::move(removal)));
  EXPECT_TRUE(write(lead_write("l3", R"({"phone": "+15550002222"})")));
}

TEST_F(Writer, RefusesAStaleVersionAndLeavesTheRecordAlone) {
  ASSERT_TRUE(write(lead_write("l1", R"({"phone": "+15550001111"})")));
  auto stale = lead_write("l1", R"({"firstName": "Ann"})");
  stale.if_match = 7;
  auto refused = write(std::move(stale));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().fault, Fault::precondition_failed);
  EXPECT_EQ(log_.size(), 1u);
  auto fresh = lead_write("l1", R"({"firstName": "Ann"})");
  fresh.if_match = 1;
  EXPECT_EQ(write(std::move(fresh))->text, "2 changed");
}

WriteRequest with_key(WriteRequest request, const std::string& fingerprint) {
  request.idempotency = Idempotency{.account = kAccount, .key = "once", .fingerprint = fingerprint};
  return request;
}

TEST_F(Writer, GivesTheRememberedAnswerToARepeatedRequest) {
  auto create = [] { return with_key(lead_write("l1", R"({"phone": "+15550001111"})"), "same"); };
  EXPECT_FALSE(write(create())->remembered);
  ASSERT_TRUE(write(lead_write("l1", R"({"firstName": "Ann"})")));
  auto repeated = write(create());
  EXPECT_TRUE(repeated->remembered);
  EXPECT_EQ(repeated->text, "1 changed");
  EXPECT_EQ(log_.size(), 2u);
}

TEST_F(Writer, RaceOfTheSameRequestEndsInOneRecord) {
  auto first = submit(with_key(lead_write("l1", R"({"phone": "+15550001111"})"), "same"));
  auto second = submit(with_key(lead_write("l2", R"({"phone": "+15550001111"})"), "same"));
  start();
  EXPECT_FALSE(first.get()->remembered);
  EXPECT_TRUE(second.get()->remembered);
  EXPECT_EQ(stored_phone("l2"), "none");
}

TEST_F(Writer, RefusesAnIdempotencyKeyThatWasUsedForAnotherRequest) {
  ASSERT_TRUE(write(with_key(lead_write("l1", R"({"phone": "+15550001111"})"), "one")));
  auto refused = write(with_key(lead_write("l1", R"({"phone": "+15550002222"})"), "other"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().fault, Fault::idempotency_mismatch);
  EXPECT_EQ(stored_phone("l1"), "+15550001111");
}

TEST_F(Writer, ForgetsAnAnswerAfterADay) {
  ASSERT_TRUE(write(with_key(lead_write("l1", R"({"phone": "+15550001111"})"), "one")));
  clock_.advance(kIdempotencyKept);
  EXPECT_FALSE(write(with_key(lead_write("l1", R"({"firstName": "Ann"})"), "other"))->remembered);
}

TEST_F(Writer, BringsNobodyBackForARepeatedRequest) {
  auto create = [](const std::string& id) {
    return with_key(lead_write(id, R"({"phone": "+15550001111"})"), "same");
  };
  ASSERT_TRUE(write(create("l1")));
  ASSERT_TRUE(committer_.run([](store::Draft& draft) -> Result<void> {
    auto erased = erase(draft, {kAccount, Kind::lead, "l1"}, {.actor = "key:k", .source = "api"});
    return erased ? ok() : Result<void>(erased.error());
  }));
  const auto changes = log_.size();
  auto repeated = write(create("l2"));
  ASSERT_FALSE(repeated);
  EXPECT_EQ(repeated.error().fault, Fault::conflict);
  EXPECT_EQ(repeated.error().field, "Idempotency-Key");
  EXPECT_EQ(repeated.error().other, "l1");
  EXPECT_EQ(log_.size(), changes);
  EXPECT_EQ(stored_phone("l2"), "none");
  clock_.advance(kIdempotencyKept);
  EXPECT_TRUE(write(create("l2"))) << "the key is forgotten, as any other";
}

WriteRequest contact_write(std::uint64_t given, std::shared_ptr<std::uint64_t> number) {
  *number = given;
  return {
      .key = {kAccount, Kind::contact, given == 0 ? "" : contact_key_id(given)},
      .origin = {.actor = "key:k", .source = "api"},
      .decide = [number](const Record*, Time now) { return contact::create({}, *number, "contact_x", now); },
      .numbered = [number](const std::string& id) { *number = std::stoull(id); },
      .answer = [](const Written& written) { return wire_id(written.record.key); }};
}

TEST_F(Writer, NumbersContactsBeyondTheGreatestInUseHoweverItCame) {
  auto number = std::make_shared<std::uint64_t>();
  EXPECT_EQ(write(contact_write(0, number))->text, "1");
  EXPECT_EQ(write(contact_write(1000, number))->text, "1000");
  EXPECT_EQ(write(contact_write(0, number))->text, "1001");
  EXPECT_EQ(write(contact_write(7, number))->text, "7");
  EXPECT_EQ(write(contact_write(0, number))->text, "1002");
}

TEST_F(Writer, NumbersContactsBelowTheGreatestThereIsWhenThatIsTaken) {
  auto number = std::make_shared<std::uint64_t>();
  ASSERT_EQ(write(contact_write(contact::kMaxId, number))->text, std::to_string(contact::kMaxId));
  const std::uint64_t start = (contact::kMaxId + 1) / 2;
  for (std::uint64_t i = 0; i < 40; ++i)
    ASSERT_EQ(write(contact_write(0, number))->text, std::to_string(start + i));
  ASSERT_EQ(write(contact_write(start + 41, number))->text, std::to_string(start + 41));
  EXPECT_EQ(write(contact_write(0, number))->text, std::to_string(start + 40)) << "in the gap";
  EXPECT_EQ(write(contact_write(0, number))->text, std::to_string(start + 42));
}

TEST_F(Writer, NumbersContactsOfOneGroupOneAfterTheOther) {
  auto one = std::make_shared<std::uint64_t>(), other = std::make_shared<std::uint64_t>();
  auto first = submit(contact_write(0, one)), second = submit(contact_write(0, other));
  start();
  EXPECT_EQ(first.get()->text, "1");
  EXPECT_EQ(second.get()->text, "2");
}

TEST_F(Writer, NumbersAContactAnewWhenWhatCameBeforeItIsRefused) {
  auto refused = std::make_shared<std::promise<bool>>();
  ASSERT_TRUE(committer_.submit(
      [](store::Draft& draft) -> Result<void> {
        const RecordKey first{kAccount, Kind::contact, contact_key_id(1)};
        put_step(draft, {.key = first}, {{}, {.key = first}}, {});
        draft.put(store::Erasure{{kAccount, Kind::contact, contact_key_id(9)}, 1});  // there is none
        return ok();
      },
      [refused](const Result<void>& result) { refused->set_value(!result); }));
  auto number = std::make_shared<std::uint64_t>();
  auto answer = submit(contact_write(0, number));
  start();
  EXPECT_TRUE(refused->get_future().get());
  EXPECT_EQ(answer.get()->text, "1");
}

/// Adds a letter to what is sealed beside the record.
WriteRequest append_to_secret(WriteRequest request, char letter) {
  request.seal = [letter](const std::optional<std::string>& current) -> Result<std::string> {
    return current.value_or("") + letter;
  };
  return request;
}

TEST_F(Writer, BuildsOnTheSecretSealedEarlierInTheSameGroup) {
  auto first = submit(append_to_secret(lead_write("l1", R"({"phone": "+15550001111"})"), 'a'));
  auto second = submit(append_to_secret(lead_write("l1", R"({"firstName": "Ann"})"), 'b'));
  start();
  ASSERT_TRUE(first.get());
  ASSERT_TRUE(second.get());
  EXPECT_EQ(**store_.secret_of({kAccount, Kind::lead, "l1"}), "ab");
}

TEST_F(Writer, RefusesARefusedDecisionAlone) {
  auto good = submit(lead_write("l1", R"({"phone": "+15550001111"})"));
  auto bad = submit(lead_write("l2", R"({"phone": "12"})"));
  auto also_good = submit(lead_write("l3", R"({"phone": "+15550003333"})"));
  start();
  EXPECT_TRUE(good.get());
  EXPECT_FALSE(bad.get());
  EXPECT_TRUE(also_good.get());
}

}  // namespace
}  // namespace deltapost::intake
