#include "intake/source.hpp"

#include "receiving_house.hpp"

namespace deltapost::intake {
namespace {

using ::testing::HasSubstr;
using testing::json;
using testing::kAccount;
using testing::with;

constexpr const char* kPlain = R"({"format": "iclosed", "verifier": "none"})";
constexpr const char* kMapped =
    R"({"format": "generic", "verifier": "none", "mapping": {"id": "/id", "fields": {"phone": "/phone"}}})";
const Time kNow{Millis{1'764'000'000'000}};
const RecordKey kKey{kAccount, Kind::source, "src_1"};

JsonObject made(const std::string& settings) {
  auto document = create_source(json(settings), "src_1", kNow);
  EXPECT_TRUE(document) << settings << (document ? "" : "\n" + document.error().message);
  return document ? *document : JsonObject{};
}

void expect_refused(const std::string& settings, std::string_view field, std::string_view why) {
  auto refused = create_source(json(settings), "src_1", kNow);
  ASSERT_FALSE(refused) << settings;
  EXPECT_EQ(refused.error().fault, Fault::invalid) << settings;
  EXPECT_EQ(refused.error().field, field) << settings << "\n" << refused.error().message;
  EXPECT_THAT(refused.error().message, HasSubstr(std::string(why))) << settings;
}

TEST(SourceDocument, HoldsWhatWasNotSaid) {
  const JsonObject document = made(kPlain);
  for (const auto& [name, value] :
       json(R"({"id": "src_1", "name": null, "description": null, "format": "iclosed",
       "verifier": "none", "mapping": null, "onBadContent": "quarantine", "maxBodyBytes": 1048576, "maxItems": 100,
       "rateLimit": 0, "validation": [], "state": "active", "deleted": false, "deletedAt": null})"))
    EXPECT_TRUE(same_json(document.at(name), value)) << name << " is " << to_text(document.at(name));
}

TEST(SourceDocument, TakesEveryMemberAsItMayBe) {
  for (const char* good :
       {R"({"name": "Calls"})", R"({"name": null})", R"({"description": "of the shop"})",
        R"({"verifier": "apten"})", R"({"verifier": {"scheme": "hmac", "header": "X-Sig"}})",
        R"({"onBadContent": "reject"})", R"({"maxBodyBytes": 1024})", R"({"maxBodyBytes": 1048576})",
        R"({"maxItems": 1})", R"({"maxItems": 1000})", R"({"rateLimit": 10000})", R"({"state": "paused"})",
        R"({"validation": [{"name": "r", "schema": true}]})",
        R"({"validation": [{"name": "r", "kind": "lead", "event": "e", "severity": "warn", "message": "m",
                            "condition": {"==": [1, 1]}}]})"}) {
    const JsonObject document = made(with(kPlain, good));
    for (const auto& [name, value] : json(good)) {
      const bool spelled_out = name == "verifier";
      EXPECT_TRUE(spelled_out || same_json(document.at(name), value)) << good;
    }
  }
}

TEST(SourceDocument, RefusesEveryMemberThatIsNotRight) {
  for (
      const auto& [settings, field, why] : std::initializer_list<std::array<const char*, 3>>{
          {R"({"name": 5})", "name", "string"},
          {R"({"name": "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789x"})",
           "name", "100"},
          {R"({"description": []})", "description", "string"},
          {R"({"format": "xml"})", "format", "apten, iclosed, standard, generic or form"},
          {R"({"verifier": "secret"})", "verifier", "hmac"},
          {R"({"verifier": {"scheme": "hmac"}})", "verifier.header", "required"},
          {R"({"mapping": "x"})", "mapping", "object or null"},
          {R"({"mapping": {"id": "/id"}})", "mapping", "must be null"},
          {R"({"onBadContent": "drop"})", "onBadContent", "quarantine"},
          {R"({"maxBodyBytes": 1023})", "maxBodyBytes", "1024 to 1048576"},
          {R"({"maxBodyBytes": 1048577})", "maxBodyBytes", "1024 to 1048576"},
          {R"({"maxItems": 0})", "maxItems", "1 to 1000"},
          {R"({"maxItems": 1.5})", "maxItems", "1 to 1000"},
          {R"({"rateLimit": -1})", "rateLimit", "0 to 10000"},
          {R"({"rateLimit": "5"})", "rateLimit", "0 to 10000"},
          {R"({"state": "off"})", "state", "active or paused"},
          {R"({"validation": {}})", "validation", "array of at most 50"},
          {R"({"validation": [{"schema": true}]})", "validation.0.name", "required"},
          {R"({"validation": [{"name": "r"}]})", "validation.0", "exactly one of schema"},
          {R"({"validation": [{"name": "r", "schema": true, "condition": {"==": [1, 1]}}]})", "validation.0",
           "exactly one of schema"},
          {R"({"validation": [{"name": "r", "schema": true}, {"name": "s", "schema": true, "severity": "bad"}]})",
           "validation.1.severity", "reject, quarantine or warn"},
          {R"({"validation": [{"name": "r", "schema": true, "kind": "endpoint"}]})", "validation.0.kind",
           "lead or contact"},
          {R"({"validation": [{"name": "r", "schema": true, "sevrity": "warn"}]})", "validation.0.sevrity",
           "severity"},
          {R"({"nme": "x"})", "nme", "name"}})
    expect_refused(with(kPlain, settings), field, why);
  expect_refused(R"({"verifier": "none"})", "format", "required");
  expect_refused(R"({"format": "iclosed"})", "verifier", "none");
  expect_refused(R"({"format": "generic", "verifier": "none"})", "mapping", "required");
}

TEST(SourceDocument, AnEditIsCheckedAsAWhole) {
  const JsonObject document = made(kMapped);
  EXPECT_EQ(update_source(document, json(R"({"mapping": null})")).error().field, "mapping");
  EXPECT_EQ(update_source(document, json(R"({"format": "iclosed"})")).error().field, "mapping");
  auto changed = update_source(document, json(R"({"format": "iclosed", "mapping": null, "name": "Calls"})"));
  ASSERT_TRUE(changed) << changed.error().message;
  EXPECT_EQ(changed->at("name"), "Calls");
  EXPECT_EQ(changed->at("createdAt"), document.at("createdAt"));
}

// ---- secrets

const SourceSecrets kSecrets{.tokens = {{"new", std::nullopt}, {"old", kNow}},
                             .secrets = {{"s2", std::nullopt}, {"s1", kNow + Millis{1}}}};

TEST(SourceSecretsText, IsReadAsItIsWritten) {
  const auto read = source_secrets_from_text(source_secrets_to_text(kSecrets));
  ASSERT_TRUE(read);
  ASSERT_EQ(read->tokens.size(), 2u);
  EXPECT_EQ(read->tokens[0].text, "new");
  EXPECT_EQ(read->tokens[0].until, std::nullopt);
  EXPECT_EQ(read->tokens[1].until, kNow);
  ASSERT_EQ(read->secrets.size(), 2u);
  EXPECT_EQ(read->secrets[1].text, "s1");
  EXPECT_EQ(read->secrets[1].until, kNow + Millis{1});
}

TEST(SourceSecretsText, ThatWeDidNotWriteIsCorrupt) {
  for (const char* text :
       {"", "{}", "[]", R"({"tokens": [], "secrets": []})", R"({"tokens": 1, "secrets": []})",
        R"({"tokens": [{"text": "a"}], "secrets": []})", R"({"tokens": ["a"], "secrets": []})"}) {
    const auto read = source_secrets_from_text(text);
    ASSERT_FALSE(read) << text;
    EXPECT_EQ(read.error().fault, Fault::corrupt);
  }
}

TEST(SourceSecretsText, SealedOpensForItsSourceAlone) {
  SystemRandom random;
  const Sealer sealer = testing::test_sealer(random);
  const std::string sealed = sealer.seal(source_secrets_to_text(kSecrets), source_secrets_context(kKey));
  EXPECT_THAT(sealed, ::testing::Not(HasSubstr("new")));
  EXPECT_TRUE(sealer.open(sealed, source_secrets_context(kKey)));
  EXPECT_FALSE(sealer.open(sealed, source_secrets_context({kAccount, Kind::source, "src_2"})));
  EXPECT_FALSE(sealer.open(sealed, source_secrets_context({testing::kOther, Kind::source, "src_1"})));
}

TEST(LoadedSource, HasItsLiveSecrets) {
  auto source = load_source({.key = kKey, .document = made(kPlain)}, source_secrets_to_text(kSecrets));
  ASSERT_TRUE(source);
  EXPECT_THAT(source->live_secrets(kNow), ::testing::ElementsAre("s2", "s1"));
  EXPECT_THAT(source->live_secrets(kNow + Millis{1}), ::testing::ElementsAre("s2"));
}

TEST(LoadedSource, IsWhatItsDocumentSays) {
  const auto source = load_source(
      {.key = kKey,
       .document = made(with(kMapped, R"({"name": "Calls", "state": "paused", "onBadContent": "reject",
           "maxBodyBytes": 2048, "maxItems": 3, "rateLimit": 9, "verifier": "github",
           "validation": [{"name": "r", "severity": "warn", "kind": "contact", "event": "e", "message": "m", "schema": true}]})"))},
      source_secrets_to_text(kSecrets));
  ASSERT_TRUE(source) << source.error().message;
  EXPECT_EQ(source->key, kKey);
  EXPECT_EQ(source->name, "Calls");
  EXPECT_TRUE(source->paused);
  EXPECT_EQ(source->verifier.scheme, format::Scheme::github);
  EXPECT_EQ(source->format, format::InboundFormat::generic);
  EXPECT_EQ(source->mapping.id, "/id");
  EXPECT_EQ(source->on_bad_content, OnBadContent::reject);
  EXPECT_EQ(source->max_body_bytes, 2048u);
  EXPECT_EQ(source->max_items, 3u);
  EXPECT_EQ(source->rate_per_second, 9u);
  ASSERT_EQ(source->rules.size(), 1u);
  EXPECT_EQ(source->rules[0].severity, Severity::warn);
  EXPECT_EQ(source->rules[0].kind, Kind::contact);
  EXPECT_EQ(source->rules[0].event, "e");
  EXPECT_EQ(source->rules[0].message, "m");
  EXPECT_TRUE(source->rules[0].schema);
}

TEST(LoadedSource, OfADocumentThatWeDidNotWriteIsCorrupt) {
  for (const auto& [name, value] :
       json(R"({"format": "xml", "maxItems": "many", "validation": null, "mapping": {"x": 1}})")) {
    JsonObject document = made(kMapped);
    document[name] = value;
    const auto source = load_source({.key = kKey, .document = document}, source_secrets_to_text(kSecrets));
    ASSERT_FALSE(source) << name;
    EXPECT_EQ(source.error().fault, Fault::corrupt);
  }
  EXPECT_FALSE(load_source({.key = kKey, .document = made(kPlain)}, "{}"));
}

}  // namespace
}  // namespace deltapost::intake
