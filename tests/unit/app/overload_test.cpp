// What the program does when more comes in than can be stored: the committer has no thread here, so that all
// that is taken waits until the test commits it.
#include <gmock/gmock.h>

#include "app/core.hpp"
#include "record/json.hpp"
#include "store/memory/memory_store.hpp"
#include "support/manual_clock.hpp"

namespace deltapost::app {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class SilentSender final : public net::Sender {
 public:
  void send(net::OutRequest, UniqueFunction<void(net::OutResult)>) override {}
};

class Overload : public ::testing::Test {
 protected:
  static constexpr std::size_t kMaxWaiting = 2;

  Overload() {
    core_.show_first_key = [this](const std::string& key) { key_ = key; };
    EXPECT_TRUE(core_.open());
    core_.accepting = true;
  }

  /// Where the answer will be, once it is there.
  using Answer = std::shared_ptr<std::optional<net::Reply>>;
  Answer ask(std::string method, std::string path, std::string body, std::string key) {
    auto answer = std::make_shared<std::optional<net::Reply>>();
    net::Request request;
    request.method = std::move(method);
    request.target = request.path = std::move(path);
    request.headers = {{"x-api-key", std::move(key)}, {"content-type", "application/json"}};
    request.body = std::move(body);
    core_.router.handle(std::move(request), [answer](net::Reply reply) { *answer = std::move(reply); });
    return answer;
  }
  Answer create_lead(const std::string& phone) {
    return ask("POST", "/v1/leads/create", R"({"phone": ")" + phone + R"("})", key_);
  }
  void commit() {
    while (core_.committer.commit_next()) continue;
  }
  void fill_the_queue() {
    while (core_.committer.waiting() < kMaxWaiting) taken_.push_back(create_lead(next_phone()));
  }
  std::string next_phone() { return "+1555000" + std::to_string(1000 + phones_++); }
  std::string phones() {
    const Answer listed = ask("GET", "/v1/leads", "", key_);
    return *listed ? (*listed)->body : "no answer";
  }

  static int status(const Answer& answer) { return *answer ? (*answer)->status : 0; }
  static void expect_refusal(const Answer& answer) {
    ASSERT_TRUE(*answer) << "it waits for the store";
    EXPECT_EQ((*answer)->status, 503);
    EXPECT_EQ((*answer)->content_type, "application/problem+json");
    EXPECT_EQ(net::find_header((*answer)->headers, "Retry-After"), "1");
    EXPECT_THAT((*answer)->body, HasSubstr("urn:deltapost:problem:overloaded"));
    EXPECT_TRUE((*answer)->breather);
  }

  testing::ManualClock clock_;
  SystemRandom random_;
  net::Loop turns_;
  SilentSender sender_;
  net::AddressGuard guard_;
  std::string key_;
  Core core_{std::make_unique<store::MemoryStore>(1),
             MasterKey{*Sealer::make({{"k1", std::string(32, 'k')}}, "k1", random_), "cursors"},
             {clock_, random_, turns_, sender_, guard_},
             {.commits = {.max_waiting = kMaxWaiting}}};
  std::vector<Answer> taken_;
  int phones_ = 0;
};

TEST_F(Overload, AWriteIsRefusedAtOnceBeforeItsKeyAndItsBodyAreLookedAt) {
  fill_the_queue();
  expect_refusal(create_lead(next_phone()));
  expect_refusal(ask("POST", "/v1/leads/create", "{", key_));
  expect_refusal(ask("PATCH", "/v1/leads/any", "{}", "dp_wrong"));
  EXPECT_EQ(core_.committer.waiting(), kMaxWaiting);
}

TEST_F(Overload, AWebhookIsRefusedAtOnce) {
  const Answer made = ask("POST", "/v1/sources", R"({
    "name": "theirs", "format": "generic", "verifier": "none",
    "mapping": {"kind": "lead", "id": "/leadId", "time": "/updatedAt", "fields": {"phone": "/phone"}}})",
                          key_);
  commit();
  ASSERT_EQ(status(made), 201) << (*made)->body;
  const std::string path(parse_json_object((*made)->body)->at("url").as_string());
  fill_the_queue();
  expect_refusal(ask("POST", path.substr(path.find("/in/")), "{}", ""));
}

TEST_F(Overload, WhatNeedsNoCommitIsAnswered) {
  fill_the_queue();
  EXPECT_EQ(status(ask("GET", "/v1/leads", "", key_)), 200);
  EXPECT_EQ(status(ask("GET", "/livez", "", "")), 200);
  EXPECT_EQ(status(ask("GET", "/v1/leads", "", "dp_wrong")), 401);
}

TEST_F(Overload, WhatWasTakenIsStoredAndAnsweredAndTheNextIsTakenAtOnce) {
  fill_the_queue();
  const std::string refused = next_phone();
  expect_refusal(create_lead(refused));
  commit();
  for (const Answer& answer : taken_) EXPECT_EQ(status(answer), 200);
  const Answer next = create_lead(next_phone());
  commit();
  EXPECT_EQ(status(next), 200);
  const std::string stored = phones();
  for (int i = 0; i < phones_; ++i) {
    const std::string phone = "+1555000" + std::to_string(1000 + i);
    EXPECT_EQ(stored.find(phone) != std::string::npos, phone != refused) << phone;
  }
}

}  // namespace
}  // namespace deltapost::app
