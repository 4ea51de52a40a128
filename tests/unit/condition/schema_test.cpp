#include "condition/schema.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <random>

namespace deltapost::condition {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

Json json(std::string_view text) {
  const auto parsed = parse_json(text);
  EXPECT_TRUE(parsed) << text;
  return *parsed;
}

Schema schema(std::string_view text) {
  auto parsed = Schema::parse(json(text), "schema");
  EXPECT_TRUE(parsed) << parsed.error().message;
  return *parsed;
}

/// `pointer: message` of each violation.
std::vector<std::string> violations(std::string_view schema_text, std::string_view value) {
  std::vector<std::string> texts;
  for (const Violation& violation : schema(schema_text).check(json(value))) {
    texts.push_back(violation.pointer + ": " + violation.message);
  }
  return texts;
}

TEST(Schema, ChecksEveryKeywordOfDraft7ThatItTakes) {
  const struct {
    std::string schema, fits, fails;
  } kCases[] = {
      {"true", "5", ""},
      {"false", "", "5"},
      {"{}", "null", ""},
      {R"({"type": "string"})", R"("a")", "5"},
      {R"({"type": ["string", "null"]})", "null", "5"},
      {R"({"type": "integer"})", "5.0", "5.5"},
      {R"({"type": "number"})", "18446744073709551615", R"("5")"},
      {R"({"const": {"a": [1]}})", R"({"a": [1.0]})", R"({"a": [2]})"},
      {R"({"enum": ["a", 1, null]})", "1.0", "2"},
      {R"({"minimum": 3})", "3", "2"},
      {R"({"exclusiveMinimum": 3})", "3.5", "3"},
      {R"({"maximum": 3})", "3", "4"},
      {R"({"exclusiveMaximum": 3})", "2", "3"},
      {R"({"multipleOf": 5})", "1e300", "7"},
      {R"({"multipleOf": 0.5})", "1.5", "1.7"},
      {R"({"minLength": 2, "maxLength": 2})", R"("éü")", R"("é")"},
      {R"({"minItems": 1, "maxItems": 2})", "[1]", "[]"},
      {R"({"uniqueItems": true})", "[1, 2, \"1\"]", "[1, 2, 1.0]"},
      {R"({"minProperties": 1, "maxProperties": 1})", R"({"a": 1})", "{}"},
      {R"({"required": ["a"]})", R"({"a": null})", R"({"b": 1})"},
      {R"({"properties": {"a": {"type": "string"}}, "additionalProperties": false})", R"({"a": "x"})",
       R"({"b": 1})"},
      {R"({"additionalProperties": {"type": "string"}})", R"({"a": "x"})", R"({"a": 1})"},
      {R"({"propertyNames": {"maxLength": 2}})", R"({"ab": 1})", R"({"abc": 1})"},
      {R"({"items": {"type": "integer"}})", "[1, 2]", "[1, \"2\"]"},
      {R"({"items": [{"type": "integer"}], "additionalItems": false})", "[1]", "[1, 2]"},
      {R"({"contains": {"const": 5}})", "[1, 5]", "[1]"},
      {R"({"allOf": [{"minimum": 1}, {"maximum": 3}]})", "2", "4"},
      {R"({"anyOf": [{"type": "string"}, {"minimum": 3}]})", "3", "2"},
      {R"({"oneOf": [{"multipleOf": 2}, {"multipleOf": 3}]})", "4", "6"},
      {R"({"not": {"type": "string"}})", "5", R"("a")"},
      {R"({"if": {"type": "string"}, "then": {"minLength": 2}, "else": {"minimum": 2}})", R"("ab")", "1"},
      {R"({"dependencies": {"a": ["b"], "c": {"required": ["d"]}}})", R"({"a": 1, "b": 2})", R"({"c": 1})"},
      {R"({"title": "T", "$comment": "c", "default": 5, "x-own": {"pattern": "("}})", "5", ""},
      {R"({"format": "date-time", "contentEncoding": "base64"})", R"("no date")", ""},
      {R"({"$schema": "http://json-schema.org/draft-07/schema#", "type": "null"})", "null", "5"},
  };
  for (const auto& [text, fits, fails] : kCases) {
    const Schema compiled = schema(text);
    if (!fits.empty()) {
      EXPECT_THAT(compiled.check(json(fits)), IsEmpty()) << text << " " << fits;
    }
    if (!fails.empty()) {
      EXPECT_THAT(compiled.check(json(fails)), Not(IsEmpty())) << text << " " << fails;
    }
  }
}

TEST(Schema, FollowsReferencesWithinItself) {
  const std::string tree = R"({"definitions": {"node": {"type": "object", "properties": {
      "value": {"type": "integer"}, "children": {"type": "array", "items": {"$ref": "#/definitions/node"}}}}},
      "$ref": "#/definitions/node"})";
  EXPECT_THAT(violations(tree, R"({"value": 1, "children": [{"value": 2, "children": []}]})"), IsEmpty());
  EXPECT_THAT(violations(tree, R"({"value": 1, "children": [{"value": 2, "children": [{"value": "x"}]}]})"),
              ElementsAre("/children/0/children/0/value: value type not permitted by 'type' constraint"));
  const std::string odd =
      R"({"properties": {"a/items": {"type": "string"}, "a": {"items": {"type": "integer"}},
      "b": {"$ref": "#/properties/a/items"}, "c": {"$ref": "#/properties/a~1items"}, "d": {"$ref": "#"}}})";
  EXPECT_THAT(violations(odd, R"({"a/items": "x", "a": [1], "b": 1, "c": "x", "d": {"b": 2}})"), IsEmpty());
  EXPECT_EQ(violations(odd, R"({"a/items": 1, "a": ["x"], "b": "x", "c": 1, "d": {"b": "x"}})").size(), 5U);
}

TEST(Schema, PointsToTheValueAndNeverShowsIt) {
  const std::string text = R"({"properties": {"a/b~c": {"items": {"type": "integer"}}, "": {"enum": ["x"]}},
                               "required": ["z"]})";
  EXPECT_THAT(violations(text, R"({"a/b~c": [1, "secret"], "": "secret"})"),
              ::testing::UnorderedElementsAre("/a~1b~0c/1: value type not permitted by 'type' constraint",
                                              "/: failed to match against any enum values",
                                              ": missing required property 'z'"));
  EXPECT_THAT(violations("false", "5"), ElementsAre(": does not fit the schema"));
  EXPECT_THAT(violations(R"({"items": false})", "[5]"), ElementsAre(HasSubstr("item #0")));
}

TEST(Schema, TellsTenViolationsAtMost) {
  std::string array = "[1";
  for (int i = 0; i < 5000; ++i) array += ",1";
  EXPECT_EQ(violations(R"({"items": {"type": "string"}})", array + "]").size(), 10U);
}

TEST(Schema, RefusesWhatIsNoSchemaAndNamesThePlace) {
  const struct {
    std::string schema, why;
  } kRefused[] = {
      {"5", "an object or a boolean"},
      {"[]", "an object or a boolean"},
      {R"({"properties": []})", "(at /properties)"},
      {R"({"properties": {"a": 5}})", "(at /properties/a)"},
      {R"({"allOf": []})", "not empty"},
      {R"({"allOf": {}})", "not empty"},
      {R"({"type": "text"})", "must be null, boolean"},
      {R"({"type": []})", "must be null, boolean"},
      {R"({"type": {"a": 1}})", "must be null, boolean"},
      {R"({"enum": "a"})", "(at /enum)"},
      {R"({"required": "a"})", "array of strings"},
      {R"({"required": true})", "array of strings"},
      {R"({"dependencies": {"a": [1]}})", "(at /dependencies/a)"},
      {R"({"multipleOf": 0})", "greater than 0"},
      {R"({"multipleOf": -1})", "greater than 0"},
      {R"({"minLength": -1})", "whole number"},
      {R"({"maxItems": 1.5})", "whole number"},
      {R"({"maxProperties": "1"})", "whole number"},
      {R"({"exclusiveMaximum": true})", "a number"},
      {R"({"uniqueItems": 1})", "true or false"},
      {R"({"minLenght": 1})", "did you mean minLength?"},
      {R"({"$schema": "https://json-schema.org/draft/2020-12/schema"})", "draft-07"},
      {R"({"pattern": "^(a+)+$"})", "regular expression"},
      {R"({"patternProperties": {"a": true}})", "regular expression"},
      {R"({"definitions": {"x": {"pattern": "a"}}})", "(at /definitions/x/pattern)"},
      {R"({"properties": {"a": {"items": [{"anyOf": [{"pattern": "a"}]}]}}})",
       "(at /properties/a/items/0/anyOf/0/pattern)"},
  };
  for (const auto& [text, why] : kRefused) {
    const auto refused = Schema::parse(json(text), "schema");
    ASSERT_FALSE(refused) << text;
    EXPECT_EQ(refused.error().fault, Fault::invalid) << text;
    EXPECT_EQ(refused.error().field, "schema") << text;
    EXPECT_THAT(refused.error().message, StartsWith("schema: ")) << text;
    EXPECT_THAT(refused.error().message, HasSubstr(why)) << text;
  }
}

TEST(Schema, RefusesReferencesThatLeadOutside) {
  for (const char* reference :
       {"http://example.com/schema", "other.json", "file:///etc/passwd", "urn:x:y",
        "other.json#/definitions/a", "#/definitions/none", "#/definitions", "#definitions/a", "#/enum/0",
        "#/properties/a%62", "#/definitions/a/", "", "#/x-own"}) {
    const std::string text =
        R"({"enum": [{"pattern": "("}], "x-own": {"pattern": "("}, "definitions": {"a": {}},
        "properties": {"ab": {}, "x": {"$ref": ")" +
        std::string(reference) + R"("}}})";
    const auto refused = Schema::parse(json(text), "schema");
    ASSERT_FALSE(refused) << reference;
    EXPECT_THAT(refused.error().message, HasSubstr("nothing is fetched")) << reference;
  }
  EXPECT_FALSE(Schema::parse(json(R"({"$ref": 5})"), "schema"));
}

TEST(Schema, RefusesSchemasThatWouldNeverEnd) {
  for (
      const char* text :
      {R"({"$ref": "#"})",
       R"({"definitions": {"a": {"$ref": "#/definitions/b"}, "b": {"$ref": "#/definitions/a"}}, "$ref": "#/definitions/a"})",
       R"({"allOf": [{"$ref": "#"}]})", R"({"anyOf": [{"not": {"$ref": "#"}}]})",
       R"({"dependencies": {"a": {"$ref": "#"}}})", R"({"if": {"$ref": "#"}})"}) {
    const auto refused = Schema::parse(json(text), "schema");
    ASSERT_FALSE(refused) << text;
    EXPECT_THAT(refused.error().message, HasSubstr("without end")) << text;
  }
  EXPECT_TRUE(Schema::parse(json(R"({"items": {"$ref": "#"}})"), "schema"));
}

/// definitions 0 … count - 1, each made from the number of the next, and the last `{}`.
std::string chain(int count, const std::function<std::string(const std::string& next)>& link) {
  std::string text = R"({"$ref": "#/definitions/0", "definitions": {)";
  for (int i = 0; i < count; ++i) {
    text += "\"" + std::to_string(i) +
            "\":" + link(R"({"$ref": "#/definitions/)" + std::to_string(i + 1) + "\"}") + ",";
  }
  return text + "\"" + std::to_string(count) + "\": {}}}";
}

TEST(Schema, BoundsItsSizeAndDepth) {
  EXPECT_FALSE(Schema::parse(Json("x"), "schema"));
  const auto large = Schema::parse(JsonObject{{"title", std::string(64 << 10, 'x')}}, "schema");
  ASSERT_FALSE(large);
  EXPECT_THAT(large.error().message, HasSubstr("64 KiB"));
  Json deep = true;
  for (int i = 0; i < 40; ++i) deep = JsonObject{{"items", deep}};
  EXPECT_THAT(Schema::parse(deep, "schema").error().message, HasSubstr("32 levels"));
  const auto in_place = [](const std::string& next) { return R"({"allOf": [)" + next + "]}"; };
  EXPECT_THAT(Schema::parse(json(chain(20, in_place)), "schema").error().message, HasSubstr("more than 32"));
  EXPECT_THAT(Schema::parse(json(chain(900, in_place)), "schema").error().message, HasSubstr("256 levels"));
  const auto below = [](const std::string& next) { return R"({"items": )" + next + "}"; };
  EXPECT_TRUE(Schema::parse(json(chain(80, below)), "schema"));
  EXPECT_THAT(Schema::parse(json(chain(900, below)), "schema").error().message, HasSubstr("256 levels"));
}

TEST(Schema, EndsHoweverItsPartsMultiply) {
  const auto expect_costly = [](const std::string& text, const Json& value) {
    const auto found = schema(text).check(value);
    ASSERT_EQ(found.size(), 1U);
    EXPECT_THAT(found.front().message, HasSubstr("takes too long"));
  };
  // 16^7 evaluations of one value.
  expect_costly(chain(7,
                      [](const std::string& next) {
                        std::string all = R"({"allOf": [)" + next;
                        for (int i = 1; i < 16; ++i) all += "," + next;
                        return all + "]}";
                      }),
                Json(5));
  // Two ways down at each of 30 levels.
  Json nested = 5;
  for (int i = 0; i < 30; ++i) nested = JsonArray{nested};
  expect_costly(R"({"allOf": [{"items": {"$ref": "#"}}, {"items": {"$ref": "#"}}]})", nested);
  JsonArray many;
  for (int i = 0; i < 100'000; ++i) many.emplace_back(i);
  expect_costly(R"({"uniqueItems": true})", many);
  EXPECT_THAT(schema(R"({"items": {"type": "integer"}})").check(many), IsEmpty());
}

TEST(Schema, StandsTheDeepestValueOnTheLongestWay) {
  const std::string text = chain(14, [](const std::string& next) {
    return R"({"not": {"not": true}, "anyOf": [)" + next + R"(, {"type": "string"}]})";
  });
  std::string loop = text;
  loop.replace(loop.rfind("{}"), 2, R"({"items": {"$ref": "#"}})");
  Json nested = 5;
  for (int i = 0; i < 32; ++i) nested = JsonArray{nested};
  EXPECT_THAT(schema(loop).check(nested), IsEmpty());
}

/// Random schemas of the keywords that lead to others, with references anywhere.
class RandomSchema {
 public:
  explicit RandomSchema(std::uint64_t seed) : engine_(seed) {}

  Json schema(int depth) {
    if (depth == 0 || below(8) == 0)
      return below(2) == 0 ? Json(true) : Json(JsonObject{{"type", "integer"}});
    if (below(4) == 0) return JsonObject{{"$ref", "#/definitions/" + std::to_string(below(4))}};
    JsonObject made;
    for (int left = 1 + below(2); left > 0; --left) {
      static const char* const kSchemas[] = {
          "not", "if", "then", "items", "contains", "additionalProperties", "propertyNames"};
      static const char* const kLists[] = {"allOf", "anyOf", "oneOf", "items"};
      if (below(2) == 0) {
        made.insert_or_assign(kSchemas[below(7)], schema(depth - 1));
      } else if (below(2) == 0) {
        made.insert_or_assign(kLists[below(4)], JsonArray{schema(depth - 1), schema(depth - 1)});
      } else {
        made.insert_or_assign("properties", JsonObject{{"a", schema(depth - 1)}, {"b/c", schema(depth - 1)}});
      }
    }
    return made;
  }

  Json whole() {
    JsonObject definitions;
    for (int i = 0; i < 4; ++i) definitions.emplace(std::to_string(i), schema(3));
    return JsonObject{{"definitions", definitions}, {"allOf", JsonArray{schema(3), schema(3)}}};
  }

  Json value(int depth) {
    if (depth == 0) return below(9);
    if (below(2) == 0) return JsonArray{value(depth - 1), value(depth - 1)};
    return JsonObject{{"a", value(depth - 1)}, {"b/c", value(depth - 1)}};
  }

 private:
  int below(int bound) { return std::uniform_int_distribution(0, bound - 1)(engine_); }
  std::mt19937_64 engine_;
};

TEST(Schema, IsCheckedOrRefusedWithAReasonHoweverItsPartsReferToEachOther) {
  int taken = 0;
  for (std::uint64_t seed = 0; seed < 1000; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    RandomSchema random(seed);
    const auto parsed = Schema::parse(random.whole(), "schema");
    if (!parsed) {
      EXPECT_THAT(parsed.error().message, HasSubstr("without end"));
      continue;
    }
    ++taken;
    const Json value = random.value(3);
    const auto violations = parsed->check(value);
    for (const Violation& violation : violations) {
      boost::json::error_code error;
      EXPECT_NE(value.find_pointer(violation.pointer, error), nullptr) << violation.pointer;
      EXPECT_FALSE(violation.message.empty());
    }
  }
  EXPECT_GT(taken, 100);
}

}  // namespace
}  // namespace deltapost::condition
