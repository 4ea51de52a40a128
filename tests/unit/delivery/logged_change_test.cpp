// What a log entry means to endpoints: which want it, and what is sent for it.
#include "delivery/logged_change.hpp"

#include <gmock/gmock.h>

#include "base/encoding.hpp"
#include "delivery/endpoint_directory.hpp"
#include "delivery/outgoing.hpp"
#include "delivery/sample.hpp"
#include "record/lead.hpp"
#include "store/chain.hpp"
#include "store/memory/memory_store.hpp"
#include "support/store_rows.hpp"

namespace deltapost::delivery {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr Time kNow{Millis{1'764'000'000'000}};
constexpr std::string_view kSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

class LoggedChangeTest : public ::testing::Test {
 protected:
  /// The entry of a lead's next version.
  store::LogEntry change(const JsonObject& before, const JsonObject& after) {
    const Version version = ++version_;
    auto write = testing::change_to({AccountId{"acc"}, Kind::lead, "lead1"}, version, before, after,
                                    kNow + Millis{static_cast<Millis::rep>(version)});
    return testing::value_of(store_.commit(testing::batch_of({std::move(write)}))).entries.at(0);
  }

  Endpoint endpoint() const {
    Endpoint endpoint;
    endpoint.id = EndpointId{"e1"};
    endpoint.account = AccountId{"acc"};
    endpoint.url = "https://example.com/";
    endpoint.secrets.secrets.push_back({*format::SigningSecret::parse(kSecret), std::nullopt});
    return endpoint;
  }
  std::vector<std::string> wanted(const Endpoint& by, const LoggedChange& change) {
    std::vector<std::string> types;
    for (std::uint32_t index = 0; index < change.events()->size(); ++index) {
      const auto wants_it = wants(by, change, index);
      EXPECT_TRUE(wants_it.has_value());
      if (*wants_it) types.push_back((*change.events())[index].type);
    }
    return types;
  }

  static store::LogEntryPtr shared(store::LogEntry row) {
    return std::make_shared<const store::LogEntry>(std::move(row));
  }

  store::MemoryStore store_;
  DocumentReader documents_{store_};
  Version version_ = 0;
  JsonObject lead_ = *lead::create({{"phone", "+15555550123"}, {"firstName", "Ada"}}, "lead1", kNow);
  JsonObject insured_ = *lead::update(lead_, {{"additionalInfo", {{"insuranceProvider", "Aetna"}}}});
};

TEST_F(LoggedChangeTest, AnEndpointWantsTheTypesItAskedForAndOtherwiseAllThatItsFormatCanWrite) {
  change({}, lead_);
  const LoggedChange update(shared(change(lead_, insured_)), documents_);
  Endpoint by = endpoint();
  EXPECT_THAT(wanted(by, update), ElementsAre("lead.updated", "lead.additionalInfo.updated"));
  by.events = {"lead.additionalInfo.updated"};
  EXPECT_THAT(wanted(by, update), ElementsAre("lead.additionalInfo.updated"));
  by.events = {};
  by.format = format::Format::iclosed;
  EXPECT_THAT(wanted(by, update), IsEmpty());
}

TEST_F(LoggedChangeTest, ARedactedChangeMeansNothingAndIsWantedByNobody) {
  auto row = change({}, lead_);
  row.changes = store::redacted(store::content_hash("salt", row.changes));
  const LoggedChange gone(shared(row), documents_);
  ASSERT_TRUE(gone.events().has_value());
  EXPECT_THAT(*gone.events(), IsEmpty());
  EXPECT_TRUE(gone.fields().empty());
  EXPECT_FALSE(*wants(endpoint(), gone, 0));
}

TEST_F(LoggedChangeTest, FieldsNarrowItToChangesOfTheirOwn) {
  change({}, lead_);
  const LoggedChange update(shared(change(lead_, insured_)), documents_);
  Endpoint by = endpoint();
  by.events = {"lead.updated"};
  by.fields = {*FieldPattern::parse("firstName")};
  EXPECT_THAT(wanted(by, update), IsEmpty());
  by.fields.push_back(*FieldPattern::parse("additionalInfo.*"));
  EXPECT_THAT(wanted(by, update), ElementsAre("lead.updated"));
}

TEST_F(LoggedChangeTest, AFilterSeesTheStandardPayload) {
  change({}, lead_);
  const LoggedChange update(shared(change(lead_, insured_)), documents_);
  Endpoint by = endpoint();
  const auto with = [&](std::string_view rule) {
    by.filter = *condition::Condition::parse(*parse_json(rule));
    return wanted(by, update);
  };
  EXPECT_THAT(with(R"({"==":[{"var":"type"},"lead.updated"]})"), ElementsAre("lead.updated"));
  EXPECT_THAT(with(R"({"==":[{"var":"data.record.firstName"},"Ada"]})"),
              ElementsAre("lead.updated", "lead.additionalInfo.updated"));
  EXPECT_THAT(with(R"({"==":[{"var":"data.version"},3]})"), IsEmpty());
}

TEST_F(LoggedChangeTest, EndpointDisabledIsOnlyForThoseThatNameItAndNeverForItself) {
  store::LogEntry entry = change({}, lead_);
  entry.key = {AccountId{"acc"}, Kind::endpoint, "e2"};
  entry.changes = R"({"state":{"old":"active","new":"disabled"}})";
  entry.version = 2;
  const LoggedChange disabled(shared(entry), documents_);
  Endpoint by = endpoint();
  EXPECT_THAT(wanted(by, disabled), IsEmpty());
  by.events = {"endpoint.disabled"};
  EXPECT_THAT(wanted(by, disabled), ElementsAre("endpoint.disabled"));
  by.id = EndpointId{"e2"};
  EXPECT_THAT(wanted(by, disabled), IsEmpty());
}

TEST_F(LoggedChangeTest, ABodyIsRenderedOnceForAllThatWantItAlike) {
  change({}, lead_);
  const LoggedChange update(shared(change(lead_, insured_)), documents_);
  const auto render = [&](format::Format format, format::RenderOptions options, Time first_sent_at) {
    return *update.render(1, format, options, first_sent_at);
  };
  const auto standard = render(format::Format::standard, {}, kNow);
  EXPECT_EQ(standard, render(format::Format::standard, {}, kNow + Millis{5000}))
      << "its body does not tell when";
  EXPECT_NE(standard, render(format::Format::standard, {.changes_only = true}, kNow));
  const auto apten = render(format::Format::apten, {}, kNow);
  EXPECT_EQ(apten, render(format::Format::apten, {}, kNow + Millis{999})) << "the same second";
  EXPECT_NE(apten->body, render(format::Format::apten, {}, kNow + Millis{1000})->body);
}

TEST_F(LoggedChangeTest, WithoutItsDocumentTheBodyIsTheSameFromHistory) {
  change({}, lead_);
  const store::LogEntry with = change(lead_, insured_);
  store::LogEntry without = with;
  without.document.reset();
  const LoggedChange fresh(shared(with), documents_), old(shared(without), documents_);
  EXPECT_EQ((*fresh.render(0, format::Format::standard, {}, kNow))->body,
            (*old.render(0, format::Format::standard, {}, kNow))->body);
}

TEST_F(LoggedChangeTest, AStepGivesTheSameEventsAndBodiesAsWhatWasStored) {
  change({}, lead_);
  const store::LogEntry stored = change(lead_, insured_);
  store::LogEntry stepped = stored;
  stepped.step = std::make_shared<const Step>(Step{
      diff(lead_, insured_), Record{.key = stored.key, .version = stored.version, .document = insured_}});
  stepped.document.reset();
  stepped.changes = "not looked at";
  const LoggedChange parsed(shared(stored), documents_), travelled(shared(stepped), documents_);
  ASSERT_EQ(parsed.events()->size(), travelled.events()->size());
  for (std::uint32_t i = 0; i < parsed.events()->size(); ++i) {
    EXPECT_EQ((*parsed.events())[i].id, (*travelled.events())[i].id);
    for (const auto format : {format::Format::apten, format::Format::standard, format::Format::cloudevents})
      EXPECT_EQ((*parsed.render(i, format, {}, kNow))->body, (*travelled.render(i, format, {}, kNow))->body);
  }
}

TEST_F(LoggedChangeTest, TheDirectoryNarrowsToThoseThatAskedForOneOfTheTypes) {
  SystemRandom random;
  const Sealer sealer = *Sealer::make({{"k1", std::string(32, 'k')}}, "k1", random);
  EndpointDirectory directory(store_, sealer);
  const auto put = [&](EndpointHandle handle, std::vector<std::string> events, format::Format format) {
    Endpoint by = endpoint();
    by.events = std::move(events);
    by.format = format;
    directory.put(handle, std::make_shared<const Endpoint>(std::move(by)));
  };
  put(0, {"lead.updated"}, format::Format::standard);
  put(1, {"lead.created"}, format::Format::standard);
  put(2, {"lead.updated", "lead.additionalInfo.updated"}, format::Format::standard);
  put(3, {}, format::Format::iclosed);  // cannot write leads
  put(4, {}, format::Format::apten);
  put(5, {"lead.additionalInfo.updated"}, format::Format::standard);
  change({}, lead_);
  const LoggedChange update(shared(change(lead_, insured_)), documents_);
  const std::vector<EndpointHandle> all{0, 1, 2, 3, 4, 5};
  const auto narrowed = [&] {
    const auto some = directory.narrow(update, all);
    return std::vector<EndpointHandle>(some.begin(), some.end());
  };
  EXPECT_THAT(narrowed(), ElementsAre(0, 2, 4, 5));
  put(2, {"lead.created"}, format::Format::standard);  // set anew
  put(1, {"lead.updated"}, format::Format::standard);
  directory.remove(4);
  EXPECT_THAT(narrowed(), ElementsAre(0, 1, 5));
  // Whoever is left out would have got nothing.
  std::vector<std::uint32_t> events;
  for (const EndpointHandle handle : {2u, 3u}) {
    directory.match(handle, update, events);
    EXPECT_THAT(events, IsEmpty());
  }
  store::LogEntry unreadable = change(insured_, lead_);
  unreadable.changes = "{";
  EXPECT_EQ(directory.narrow(LoggedChange(shared(unreadable), documents_), all).size(), all.size());
}

TEST_F(LoggedChangeTest, AnEndpointDoesNotGetWhatCameFromTheOriginsThatItSkips) {
  store::LogEntry row = change({}, lead_);
  row.origin = {.actor = "source:src_b/key:k1", .source = "source:src_b"};
  const LoggedChange entry(shared(row), documents_);
  Endpoint by = endpoint();
  EXPECT_FALSE(wanted(by, entry).empty());
  by.skip_sources = {"import", "source:src_b"};
  EXPECT_TRUE(wanted(by, entry).empty());
  by.skip_sources = {"source:src"};  // whole names, unless they end in *
  EXPECT_FALSE(wanted(by, entry).empty());
  by.skip_sources = {"source:*"};
  EXPECT_TRUE(wanted(by, entry).empty());
  by.skip_sources = {};
  by.skip_actors = {"source:src_b/key:k1"};
  EXPECT_TRUE(wanted(by, entry).empty());
  by.skip_actors = {"key:*"};
  EXPECT_FALSE(wanted(by, entry).empty());
}

TEST_F(LoggedChangeTest, WhatCannotBeReadIsAnErrorAndNotNothing) {
  store::LogEntry entry = change({}, lead_);
  entry.changes = "{";
  const LoggedChange broken(shared(entry), documents_);
  EXPECT_EQ(broken.events().error().fault, Fault::corrupt);
  EXPECT_FALSE(wants(endpoint(), broken, 0).has_value());
}

// ---- the request

TEST_F(LoggedChangeTest, EverySecretThatStillSignsSigns) {
  Endpoint by = endpoint();
  by.secrets.secrets.push_back(
      {*format::SigningSecret::parse("whsec_" + base64(std::string(24, 'b'))), kNow + Millis{1}});
  by.secrets.secrets.push_back(
      {*format::SigningSecret::parse("whsec_" + base64(std::string(24, 'c'))), kNow});
  const Sample sample = sample_of("lead.updated", by.account, kNow);
  const auto request = outgoing(by, sample.event, {"application/json", "{}"}, 2, 1, kNow);
  const std::string signature(*request.header("webhook-signature"));
  EXPECT_EQ(std::count(signature.begin(), signature.end(), ','), 2) << signature << ": one had run out";
  EXPECT_FALSE(request.header("x-signature-sha256").has_value());
  by.format = format::Format::apten;
  EXPECT_TRUE(outgoing(by, sample.event, {"application/json", "{}"}, 2, 1, kNow)
                  .header("x-signature-sha256")
                  .has_value());
}

TEST_F(LoggedChangeTest, ThereIsASampleOfEveryTypeAndEveryFormatCanWriteIt) {
  for (const std::string_view type : format::event_types()) {
    const Sample sample = sample_of(type, AccountId{"acc"}, kNow);
    EXPECT_EQ(sample.event.type, type);
    EXPECT_NE(sample.event.id, sample_of(type, AccountId{"acc"}, kNow + Millis{1}).event.id)
        << "two tests are two events";
    for (const auto format : {format::Format::apten, format::Format::iclosed, format::Format::standard}) {
      if (!format::can_express(format, type)) continue;
      EXPECT_TRUE(parse_json(format::render(format, sample.event, sample.view, kNow, {}).body).has_value())
          << type;
    }
  }
}

TEST(Outgoing, KeepsAnswersAsTextThatJsonCanCarry) {
  EXPECT_EQ(as_utf8("plain"), "plain");
  EXPECT_EQ(as_utf8("caf\xc3\xa9"), "caf\xc3\xa9");
  EXPECT_EQ(as_utf8("cut caf\xc3"), "cut caf") << "a character that the limit cut";
  EXPECT_EQ(as_utf8("\xff\xfe broken \xff in the middle"), "?? broken ? in the middle");
}

TEST(Outgoing, HearsStatusRetryAfterAndReason) {
  Answer answer;
  take_result(
      net::OutResponse{
          .status = 503, .headers = {{"retry-after", "7"}}, .body = "busy", .latency = Millis{12}},
      kNow, answer);
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(answer.retry_after, Millis{7000});
  EXPECT_EQ(answer.attempt.response, "busy");
  EXPECT_EQ(answer.attempt.latency_ms, 12u);
  Answer none;
  take_result(net::OutFailure{.reason = "timed out after 5000 ms", .latency = Millis{5000}}, kNow, none);
  EXPECT_EQ(none.status, 0);
  EXPECT_EQ(none.attempt.error, "timed out after 5000 ms");
}

}  // namespace
}  // namespace deltapost::delivery
