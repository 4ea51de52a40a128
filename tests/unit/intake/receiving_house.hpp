// Everything that receives webhooks, around a memory store: sources are made, requests handed in, and what
// came of them is read back. The clock stands still until a test moves it.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <initializer_list>

#include "base/random.hpp"
#include "intake/receiver.hpp"
#include "intake/uniques.hpp"
#include "intake/writer.hpp"
#include "record/contact.hpp"
#include "record/diff.hpp"
#include "record/lead.hpp"
#include "store/history.hpp"
#include "support/json.hpp"
#include "support/manual_clock.hpp"
#include "troubled_store.hpp"

namespace deltapost::testing {

inline const AccountId kAccount{"acc_1"};
inline const AccountId kOther{"acc_2"};

/// A generic source of leads (or contacts), as the tests' sender writes them.
inline constexpr const char* kLeads =
    R"({"format": "generic", "verifier": "none", "mapping": {"eventId": "/event", "event": "/type", "id": "/id",
        "time": "/at", "fields": {"phone": "/phone", "firstName": "/name", "email": "/email",
        "isHot": "/hot", "additionalInfo": "/more"}}})";
inline constexpr const char* kContacts =
    R"({"format": "generic", "verifier": "none", "mapping": {"kind": "contact", "eventId": "/event", "id": "/id",
        "time": "/at", "fields": {"phoneNumber": "/phone", "firstName": "/name", "email": "/email",
        "status": "/status"}}})";
inline constexpr const char* kIclosed = R"({"format": "iclosed", "verifier": "none"})";

/// The source's settings with some of them changed.
inline std::string with(std::string_view settings, std::string_view changes) {
  JsonObject merged = json(settings);
  for (const auto& [name, value] : json(changes)) merged[name] = value;
  return to_text(merged);
}

inline Sealer test_sealer(Random& random) {
  return *Sealer::make({{"k1", std::string(32, 'k')}}, "k1", random);
}

class ReceivingHouse {
 public:
  explicit ReceivingHouse(store::GroupCommitterLimits limits = {}) : committer(store, clock, limits) {
    committer.on_committed([this](const auto& entries) { sources.follow(entries); });
    receiver.on_receipt([this](const auto&) { ++receipts_heard; });
  }
  ~ReceivingHouse() {
    store.let_go();
    committer.stop();
  }

  void start() { committer.start(); }

  /// An account's record, as it has to be for whoever walks all accounts.
  void open(const AccountId& account) {
    put({.key = {account, Kind::account, account.text()}, .document = {{"id", account.text()}}});
  }

  void put(Record record, const std::string& sealed = "") {
    auto done = committer.run([&](store::Draft& draft) -> Result<void> {
      auto stored = draft.find(record.key);
      if (!stored) return stored.error();
      Record before{.key = record.key};
      if (*stored) before = *store::to_record(**stored);
      const Diff changes = diff(before.document, record.document);
      if (auto claimed = intake::claim_values(draft, before, record, changes); !claimed) return claimed;
      intake::put_step(draft, before, {changes, record}, {.actor = "key:k", .source = "api"});
      if (!sealed.empty()) draft.put(store::SecretRow{record.key, sealed});
      return ok();
    });
    ASSERT_TRUE(done) << done.error().message;
  }

  /// Makes a source, or edits it: settings are those of POST /v1/sources.
  void source(const std::string& id, const std::string& settings, const AccountId& account = kAccount,
              intake::SourceSecrets secrets = {}) {
    auto document = intake::create_source(json(settings), id, clock.now());
    ASSERT_TRUE(document) << document.error().message;
    const RecordKey key{account, Kind::source, id};
    if (secrets.tokens.empty()) secrets.tokens = {{token_of(id), std::nullopt}};
    put({.key = key, .document = *document},
        sealer.seal(source_secrets_to_text(secrets), intake::source_secrets_context(key)));
  }
  static intake::SourceSecrets tokens(std::vector<intake::TimedText> tokens) {
    return {.tokens = std::move(tokens), .secrets = {}};
  }
  static std::string token_of(const std::string& source) { return "token-of-" + source; }

  using Answer = Result<intake::Acknowledgement>;

  std::future<Answer> submit(const std::string& source, const std::string& body, net::Headers headers = {},
                             bool too_large = false) {
    auto promise = std::make_shared<std::promise<Answer>>();
    auto future = promise->get_future();
    net::Request request;
    request.method = "POST";
    request.target = request.path = "/in/x";
    request.headers = std::move(headers);
    request.body = body;
    request.peer = "192.0.2.7";
    receiver.receive(token_of(source), std::move(request), too_large,
                     [promise](Answer answer) { promise->set_value(std::move(answer)); });
    return future;
  }
  Answer receive(const std::string& source, const std::string& body, net::Headers headers = {}) {
    return submit(source, body, std::move(headers)).get();
  }
  /// "200 accepted", or the fault's message.
  std::string says(const std::string& source, const std::string& body, net::Headers headers = {}) {
    auto answer = receive(source, body, std::move(headers));
    if (!answer) return answer.error().message;
    return std::to_string(answer->status) + " " + std::string(intake::to_string(answer->outcome.verdict()));
  }
  /// The only item of what was received.
  intake::ItemOutcome item(const std::string& source, const std::string& body, net::Headers headers = {}) {
    auto answer = receive(source, body, std::move(headers));
    EXPECT_TRUE(answer) << (answer ? "" : answer.error().message);
    if (!answer || answer->outcome.items.size() != 1) {
      ADD_FAILURE() << "one item was expected of " << body;
      return {};
    }
    return answer->outcome.items.front();
  }

  Answer release(store::ReceiptNumber receipt, std::optional<std::string> body = std::nullopt,
                 const AccountId& account = kAccount) {
    std::promise<Answer> promise;
    receiver.release({.account = account, .receipt = receipt, .actor = "key:k", .body = std::move(body)},
                     [&promise](Answer answer) { promise.set_value(std::move(answer)); });
    return promise.get_future().get();
  }
  Result<void> drop(store::ReceiptNumber receipt, const AccountId& account = kAccount) {
    std::promise<Result<void>> promise;
    receiver.drop(account, receipt, "key:k", [&promise](Result<void> done) { promise.set_value(done); });
    return promise.get_future().get();
  }

  Record record(const RecordKey& key) {
    auto stored = store.find(key);
    if (!stored || !*stored) return {.key = key};
    return *store::to_record(**stored);
  }
  Record lead(const std::string& id) { return record({kAccount, Kind::lead, id}); }
  Record contact(std::uint64_t id) { return record({kAccount, Kind::contact, contact_key_id(id)}); }
  std::size_t count(Kind kind, const AccountId& account = kAccount) {
    return store.list(account, kind, "", 1000)->size();
  }

  std::vector<store::Receipt> receipts(const AccountId& account = kAccount) {
    auto page = store.receipts({.account = account, .oldest_first = true, .bodies = true, .limit = 1000});
    EXPECT_TRUE(page);
    return page ? page->receipts : std::vector<store::Receipt>{};
  }

  ManualClock clock;
  SystemRandom random;
  Sealer sealer = test_sealer(random);
  TroubledStore store;
  store::GroupCommitter committer;
  intake::SourceDirectory sources{store, sealer};
  intake::Receiver receiver{store, committer, sources, clock};
  std::atomic<int> receipts_heard = 0;
};

inline std::vector<std::string> flags(const intake::ItemOutcome& item) {
  std::vector<std::string> names;
  for (const auto& flag : item.flags)
    names.push_back(flag.name + (flag.field.empty() ? "" : " " + flag.field));
  return names;
}

}  // namespace deltapost::testing
