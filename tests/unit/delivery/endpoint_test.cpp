// What may be written to an endpoint, and what its record means.
#include "delivery/endpoint.hpp"

#include <gmock/gmock.h>

#include "support/json.hpp"

namespace deltapost::delivery {
namespace {

using ::testing::HasSubstr;
using testing::json;

constexpr Time kNow{Millis{1'764'000'000'000}};
constexpr std::string_view kUrl = "https://crm.example.com/hooks";
constexpr std::string_view kSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

JsonObject created(JsonObject input = {}) {
  if (!input.contains("url")) input["url"] = kUrl;
  auto document = create_endpoint(input, "e1", kNow);
  EXPECT_TRUE(document.has_value()) << (document ? "" : document.error().message);
  return *std::move(document);
}

TEST(Endpoint, ANewOneHasEveryMemberInTheDocumentsOrder) {
  EXPECT_EQ(
      to_text(created()),
      R"({"id":"e1","url":"https://crm.example.com/hooks","description":null,"format":"standard","events":[],)"
      R"("fields":[],"skipSources":[],"skipActors":[],"filter":null,"timeoutMs":5000,)"
      R"("retrySchedule":[5,300,1800,7200,18000,36000,50400,72000,86400],"concurrency":16,"rateLimit":0,)"
      R"("order":"record","bareObject":false,"changesOnly":false,"state":"active","disabledReason":null,)"
      R"("startsAt":"2025-11-24T16:00:00.000Z","createdAt":"2025-11-24T16:00:00.000Z","deleted":false,)"
      R"("deletedAt":null})");
}

TEST(Endpoint, TakesWhatItIsGiven) {
  const JsonObject document = created(json(
      R"({"url":"http://[2001:db8::1]:8080/a?b=c","description":"the CRM","format":"iclosed",
          "events":["contactDetailChanged","contactUpdated"],"fields":["status","tracking.*"],
          "filter":{"==":[{"var":"data.kind"},"contact"]},"timeoutMs":100,"retrySchedule":[],"concurrency":256,
          "rateLimit":10000,"order":"none","bareObject":true,"changesOnly":true,"state":"paused"})"));
  EXPECT_EQ(to_text(document.at("events")), R"(["contactUpdated"])") << "canonical, and once";
  EXPECT_EQ(document.at("state"), "paused");
}

struct BadMember {
  std::string_view input;
  std::string_view field;
  std::string_view cure;  // part of the message
};

class EndpointRefuses : public ::testing::TestWithParam<BadMember> {};

TEST_P(EndpointRefuses, NamingTheFieldAndTheCure) {
  const BadMember& bad = GetParam();
  for (const bool update : {false, true}) {
    JsonObject input = json(bad.input);
    if (!update && !input.contains("url")) input["url"] = kUrl;
    const auto refused =
        update ? update_endpoint(created(), input, kNow) : create_endpoint(input, "e1", kNow);
    ASSERT_FALSE(refused.has_value()) << bad.input;
    EXPECT_EQ(refused.error().fault, Fault::invalid);
    EXPECT_EQ(refused.error().field, bad.field) << bad.input;
    EXPECT_THAT(refused.error().message, HasSubstr(std::string(bad.cure))) << bad.input;
  }
}

constexpr BadMember kBadMembers[] = {
    {R"({"url":null})", "url", "https://"},
    {R"({"url":5})", "url", "https://"},
    {R"({"url":""})", "url", "https://"},
    {R"({"url":"crm.example.com/hooks"})", "url", "https://"},
    {R"({"url":"ftp://example.com/"})", "url", "http or https"},
    {R"({"url":"file:///etc/passwd"})", "url", "http or https"},
    {R"({"url":"gopher://example.com/"})", "url", "http or https"},
    {R"({"url":"https:///hooks"})", "url", "host"},
    {R"({"url":"https://user:pass@example.com/"})", "url", "headers"},
    {R"({"url":"https://user@example.com/"})", "url", "headers"},
    {R"({"url":"https://example.com/#part"})", "url", "fragment"},
    {R"({"url":"https://example.com/a b"})", "url", "https://"},
    {R"({"url":"https://example.com:0/"})", "url", "65535"},
    {R"({"url":"https://example.com:65536/"})", "url", "65535"},
    {R"({"url":"https://example.com:0443210/"})", "url", "65535"},
    {R"({"url":"http://%6cocalhost/"})", "url", "host"},
    {R"({"url":"http://[v1.x]/"})", "url", "IPv6"},
    {R"({"url":"http://exa(mple.com/"})", "url", "host"},
    {R"({"description":5})", "description", ""},
    {R"({"format":"xml"})", "format", "apten, iclosed, standard or cloudevents"},
    {R"({"format":null})", "format", "apten, iclosed, standard or cloudevents"},
    {R"({"events":"lead.created"})", "events", "array"},
    {R"({"events":["lead.created","lead.exploded"]})", "events.1", "lead.updated"},
    {R"({"events":[7]})", "events.0", "lead.updated"},
    {R"({"format":"iclosed","events":["lead.created"]})", "events.0", "standard or cloudevents"},
    {R"({"fields":"status"})", "fields", "array"},
    {R"({"fields":["a..b"]})", "fields.0", ""},
    {R"({"fields":[3]})", "fields.0", ""},
    {R"({"filter":{"explode":[1]}})", "filter", ""},
    {R"({"timeoutMs":99})", "timeoutMs", "100"},
    {R"({"timeoutMs":30001})", "timeoutMs", "30000"},
    {R"({"timeoutMs":"5000"})", "timeoutMs", "100"},
    {R"({"timeoutMs":1.5})", "timeoutMs", ""},
    {R"({"retrySchedule":5})", "retrySchedule", "array"},
    {R"({"retrySchedule":[1,0]})", "retrySchedule.1", "1"},
    {R"({"retrySchedule":[604801]})", "retrySchedule.0", "604800"},
    {R"({"retrySchedule":[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]})", "retrySchedule", "20"},
    {R"({"concurrency":0})", "concurrency", "1"},
    {R"({"concurrency":257})", "concurrency", "256"},
    {R"({"rateLimit":-1})", "rateLimit", "0"},
    {R"({"rateLimit":10001})", "rateLimit", "10000"},
    {R"({"order":"random"})", "order", "record"},
    {R"({"bareObject":1})", "bareObject", "true or false"},
    {R"({"changesOnly":"yes"})", "changesOnly", "true or false"},
    {R"({"state":"disabled"})", "state", "pause"},
    {R"({"state":"sleeping"})", "state", "active or paused"},
    {R"({"disabledReason":"x"})", "disabledReason", ""},
    {R"({"startsAt":"2020-01-01T00:00:00Z"})", "startsAt", ""},
    {R"({"id":"e2"})", "id", ""},
    {R"({"ulr":"https://example.com"})", "ulr", "url"},
};

INSTANTIATE_TEST_SUITE_P(EveryBadMember, EndpointRefuses, ::testing::ValuesIn(kBadMembers));

TEST(Endpoint, NeedsAUrl) {
  const auto refused = create_endpoint({}, "e1", kNow);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().field, "url");
}

TEST(Endpoint, AFormatThatCannotWriteTheChosenEventsIsRefusedOnUpdateToo) {
  const JsonObject document = created(json(R"({"events":["lead.created"]})"));
  const auto refused = update_endpoint(document, json(R"({"format":"iclosed"})"), kNow);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().field, "events.0");
}

TEST(Endpoint, ActivatingADisabledOneStartsFromNow) {
  const JsonObject disabled = disable_endpoint(created(), "the endpoint answered 410 Gone", kNow);
  EXPECT_EQ(disabled.at("state"), "disabled");
  EXPECT_EQ(disabled.at("disabledReason"), "the endpoint answered 410 Gone");
  const auto edited = update_endpoint(disabled, json(R"({"description":"x"})"), kNow + Millis{5000});
  EXPECT_EQ(edited->at("state"), "disabled") << "another edit does not activate it";
  const auto active = update_endpoint(disabled, json(R"({"state":"active"})"), kNow + Millis{5000});
  EXPECT_EQ(active->at("disabledReason"), nullptr);
  EXPECT_EQ(active->at("startsAt"), "2025-11-24T16:00:05.000Z");
}

TEST(Endpoint, ResumingAPausedOneKeepsItsPlace) {
  const JsonObject paused = created(json(R"({"state":"paused"})"));
  const auto active = update_endpoint(paused, json(R"({"state":"active"})"), kNow + Millis{5000});
  EXPECT_EQ(active->at("startsAt"), "2025-11-24T16:00:00.000Z");
}

TEST(Endpoint, HeadersAreTokensWithVisibleValuesAndNoneOfOurs) {
  EXPECT_EQ(parse_endpoint_headers(json(R"({"Authorization":"Bearer x","x-team":"a b"})"))->size(), 2u);
  for (const char* bad :
       {R"({"Host":"x"})", R"({"content-length":"1"})", R"({"Transfer-Encoding":"chunked"})",
        R"({"Connection":"close"})", R"({"Content-Type":"x"})", R"({"User-Agent":"x"})",
        R"({"X-Signature-SHA256":"x"})", R"({"Webhook-Id":"x"})", R"({"deltapost-event":"x"})",
        R"({"a b":"x"})", R"({"":"x"})", R"({"a:b":"x"})", R"({"a":"x\r\nb: y"})", R"({"a":"x\n"})",
        R"({"a":5})"}) {
    const auto refused = parse_endpoint_headers(json(bad));
    ASSERT_FALSE(refused.has_value()) << bad;
    EXPECT_THAT(refused.error().field, HasSubstr("headers")) << bad;
  }
  JsonObject many;
  for (int i = 0; i < 21; ++i) many["x" + std::to_string(i)] = "y";
  EXPECT_FALSE(parse_endpoint_headers(many).has_value());
  EXPECT_FALSE(parse_endpoint_headers("text").has_value());
}

TEST(Endpoint, SecretsSurviveTheirText) {
  EndpointSecrets secrets{{{*format::SigningSecret::parse(kSecret), std::nullopt},
                           {*format::SigningSecret::parse(kSecret), kNow}},
                          {{"authorization", "Bearer \"x\""}}};
  const auto back = secrets_from_text(secrets_to_text(secrets));
  ASSERT_TRUE(back.has_value());
  ASSERT_EQ(back->secrets.size(), 2u);
  EXPECT_EQ(back->secrets[0].secret.text(), kSecret);
  EXPECT_EQ(back->secrets[0].until, std::nullopt);
  EXPECT_EQ(back->secrets[1].until, kNow);
  EXPECT_EQ(back->headers, secrets.headers);
  for (const char* bad : {"", "{}", R"({"secrets":[],"headers":{}})",
                          R"({"secrets":[{"secret":"x","until":null}],"headers":{}})"}) {
    EXPECT_EQ(secrets_from_text(bad).error().fault, Fault::corrupt) << bad;
  }
}

TEST(Endpoint, ARecordAndItsSecretsMakeAnEndpoint) {
  Record record{.key = {AccountId{"acc"}, Kind::endpoint, "e1"},
                .document = created(json(R"({"order":"none","rateLimit":7,"events":["lead.created"]})"))};
  const std::string secrets = secrets_to_text({{{*format::SigningSecret::parse(kSecret), std::nullopt}}, {}});
  const auto endpoint = load_endpoint(record, secrets);
  ASSERT_TRUE(endpoint.has_value());
  EXPECT_EQ(endpoint->id.text(), "e1");
  EXPECT_EQ(endpoint->account.text(), "acc");
  EXPECT_EQ(endpoint->order, Order::none);
  EXPECT_EQ(endpoint->rate_per_second, 7u);
  EXPECT_EQ(endpoint->retry_schedule, default_retry_schedule());
  EXPECT_EQ(endpoint->starts_at, kNow);
  EXPECT_EQ(load_endpoint(record, "{}").error().fault, Fault::corrupt);
  record.document["format"] = "xml";
  EXPECT_EQ(load_endpoint(record, secrets).error().fault, Fault::corrupt);
}

}  // namespace
}  // namespace deltapost::delivery
