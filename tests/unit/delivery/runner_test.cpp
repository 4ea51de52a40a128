// The runner from a commit to the receiver and back, in one process: a real committer, client and server.
#include <set>

#include "format/signature.hpp"
#include "runner_house.hpp"

namespace deltapost::delivery {
namespace {

using RunnerTest = RunnerHouse;

TEST_F(RunnerTest, PostsAChangeSignedAndWithItsHeaders) {
  write_endpoint("e1", {{"url", receiver_.url()}, {"events", {"lead.updated"}}});
  start_runner();
  write_lead("lead1");
  write_lead("lead1", {{"firstName", "Grace"}});

  const auto requests = receiver_.wait_for(1);
  const net::Request& request = requests.front();
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.path, "/hooks");
  EXPECT_EQ(header(request, "content-type"), "application/json");
  EXPECT_EQ(header(request, "deltapost-event"), "lead.updated");
  EXPECT_EQ(header(request, "deltapost-record-version"), "2");
  EXPECT_EQ(header(request, "deltapost-attempt"), "1");
  EXPECT_EQ(header(request, "x-own"), "own value");
  EXPECT_EQ(header(request, "webhook-id"), format::event_id(key(Kind::lead, "lead1"), 2, "lead.updated", ""));
  const std::string id = header(request, "webhook-id"), timestamp = header(request, "webhook-timestamp"),
                    signature = header(request, "webhook-signature");
  EXPECT_TRUE(
      format::verify_standard({std::string(kSecret)}, {id, timestamp, signature}, request.body, clock_.now())
          .has_value());
  const JsonObject body = body_of(request);
  EXPECT_EQ(body.at("type"), "lead.updated");
  EXPECT_EQ(to_text(body.at("data").at("changes")), R"({"firstName":{"old":"Ada","new":"Grace"}})");
}

TEST_F(RunnerTest, DeliversWhatWasCommittedBeforeItStartedAndAfter) {
  write_endpoint("e1", {{"url", receiver_.url()}, {"events", {"lead.created"}}});
  write_lead("lead1");
  start_runner();
  write_lead("lead2");
  const auto requests = receiver_.wait_for(2);
  EXPECT_EQ(body_of(requests[0]).at("data").at("id"), "lead1");
  EXPECT_EQ(body_of(requests[1]).at("data").at("id"), "lead2");
}

TEST_F(RunnerTest, ANewEndpointThatCannotBeReadAtOnceMissesNothing) {
  start_runner();
  store_.refuse_secrets(2);
  write_endpoint("e1", {{"url", receiver_.url()}, {"events", {"lead.created"}}});
  write_lead("lead1");
  write_lead("lead2");
  const auto requests = receiver_.wait_for(2);
  ASSERT_EQ(requests.size(), 2u);
  EXPECT_EQ(body_of(requests[0]).at("data").at("id"), "lead1");
  EXPECT_EQ(body_of(requests[1]).at("data").at("id"), "lead2");
}

TEST_F(RunnerTest, AStoreThatCannotBeReadCostsTheEndpointNoTry) {
  write_endpoint("e1", {{"url", receiver_.url()}, {"events", {"lead.created"}}, {"retrySchedule", {100}}});
  start_runner();
  receiver_.answer_with(500);
  write_lead("lead1");
  receiver_.wait_for(1);
  while (status("e1")->held_records == 0) nudge();
  tail_.forget(key(Kind::lead, "lead1"));
  store_.refuse_log_after(1, 1);  // the lead's creation is the second entry
  receiver_.answer_with(200);
  clock_.advance(Millis{130'000});
  nudge();
  const auto requests = receiver_.wait_for(2);
  ASSERT_EQ(requests.size(), 2u);
  EXPECT_EQ(store_.log_refusals_left(), 0) << "it was refused";
  EXPECT_EQ(header(requests[1], "deltapost-attempt"), "2");
  EXPECT_EQ(runner_->stats().dead, 0u);
}

TEST_F(RunnerTest, KeepsVersionOrderPerRecordUnderLoad) {
  write_endpoint("e1", {{"url", receiver_.url()}, {"events", {"lead.created", "lead.updated"}}});
  start_runner();
  for (int version = 1; version <= 30; ++version) {
    for (int lead = 0; lead < 10; ++lead) {
      write_lead("lead" + std::to_string(lead), {{"summary", "version " + std::to_string(version)}});
    }
  }
  std::map<std::string, std::int64_t> last;
  for (const auto& request : receiver_.wait_for(300)) {
    const JsonObject data = body_of(request).at("data").as_object();
    const std::string id(data.at("id").as_string());
    EXPECT_EQ(data.at("version").as_int64(), last[id] + 1) << id;
    last[id] = data.at("version").as_int64();
  }
}

TEST_F(RunnerTest, RetriesWithTheSameIdBodyAndTimestampOfTheFirstSending) {
  write_endpoint("e1", {{"url", receiver_.url()},
                        {"format", "apten"},
                        {"events", {"lead.additionalInfo.updated"}},
                        {"retrySchedule", {100}}});
  start_runner();
  receiver_.answer_with(500);
  write_lead("lead1", {{"additionalInfo", {{"insuranceProvider", "Aetna"}}}});
  receiver_.wait_for(1);
  while (status("e1")->held_records == 0) nudge();
  receiver_.answer_with(200);
  clock_.advance(Millis{130'000});
  nudge();

  const auto requests = receiver_.wait_for(2);
  EXPECT_EQ(header(requests[0], "webhook-id"), header(requests[1], "webhook-id"));
  EXPECT_NE(header(requests[0], "webhook-timestamp"), header(requests[1], "webhook-timestamp"));
  EXPECT_EQ(requests[0].body, requests[1].body);
  EXPECT_EQ(header(requests[1], "deltapost-attempt"), "2");
  EXPECT_TRUE(
      format::verify_apten(kSecret, header(requests[1], "x-signature-sha256"), requests[1].body).has_value());
}

TEST_F(RunnerTest, PassesOverWhatWasErasedAndGoesOnWithItsRecord) {
  write_endpoint(
      "e1",
      {{"url", receiver_.url()}, {"events", {"lead.created", "lead.updated"}}, {"retrySchedule", {100}}});
  start_runner();
  receiver_.answer_with(500);
  write_lead("lead1", {{"firstName", "Ada"}});
  receiver_.wait_for(1);
  while (status("e1")->held_records == 0) nudge();
  write(
      key(Kind::lead, "lead1"),
      [](const JsonObject* current) {
        return *lead::update(*current, {{"firstName", nullptr}});
      },
      {}, true);
  write_lead("lead1", {{"lastName", "Lovelace"}});
  receiver_.answer_with(200);
  clock_.advance(Millis{130'000});
  nudge();

  const auto requests = receiver_.wait_for(2);
  EXPECT_EQ(requests[1].body.find("Ada"), std::string::npos) << requests[1].body;
  EXPECT_NE(requests[1].body.find("Lovelace"), std::string::npos) << requests[1].body;
}

TEST_F(RunnerTest, RemembersEachAttemptWithItsAnswer) {
  receiver_.answer_with(
      [](const net::Request&) { return net::Reply{.status = 422, .body = "no \xff thanks"}; });
  write_endpoint("e1",
                 {{"url", receiver_.url()}, {"events", {"lead.created"}}, {"retrySchedule", JsonArray{}}});
  start_runner();
  write_lead("lead1");
  receiver_.wait_for(1);
  while (runner_->stats().dead == 0) nudge();
  runner_->stop(kPatience);

  const auto attempts = *store_.attempts(EndpointId{"e1"}, 0, 10);
  ASSERT_EQ(attempts.size(), 1u);
  EXPECT_EQ(attempts[0].status, 422);
  EXPECT_EQ(attempts[0].error, "answered 422");
  EXPECT_EQ(attempts[0].response, "no ? thanks");
  EXPECT_EQ(attempts[0].outcome, store::Outcome::dead);
  EXPECT_EQ(attempts[0].event_type, "lead.created");
  EXPECT_EQ(attempts[0].version, 1u);
  const auto dead = *store_.dead(EndpointId{"e1"}, {}, 10);
  ASSERT_EQ(dead.size(), 1u);
  EXPECT_EQ(dead[0].reason, "answered 422");
}

TEST_F(RunnerTest, AHealthyEndpointIsServedWhileAnotherOneHangs) {
  Receiver silent;
  silent.hang();
  write_endpoint("silent", {{"url", silent.url()}, {"events", {"lead.created"}}, {"timeoutMs", 30'000}});
  write_endpoint("well", {{"url", receiver_.url()}, {"events", {"lead.created"}}});
  start_runner();
  for (int i = 0; i < 100; ++i) write_lead("lead" + std::to_string(i));
  receiver_.wait_for(100);
  silent.wait_for(16);
  EXPECT_EQ(status("silent")->in_flight, 16u);
  EXPECT_EQ(status("silent")->behind, 100u);
  runner_->stop(Millis{0});
  // What hung is held, to be sent again; what was not begun is still in the log.
  EXPECT_EQ(store_.holds(EndpointId{"silent"}, 100)->size(), 16u);
}

TEST_F(RunnerTest, A410DisablesTheEndpointAndOthersThatAskedHearOfIt) {
  std::promise<std::string> reason;
  Receiver gone;
  gone.answer_with(410);
  write_endpoint("gone", {{"url", gone.url()}, {"events", {"lead.created", "endpoint.disabled"}}});
  write_endpoint("told", {{"url", receiver_.url()}, {"events", {"endpoint.disabled"}}});
  write_endpoint("not told", {{"url", receiver_.url() + "/other"}});
  start_runner([&](Runner& runner) {
    runner.on_disable([&](const AccountId& account, const EndpointId& endpoint, const std::string& why) {
      EXPECT_EQ(account, account_);
      EXPECT_EQ(endpoint.text(), "gone");
      reason.set_value(why);
    });
  });
  write(key(Kind::lead, "lead1"), [&](const JsonObject*) {
    return *lead::create({{"phone", "+15555550123"}}, "lead1", clock_.now());
  });
  auto said = reason.get_future();
  ASSERT_EQ(said.wait_for(kPatience), std::future_status::ready);
  const std::string why = said.get();
  EXPECT_EQ(why, "the endpoint answered 410 Gone");
  disable_in_store("gone", why);

  std::set<std::string> heard;
  for (const auto& request : receiver_.wait_for(2))
    heard.insert(request.path + " " + header(request, "deltapost-event"));
  EXPECT_EQ(heard, (std::set<std::string>{"/hooks endpoint.disabled", "/hooks/other lead.created"}));
  EXPECT_EQ(gone.so_far().size(), 1u) << "the disabled one itself hears nothing";
}

TEST_F(RunnerTest, RecoverSendsWhatWasMissedAndNothingElse) {
  write_endpoint("e1", {{"url", receiver_.url()}, {"events", {"lead.created"}}});
  start_runner();
  const Time before = clock_.now();
  write_lead("seen");
  receiver_.wait_for(1);
  disable_in_store("e1", "a test");
  clock_.advance(Millis{1000});
  write_lead("missed");
  clock_.advance(Millis{1000});
  write_endpoint("e1", {{"state", "active"}});
  write_lead("after");
  receiver_.wait_for(2);

  const auto entries = ask<Result<std::uint64_t>>(
      [&](auto done) { runner_->recover(EndpointId{"e1"}, before, std::move(done)); });
  ASSERT_TRUE(entries.has_value());
  EXPECT_EQ(*entries, store_.head(0).has_value() ? *store_.head(0) : 0);
  const auto requests = receiver_.wait_for(3);
  runner_->stop(kPatience);
  std::vector<std::string> order;
  for (const auto& request : receiver_.so_far()) {
    order.emplace_back(body_of(request).at("data").at("id").as_string());
  }
  EXPECT_EQ(order, (std::vector<std::string>{"seen", "after", "missed"}));
}

TEST_F(RunnerTest, ResendPostsTheSameEventAgainAndRefusesWhatIsNotThere) {
  write_endpoint("e1", {{"url", receiver_.url()}, {"events", {"lead.created"}}});
  start_runner();
  write_lead("lead1");
  receiver_.wait_for(1);
  const store::Seq seq = *store_.head(0);
  const auto resend = [&](store::DeliveryKey delivery) {
    return ask<Result<void>>([&](auto done) { runner_->resend(delivery, std::move(done)); });
  };
  EXPECT_TRUE(resend({EndpointId{"e1"}, 0, seq, 0}).has_value());
  const auto requests = receiver_.wait_for(2);
  EXPECT_EQ(header(requests[0], "webhook-id"), header(requests[1], "webhook-id"));
  EXPECT_EQ(requests[0].body, requests[1].body);
  EXPECT_EQ(resend({EndpointId{"e1"}, 0, seq + 100, 0}).error().fault, Fault::not_found);
  EXPECT_EQ(resend({EndpointId{"e1"}, 0, seq, 9}).error().fault, Fault::not_found);
  EXPECT_EQ(resend({EndpointId{"nobody"}, 0, seq, 0}).error().fault, Fault::not_found);
}

TEST_F(RunnerTest, ATestEventIsSentAtOnceAndTold) {
  write_endpoint("e1", {{"url", receiver_.url()}, {"format", "iclosed"}});
  start_runner();
  const auto test = [&](const std::string& type) {
    return ask<Result<TestResult>>(
        [&](auto done) { runner_->send_test(EndpointId{"e1"}, type, std::move(done)); });
  };
  const auto sent = test("contactDetailChanged");
  ASSERT_TRUE(sent.has_value());
  EXPECT_EQ(sent->event_type, "contactUpdated");
  EXPECT_EQ(std::get<net::OutResponse>(sent->result).status, 200);
  const auto request = receiver_.wait_for(1).front();
  EXPECT_EQ(header(request, "webhook-id"), sent->event_id);
  EXPECT_EQ(header(request, "deltapost-test"), "true");
  EXPECT_EQ(test("lead.updated").error().field, "eventType");
  EXPECT_EQ(test("nonsense").error().field, "eventType");
  EXPECT_TRUE(test("").has_value()) << "without a type: one that it would get";
}

TEST_F(RunnerTest, ADeletedEndpointGetsNothingMoreAndLeavesNothing) {
  write_endpoint("e1", {{"url", receiver_.url()}, {"events", {"lead.created"}}});
  start_runner();
  write_lead("lead1");
  receiver_.wait_for(1);
  write(key(Kind::endpoint, "e1"), [](const JsonObject* current) {
    JsonObject document = *current;
    document["deleted"] = true;
    return document;
  });
  write_lead("lead2");
  runner_->stop(kPatience);
  EXPECT_EQ(receiver_.so_far().size(), 1u);
  EXPECT_TRUE(store_.attempts(EndpointId{"e1"}, 0, 10)->empty());
  EXPECT_FALSE(store_.delivery_state(0)->cursor == 0);
}

class GuardedRunnerTest : public RunnerHouse {
 protected:
  GuardedRunnerTest() : RunnerHouse(std::vector<net::Cidr>{}) {}
};

TEST_F(GuardedRunnerTest, AnInternalAddressIsRefusedAndTheAttemptSaysSo) {
  write_endpoint("e1",
                 {{"url", receiver_.url()}, {"events", {"lead.created"}}, {"retrySchedule", JsonArray{}}});
  start_runner();
  write_lead("lead1");
  while (runner_->stats().dead == 0) nudge();
  runner_->stop(kPatience);
  EXPECT_TRUE(receiver_.so_far().empty());
  const auto attempts = *store_.attempts(EndpointId{"e1"}, 0, 10);
  ASSERT_EQ(attempts.size(), 1u);
  EXPECT_EQ(attempts[0].status, 0);
  EXPECT_NE(attempts[0].error.find("127.0.0.1"), std::string::npos) << attempts[0].error;
}

}  // namespace
}  // namespace deltapost::delivery
