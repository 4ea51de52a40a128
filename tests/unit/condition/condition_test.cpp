#include "condition/condition.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

namespace deltapost::condition {
namespace {

using ::testing::HasSubstr;

Json parsed(std::string_view text) {
  Result<Json> value = parse_json(text);
  EXPECT_TRUE(value) << text;
  return value ? *value : Json();
}

Json evaluated(const Json& rule, const Json& data) {
  const Result<Condition> condition = Condition::parse(rule);
  EXPECT_TRUE(condition) << to_text(rule) << ": " << condition.error().field << " "
                         << condition.error().message;
  return condition ? condition->evaluate(data) : Json("refused");
}

std::string text_of(std::string_view rule, std::string_view data = "null") {
  return to_text(evaluated(parsed(rule), parsed(data)));
}

Error refusal(std::string_view rule) {
  const Result<Condition> condition = Condition::parse(parsed(rule));
  EXPECT_FALSE(condition) << rule;
  return condition ? Error{} : condition.error();
}

// The cases are shared with a test that runs them through json-logic-js.
TEST(Condition, GivesWhatTheReferenceGives) {
  std::ifstream file(DP_SOURCE_DIR "/tests/unit/condition/cases.json");
  std::ostringstream text;
  text << file.rdbuf();
  const Json cases = parsed(text.str());
  ASSERT_GT(cases.as_array().size(), 400U);
  for (const Json& test : cases.as_array()) {
    const Json result = evaluated(test.at("rule"), test.at("data"));
    EXPECT_TRUE(same_json(result, test.at("expect"))) << to_text(test) << "\n gave " << to_text(result);
  }
}

TEST(Condition, HoldsWhereItsValueIsTrue) {
  const Json rule = parsed(R"({"==":[{"var":"status"},"QUALIFIED"]})");
  const Result<Condition> condition = Condition::parse(rule);
  ASSERT_TRUE(condition);
  EXPECT_TRUE(condition->holds(parsed(R"({"status":"QUALIFIED"})")));
  EXPECT_FALSE(condition->holds(parsed(R"({"status":"POTENTIAL"})")));
  EXPECT_FALSE(condition->holds(parsed("{}")));
  EXPECT_FALSE(Condition::parse(parsed(R"({"var":"list"})"))->holds(parsed(R"({"list":[]})")));
  EXPECT_FALSE(Condition::parse(parsed(R"({"/":[0,0]})"))->holds(Json()));
  EXPECT_EQ(condition->rule(), rule);
}

TEST(Variable, FindsAFieldAmongDottedPaths) {
  constexpr std::string_view kData =
      R"({"data":{"changes":{"additionalInfo.insuranceProvider":{"old":null,"new":"Aetna"},)"
      R"("answers.e\\.g\\. Rome":{"new":"yes"},"status":{"new":"QUALIFIED"}}}})";
  EXPECT_EQ(text_of(R"({"var":"data.changes.additionalInfo.insuranceProvider.new"})", kData), R"("Aetna")");
  EXPECT_EQ(text_of(R"({"var":"data.changes.additionalInfo.insuranceProvider.old"})", kData), "null");
  EXPECT_EQ(text_of(R"({"var":"data.changes.additionalInfo.state.new"})", kData), "null");
  EXPECT_EQ(text_of(R"({"var":"data.changes.answers.e\\.g\\. Rome.new"})", kData), R"("yes")");
  EXPECT_EQ(text_of(R"({"var":"data.changes.status.new"})", kData), R"("QUALIFIED")");
  EXPECT_EQ(
      text_of(R"({"missing":["data.changes.additionalInfo.insuranceProvider.new","data.changes.x.new"]})",
              kData),
      R"(["data.changes.x.new"])");
}

TEST(Variable, TakesTheLongestKeyThatLeadsOn) {
  EXPECT_EQ(text_of(R"({"var":"a.b.c"})", R"({"a":{"b":{"c":1},"b.c":2},"a.b":{"c":3},"a.b.c":4})"), "4");
  EXPECT_EQ(text_of(R"({"var":"a.b.c"})", R"({"a":{"b":{"c":1},"b.c":2},"a.b":{"c":3}})"), "3");
  EXPECT_EQ(text_of(R"({"var":"a.b.c"})", R"({"a":{"b":{"c":1},"b.c":2},"a.b":{"d":3}})"), "2");
  EXPECT_EQ(text_of(R"({"var":"a.b.c"})", R"({"a":{"b":{"c":1}},"a.b":5})"), "1");
}

TEST(Variable, TakesABackslashBeforeADotOfAKey) {
  EXPECT_EQ(text_of(R"({"var":"a\\.b"})", R"({"a":{"b":1},"a.b":2})"), "2");
  EXPECT_EQ(text_of(R"({"var":"a\\.b"})", R"({"a":{"b":1}})"), "null");
  EXPECT_EQ(text_of(R"({"var":"a\\\\b.c"})", R"({"a\\b":{"c":1}})"), "1");
  EXPECT_EQ(text_of(R"({"var":["a","d"]})", R"({"b":1})"), R"("d")");
  EXPECT_EQ(text_of(R"({"var":[{"cat":["a","\\"]},"d"]})", R"({"a":1})"), R"("d")");
}

TEST(Variable, FindsNoElementOfAListThatHasNoNumber) {
  for (const char* path : {"l.", "l.x", "l.-1", "l.01", "l.1x"})
    EXPECT_EQ(text_of(R"({"var":[")" + std::string(path) + R"(","none"]})", R"({"l":["a","b"]})"),
              R"("none")")
        << path;
  EXPECT_EQ(text_of(R"({"var":"l.0"})", R"({"l":["a","b"]})"), R"("a")");
}

TEST(Variable, InsideAnElementSeesOnlyTheElement) {
  EXPECT_EQ(
      text_of(R"({"map":[{"var":"l"},{"var":["outer","none"]}]})", R"({"l":[{"outer":1},{}],"outer":2})"),
      R"([1,"none"])");
  EXPECT_EQ(text_of(R"({"and":[{"some":[{"var":"l"},{"var":"a"}]},{"var":"outer"}]})",
                    R"({"l":[{"a":1}],"outer":2})"),
            "2");
}

TEST(Equality, OfArraysAndObjectsGoesByWhatTheyHold) {
  EXPECT_EQ(text_of(R"({"==":[{"var":"a"},{"var":"b"}]})", R"({"a":{"x":[1]},"b":{"x":[1.0]}})"), "true");
  EXPECT_EQ(text_of(R"({"===":[{"var":"a"},["x"]]})", R"({"a":["x"]})"), "true");
  EXPECT_EQ(text_of(R"({"!=":[{"var":"a"},["y"]]})", R"({"a":["x"]})"), "true");
  EXPECT_EQ(text_of(R"({"!==":[{"var":"a"},["x"]]})", R"({"a":["x"]})"), "false");
  EXPECT_EQ(text_of(R"({"in":[{"var":"a"},{"var":"l"}]})", R"({"a":{"id":1},"l":[{"id":2},{"id":1}]})"),
            "true");
}

TEST(Numbers, BeyondADoubleAreComparedExactly) {
  EXPECT_EQ(text_of(R"({"==":[{"var":"a"},9007199254740992]})", R"({"a":9007199254740993})"), "false");
}

TEST(Texts, AreMeasuredInCharacters) {
  EXPECT_EQ(text_of(R"({"substr":["\ud83d\ude00bc",1]})"), R"("bc")");
  EXPECT_EQ(text_of(R"({"substr":["\ud83d\ude00bc",0,1]})"), "\"\xF0\x9F\x98\x80\"");
  EXPECT_EQ(text_of(R"({"var":["t.length","none"]})", R"({"t":"abc"})"), R"("none")");
}

struct Refusal {
  const char* rule;
  const char* field;
  const char* message;
};

void PrintTo(const Refusal& refusal, std::ostream* out) {
  *out << refusal.rule;
}

class RefusedRule : public ::testing::TestWithParam<Refusal> {};

TEST_P(RefusedRule, IsNamedByItsPlaceWithTheCure) {
  const Error error = refusal(GetParam().rule);
  EXPECT_EQ(error.fault, Fault::invalid);
  EXPECT_EQ(error.field, GetParam().field);
  EXPECT_THAT(error.message, HasSubstr(GetParam().message));
}

INSTANTIATE_TEST_SUITE_P(
    All, RefusedRule,
    ::testing::Values(Refusal{"true", "filter", "must be a rule"},
                      Refusal{"\"QUALIFIED\"", "filter", "must be a rule"},
                      Refusal{"null", "filter", "must be a rule"}, Refusal{"[]", "filter", "must be a rule"},
                      Refusal{"{}", "filter", "has 0 members"},
                      Refusal{R"({"==":[1,1],"!=":[1,1]})", "filter", R"(join rules with "and")"},
                      Refusal{R"({"and":[true,{"=":[1,1]}]})", "filter.and.1",
                              R"(unknown operator "="; there are var,)"},
                      Refusal{R"({"or":[{"!":[{"log":1}]}]})", "filter.or.0.!.0", "unknown operator \"log\""},
                      Refusal{R"({"in":["a",[1,{"x":1,"y":2}]]})", "filter.in.1.1", "has 2 members"},
                      Refusal{R"({"==":[1]})", "filter.==", "has 1 arguments; it takes 2"},
                      Refusal{R"({"<":[1,2,3,4]})", "filter.<", "it takes 2 to 3"},
                      Refusal{R"({"and":[]})", "filter.and", "it takes 1 or more"},
                      Refusal{R"({"!":[1,2]})", "filter.!", "it takes 1"},
                      Refusal{R"({"var":"a\\b"})", "filter.var.0", "backslash"},
                      Refusal{R"({"var":[["a"]]})", "filter.var.0", "path of a value"}));

TEST(Condition, NamesTheFieldThatItWasGivenFor) {
  const Result<Condition> condition = Condition::parse(parsed(R"({"and":[{"x":1}]})"), "rules.3");
  ASSERT_FALSE(condition);
  EXPECT_EQ(condition.error().field, "rules.3.and.0");
}

TEST(Condition, IsBoundedInDepthAndSize) {
  const auto nested = [](int levels) {
    std::string rule = "1";
    for (int i = 0; i < levels; ++i) rule = "{\"!\":" + rule + "}";
    return rule;
  };
  EXPECT_TRUE(Condition::parse(parsed(nested(16))));
  EXPECT_THAT(refusal(nested(17)).message, HasSubstr("more than 16 operators deep"));

  const auto wide = [](int rules) {
    std::string rule = R"({"and":[)";
    for (int i = 0; i < rules; ++i) rule += R"({"!":0},)";
    return rule + "1]}";
  };
  EXPECT_TRUE(Condition::parse(parsed(wide(99))));  // with `and` and 1: 200
  EXPECT_THAT(refusal(wide(100)).message, HasSubstr("larger than 200"));

  JsonArray ids(10'000, Json("id"));
  EXPECT_TRUE(Condition::parse(JsonObject{{"in", JsonArray{JsonObject{{"var", "id"}}, ids}}}));
}

JsonObject list_of(std::size_t elements) {
  return {{"l", JsonArray(elements, Json(1))}};
}

TEST(Condition, ThatNeedsTooManyStepsIsNullAndDoesNotHold) {
  const Json nested = parsed(R"({"!":{"some":[{"var":"l"},{"var":"absent"}]}})");
  EXPECT_EQ(evaluated(nested, list_of(1000)), true);
  EXPECT_EQ(evaluated(nested, list_of(100'000)), nullptr);
  EXPECT_FALSE(Condition::parse(nested)->holds(list_of(100'000)));

  const Json squared = parsed(
      R"({"reduce":[{"var":"l"},{"+":[{"var":"accumulator"},{"reduce":[[1,2,3,4,5,6,7,8,9,10],{"+":[1,1]},0]}]},0]})");
  EXPECT_EQ(evaluated(squared, list_of(10)), 20);
  EXPECT_EQ(evaluated(squared, list_of(1000)), nullptr);
}

TEST(Condition, ThatMakesTooLongATextIsNull) {
  const Json doubling =
      parsed(R"({"reduce":[{"var":"l"},{"cat":[{"var":"accumulator"},{"var":"accumulator"}]},"xxxxxxxx"]})");
  EXPECT_EQ(evaluated(doubling, list_of(3)).as_string().size(), 64U);
  EXPECT_EQ(evaluated(doubling, list_of(64)), nullptr);
  const Json growing =
      parsed(R"({"reduce":[{"var":"l"},{"merge":[{"var":"accumulator"},{"var":"accumulator"}]},[1]]})");
  EXPECT_EQ(evaluated(growing, list_of(3)).as_array().size(), 8U);
  EXPECT_EQ(evaluated(growing, list_of(64)), nullptr);
}

TEST(Condition, PaysForWhatItGoesThrough) {
  const JsonObject data{{"l", JsonArray(1000, Json(1))}, {"text", std::string(500'000, 'x')}};
  const Json search = parsed(R"({"map":[{"var":"l"},{"in":["y","abc"]}]})");
  EXPECT_EQ(evaluated(search, data).as_array().size(), 1000U);
  const Json long_search = parsed(
      R"({"reduce":[[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20],{"!":{"in":["y",{"var":"current"}]}},0]})");
  EXPECT_EQ(evaluated(long_search, data), true);
  JsonObject repeated{{"l", JsonArray(20, Json(std::string(500'000, 'x')))}};
  EXPECT_EQ(evaluated(parsed(R"({"!":{"some":[{"var":"l"},{"in":["y",{"var":""}]}]}})"), repeated), nullptr);
}

}  // namespace
}  // namespace deltapost::condition
