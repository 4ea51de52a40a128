// What all inbound formats have in common; and that whatever we send is read back as exactly what changed.
#include <random>

#include "inbound_reader.hpp"
#include "record/contact.hpp"
#include "record/lead.hpp"
#include "samples.hpp"

namespace deltapost::format {
namespace {

using ::testing::UnorderedElementsAreArray;

const InboundFormat kJsonFormats[] = {InboundFormat::apten, InboundFormat::iclosed, InboundFormat::standard,
                                      InboundFormat::generic};

TEST(Inbound, HasANameForEachFormat) {
  for (const char* name : {"apten", "iclosed", "standard", "generic", "form"}) {
    const auto format = parse_inbound_format(name);
    ASSERT_TRUE(format) << name;
    EXPECT_EQ(to_string(*format), name);
  }
  EXPECT_FALSE(parse_inbound_format("cloudevents"));
  EXPECT_FALSE(parse_inbound_format(""));
}

TEST(Inbound, RefusesBodiesOfWhichNothingCanBeUsed) {
  const struct {
    std::string body, why;
  } kBodies[] = {
      {"", "empty"},
      {"not JSON", "JSON"},
      {"{", ""},
      {R"({"a": 1, "a": 2})", "a"},
      {"{\"a\": \"\xff\"}", "UTF-8"},
      {R"({"a": NaN})", ""},
      {R"({"a": 1} x)", ""},
      {"5", "not a number"},
      {R"("text")", "not a string"},
      {"null", "not null"},
  };
  for (const InboundFormat format : kJsonFormats) {
    for (const auto& [body, why] : kBodies) Reader{format}.expect_unusable(body, why);
  }
}

TEST(Inbound, TakesAsManyItemsAsItsLimitAndNoMore) {
  const Reader reader{InboundFormat::iclosed};
  const auto items = [](int count) {
    std::string body = "[{}";
    for (int i = 1; i < count; ++i) body += ",{}";
    return body + "]";
  };
  EXPECT_EQ(reader.items(items(100))->size(), 100U);
  reader.expect_unusable(items(101), "at most 100");
  reader.expect_unusable("[]", "without any item");
  Reader{InboundFormat::apten}.expect_unusable("[{}]", "must be an object");
  reader.expect_unusable(std::string(1000, ' '), "at most 999", {.max_bytes = 999});
}

TEST(Inbound, RefusesACompressedBody) {
  for (const InboundFormat format : {InboundFormat::apten, InboundFormat::form}) {
    Reader{format, {{"content-encoding", "gzip"}}}.expect_unusable("{}", "send it plain");
  }
  const Reader plain{InboundFormat::iclosed, {{"content-encoding", "identity"}}};
  EXPECT_TRUE(plain.items("{}"));
}

TEST(Inbound, KeepsEachItemAsItCame) {
  const auto items = Reader{InboundFormat::iclosed}.items(R"([{"b": 1.0, "a": null}, 5])");
  ASSERT_TRUE(items);
  EXPECT_EQ(to_text((*items)[0].raw), R"({"b":1.0,"a":null})");
  EXPECT_EQ(to_text((*items)[1].raw), "5");
}

TEST(CanonicalText, SortsKeysAtEveryDepthAndNothingElse) {
  EXPECT_EQ(
      canonical_text(*parse_json(R"({"b": [3, {"z": 1, "a": {"d": 0, "c": ""}}], "a": 1.0, "B": null})")),
      R"({"B":null,"a":1.0,"b":[3,{"a":{"c":"","d":0},"z":1}]})");
  EXPECT_EQ(canonical_text(*parse_json("[2, 1]")), "[2,1]");
}

TEST(CanonicalText, LeavesOutOneMemberOfTheOutermostObject) {
  EXPECT_EQ(canonical_text(*parse_json_object(R"({"b": {"a": 1}, "a": 2})"), "a"), R"({"b":{"a":1}})");
}

// ---- what we send, read back

/// No label here begins with a digit.
bool is_numbered(std::string_view key) {
  return !key.empty() && key[0] >= '1' && key[0] <= '9' &&
         (key.ends_with("_question") || key.ends_with("_response"));
}

/// Every fine field of a document, by its dotted path.
std::map<std::string, Json> fine_fields(Kind kind, const JsonObject& document) {
  std::map<std::string, Json> fields;
  for (const auto& member : document) {
    const std::string name(member.key());
    if (name == "id") continue;
    const bool container =
        kind == Kind::lead ? name == "additionalInfo" : name == "tracking" || name == "questionsAndAnswers";
    if (!container) {
      fields.emplace(name, member.value());
      continue;
    }
    for (const auto& inner : member.value().as_object()) {
      const std::string key(inner.key());
      const bool numbered = name == "questionsAndAnswers" && is_numbered(key);
      if (!numbered) fields.emplace(dotted({name, key}), inner.value());
    }
  }
  return fields;
}

class RandomPatches {
 public:
  explicit RandomPatches(std::uint64_t seed) : engine_(seed) {}

  JsonObject lead() {
    JsonObject patch{{"additionalInfo", members()}};
    for (const char* name : {"firstName", "summary", "customerProfile", "externalLeadId"})
      maybe(patch, name, text());
    for (const char* name : {"isHot", "isAiOn"}) maybe(patch, name, below(2) == 0);
    return patch;
  }

  JsonObject contact() {
    JsonObject patch{{"tracking", members()}, {"questionsAndAnswers", members()}};
    for (const char* name : {"firstName", "country"}) maybe(patch, name, text());
    maybe(patch, "event",
          JsonObject{{"id", below(3)}, {"name", text()}, {"of", JsonObject{{"x", below(3)}}}});
    maybe(patch, "latestCall", below(2) == 0 ? Json(nullptr) : Json(JsonObject{{"duration", below(3)}}));
    maybe(patch, "disqualifyingGroup",
          below(2) == 0 ? Json(JsonArray{below(3)}) : Json(JsonObject{{"a", below(3)}}));
    return patch;
  }

 private:
  int below(int bound) { return std::uniform_int_distribution(0, bound - 1)(engine_); }
  Json text() {
    static const char* const kTexts[] = {"a", "b", "Zürich", "a.b", "\"q\""};
    return kTexts[below(5)];
  }
  void maybe(JsonObject& patch, const char* name, Json value) {
    if (below(3) == 0) patch.emplace(name, std::move(value));
  }
  JsonObject members() {
    static const char* const kKeys[] = {"plan", "a.b", "\\", "é", "x_question", "*"};
    JsonObject made;
    for (int left = below(4); left > 0; --left) {
      made.insert_or_assign(kKeys[below(6)], below(3) == 0 ? Json(nullptr) : text());
    }
    return made;
  }

  std::mt19937_64 engine_;
};

std::vector<std::string> changed_paths(Kind kind, const JsonObject& before, const JsonObject& after) {
  const auto old_fields = fine_fields(kind, before);
  const auto new_fields = fine_fields(kind, after);
  std::vector<std::string> paths;
  for (const auto& [path, value] : old_fields) {
    const auto now = new_fields.find(path);
    if (now == new_fields.end() || !same_json(now->second, value)) paths.push_back(path);
  }
  for (const auto& [path, value] : new_fields) {
    if (!old_fields.contains(path)) paths.push_back(path);
  }
  return paths;
}

/// Each field that is said to have changed did, from and to what it says; and none is missing.
void expect_exact(Kind kind, const JsonObject& before, const JsonObject& after) {
  const ChangeView view = kind == Kind::lead ? lead_step(before, after) : contact_step(before, after);
  const char* const type = kind == Kind::lead ? "lead.updated" : "contactUpdated";
  const auto new_fields = fine_fields(kind, after);
  const auto old_fields = fine_fields(kind, before);
  const Reader standard{InboundFormat::standard};
  for (const bool changes_only : {false, true}) {
    const Statement statement =
        standard.statement(body(Format::standard, event(type), view, {.changes_only = changes_only}));
    std::vector<std::string> told;
    for (const StatedField& field : statement.fields) {
      const std::string path = dotted(field.path);
      told.push_back(path);
      if (!field.has_old) continue;  // part of an object, without the record
      const auto now = new_fields.find(path);
      const auto was = old_fields.find(path);
      ASSERT_EQ(field.value.has_value(), now != new_fields.end()) << path;
      ASSERT_EQ(field.old.has_value(), was != old_fields.end()) << path;
      if (field.value) {
        EXPECT_TRUE(same_json(*field.value, now->second)) << path;
      }
      if (field.old) {
        EXPECT_TRUE(same_json(*field.old, was->second)) << path;
      }
    }
    EXPECT_THAT(told, UnorderedElementsAreArray(changed_paths(kind, before, after)));
    if (!changes_only) {
      std::map<std::string, Json> base;
      for (const StatedField& field : statement.base) base.emplace(dotted(field.path), *field.value);
      EXPECT_EQ(base, new_fields);
    }
  }
}

TEST(InboundStandard, NamesExactlyWhatChangedInRandomRecordsOfOurOwn) {
  for (std::uint64_t seed = 0; seed < 400; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    RandomPatches random(seed);
    const auto before_lead = lead::update(lead(), random.lead());
    const auto after_lead = lead::update(before_lead->document, random.lead());
    const auto before_contact = contact::update(contact(), random.contact());
    ASSERT_TRUE(before_lead && after_lead && before_contact);
    const auto after_contact = contact::update(before_contact->document, random.contact());
    ASSERT_TRUE(after_contact);
    expect_exact(Kind::lead, before_lead->document, after_lead->document);
    expect_exact(Kind::contact, before_contact->document, after_contact->document);
    if (::testing::Test::HasFailure()) return;
  }
}

TEST(InboundIclosed, StatesEveryFieldOfRandomContactsOfOurOwn) {
  const Reader iclosed{InboundFormat::iclosed};
  for (std::uint64_t seed = 0; seed < 400; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    RandomPatches random(seed);
    const auto after = contact::update(contact(), random.contact());
    ASSERT_TRUE(after);
    const Statement statement = iclosed.statement(
        body(Format::iclosed, event("contactUpdated"), contact_step(contact(), after->document)));
    std::map<std::string, Json> told;
    for (const StatedField& field : statement.fields) told.emplace(dotted(field.path), *field.value);
    auto expected = fine_fields(Kind::contact, after->document);
    expected.erase("deletedAt");
    EXPECT_EQ(told, expected);
    if (::testing::Test::HasFailure()) return;
  }
}

TEST(InboundApten, NamesExactlyTheKeysThatChangedInRandomLeadsOfOurOwn) {
  const Reader apten{InboundFormat::apten};
  for (std::uint64_t seed = 0; seed < 400; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    RandomPatches random(seed);
    const auto before = lead::update(lead(), random.lead());
    const auto after = lead::update(before->document, random.lead());
    ASSERT_TRUE(before && after);
    std::vector<std::string> told;
    for (const StatedField& field : apten
                                        .statement(body(Format::apten, event("lead.additionalInfo.updated"),
                                                        lead_step(before->document, after->document)))
                                        .fields) {
      if (field.path.size() == 2) told.push_back(dotted(field.path));
    }
    std::vector<std::string> expected;
    for (const std::string& path : changed_paths(Kind::lead, before->document, after->document)) {
      if (path.starts_with("additionalInfo.")) expected.push_back(path);
    }
    EXPECT_THAT(told, UnorderedElementsAreArray(expected));
  }
}

}  // namespace
}  // namespace deltapost::format
