#include "record/json.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <optional>

#include "support/random_document.hpp"

namespace deltapost {
namespace {

using ::testing::HasSubstr;
using testing::kSeeds;
using testing::RandomDocument;

std::string rewritten(std::string_view text) {
  Result<Json> value = parse_json(text);
  return value ? to_text(*value) : "refused: " + value.error().message;
}

Json parsed(std::string_view text) {
  Result<Json> value = parse_json(text);
  EXPECT_TRUE(value) << text;
  return value ? *value : Json();
}

TEST(Json, KeepsTheOrderOfKeysAndTheKindOfNumbers) {
  const std::string text = R"({"z":1,"a":[1.0,-2,0.1,1e+300,18446744073709551615],"m":{"y":null,"b":true}})";
  EXPECT_EQ(rewritten(text), text);
}

TEST(Json, WritesTextThatReadsBackAsTheSame) {
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    SCOPED_TRACE(::testing::Message() << "seed " << seed);
    const JsonObject object = RandomDocument(seed).object();
    const Result<JsonObject> back = parse_json_object(to_text(object));
    ASSERT_TRUE(back) << back.error().message;
    ASSERT_TRUE(same_json(*back, object)) << to_text(object);
    ASSERT_EQ(to_text(*back), to_text(object));
  }
}

TEST(Json, EscapesWhatMustBeEscapedAndNothingElse) {
  EXPECT_EQ(to_text(Json("\"\\/\b\f\n\r\t\x01\x1f\x7f é")),
            "\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0001\\u001f\x7f é\"");
  EXPECT_EQ(rewritten(R"({"\u0061\u00e9":"\ud83d\ude00\u0000"})"), "{\"aé\":\"\xF0\x9F\x98\x80\\u0000\"}");
}

TEST(Json, NamesAKeyThatIsGivenTwice) {
  const Result<Json> value = parse_json(R"({"a":{"phone":1,"x":2,"ph\u006fne":3}})");
  ASSERT_FALSE(value);
  EXPECT_EQ(value.error().fault, Fault::malformed);
  EXPECT_EQ(value.error().field, "phone");
  EXPECT_THAT(value.error().message, HasSubstr("\"phone\" is given twice"));
  EXPECT_THAT(value.error().message, HasSubstr("at byte 33"));
}

TEST(Json, TakesTheSameKeyInTwoObjects) {
  EXPECT_EQ(rewritten(R"([{"a":1},{"a":{"a":2}}])"), R"([{"a":1},{"a":{"a":2}}])");
}

TEST(Json, FindsARepeatedKeyAmongMany) {
  std::string text = "{";
  for (int i = 0; i < 100; ++i) text += "\"k" + std::to_string(i) + "\":0,";
  const Result<Json> value = parse_json(text + "\"k42\":1}");
  ASSERT_FALSE(value);
  EXPECT_EQ(value.error().field, "k42");
}

struct Malformed {
  const char* text;
  const char* message;
};

class MalformedJson : public ::testing::TestWithParam<Malformed> {};

TEST_P(MalformedJson, IsRefusedWithItsPlace) {
  const Result<Json> value = parse_json(GetParam().text);
  ASSERT_FALSE(value) << GetParam().text;
  EXPECT_EQ(value.error().fault, Fault::malformed);
  EXPECT_THAT(value.error().message, HasSubstr(GetParam().message));
}

INSTANTIATE_TEST_SUITE_P(
    All, MalformedJson,
    ::testing::Values(
        Malformed{"", "too early"}, Malformed{"{\"a\":", "too early"}, Malformed{"{} x", "at byte 3"},
        Malformed{"{}{}", "something follows"}, Malformed{"NaN", "at byte 0"},
        Malformed{"Infinity", "not JSON"}, Malformed{"-Infinity", "not JSON"}, Malformed{"[1,]", "at byte 3"},
        Malformed{"{\"a\":1,}", "not JSON"}, Malformed{"{'a':1}", "not JSON"},
        Malformed{"// c\n1", "not JSON"}, Malformed{"01", "at byte 1"}, Malformed{"+1", "not JSON"},
        Malformed{".5", "not JSON"}, Malformed{"1.", "at byte 2"}, Malformed{"tru", "too early"},
        Malformed{"\"a\nb\"", "not JSON"}, Malformed{"\"\xff\"", "UTF-8"}, Malformed{"\"\xc0\xaf\"", "UTF-8"},
        Malformed{"\"\xed\xa0\x80\"", "UTF-8"}, Malformed{"{\"\xc3\":1}", "UTF-8"},
        Malformed{"\xef\xbb\xbf{}", "at byte 0"}, Malformed{R"("\ud800")", "not JSON"},
        Malformed{R"("\udc00")", "surrogate"}, Malformed{R"("\ud800\u0041")", "surrogate"},
        Malformed{R"("\u12g4")", "four hexadecimal"}, Malformed{"1e400", "beyond the range"},
        Malformed{"-1e400", "beyond the range"}, Malformed{"1e99999999999", "beyond the range"}));

TEST(Json, ReadsADoubleToItsLastBit) {
  EXPECT_EQ(parsed("0.1").get_double(), 0.1);
  EXPECT_EQ(parsed("5e-324").get_double(), 5e-324);
  EXPECT_EQ(parsed("1.7976931348623157e308").get_double(), std::numeric_limits<double>::max());
  EXPECT_EQ(parsed("123456789012345678901234567890").get_double(), 123456789012345678901234567890.0);
  EXPECT_EQ(parsed("1e-400").get_double(), 0.0);
}

TEST(Json, RefusesWhatIsNestedTooDeep) {
  const auto nested = [](int levels) { return std::string(levels, '[') + std::string(levels, ']'); };
  EXPECT_TRUE(parse_json(nested(32)));
  const Result<Json> value = parse_json(nested(33));
  ASSERT_FALSE(value);
  EXPECT_EQ(value.error().fault, Fault::too_large);
  EXPECT_THAT(value.error().message, HasSubstr("more than 32 levels"));
}

TEST(Json, RefusesTooManyBytesBeforeReadingThem) {
  const JsonLimits limits{.max_bytes = 10};
  EXPECT_TRUE(parse_json("\"12345678\"", limits));
  const Result<Json> value = parse_json("not JSON at all", limits);
  ASSERT_FALSE(value);
  EXPECT_EQ(value.error().fault, Fault::too_large);
}

TEST(Json, WantsAnObjectWhereOneIsNeeded) {
  EXPECT_TRUE(parse_json_object(" {\"a\":1} "));
  const Result<JsonObject> value = parse_json_object("[{}]");
  ASSERT_FALSE(value);
  EXPECT_EQ(value.error().fault, Fault::invalid);
}

TEST(Json, ShortensALongKeyInAMessageAtAWholeCharacter) {
  std::string key(99, 'k');
  key += "éééé";
  const Result<Json> value = parse_json("{\"" + key + "\":1,\"" + key + "\":2}");
  ASSERT_FALSE(value);
  EXPECT_EQ(value.error().field, std::string(99, 'k') + "…");
}

TEST(SameJson, ComparesNumbersAsNumbers) {
  EXPECT_TRUE(same_json(1, 1.0));
  EXPECT_TRUE(same_json(1U, 1.0));
  EXPECT_TRUE(same_json(-1, -1.0));
  EXPECT_TRUE(same_json(0, -0.0));
  EXPECT_TRUE(same_json(std::numeric_limits<std::int64_t>::min(), -0x1p63));
  EXPECT_FALSE(same_json(-1, std::numeric_limits<std::uint64_t>::max()));
  EXPECT_FALSE(same_json((std::uint64_t{1} << 53) + 1, 0x1p53));
  EXPECT_FALSE(same_json(std::numeric_limits<std::uint64_t>::max(), 0x1p64));
  EXPECT_FALSE(same_json(0, 0.5));
  EXPECT_FALSE(same_json(1, "1"));
  EXPECT_FALSE(same_json(0, false));
}

TEST(SameJson, IgnoresTheOrderOfKeysButNotOfElements) {
  EXPECT_TRUE(same_json(parsed(R"({"a":1,"b":[1,2]})"), parsed(R"({"b":[1.0,2],"a":1})")));
  EXPECT_FALSE(same_json(parsed("[1,2]"), parsed("[2,1]")));
  EXPECT_FALSE(same_json(parsed("[1]"), parsed("[1,2]")));
  EXPECT_FALSE(same_json(parsed(R"({"a":1})"), parsed(R"({"a":1,"b":2})")));
  EXPECT_FALSE(same_json(parsed(R"({"a":null})"), parsed(R"({"b":null})")));
}

TEST(EraseKey, KeepsTheOrderOfTheOthers) {
  JsonObject object = parsed(R"({"a":1,"b":2,"c":3,"d":4})").as_object();
  EXPECT_TRUE(erase_key(object, "b"));
  EXPECT_FALSE(erase_key(object, "b"));
  EXPECT_EQ(to_text(object), R"({"a":1,"c":3,"d":4})");
}

TEST(DocumentStorage, HoldsWhatIsParsedOrCopiedIntoItWhateverIsChangedThen) {
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    SCOPED_TRACE(::testing::Message() << "seed " << seed);
    const JsonObject object = RandomDocument(seed).object();
    const std::string text = to_text(object);
    Result<JsonObject> parsed_object = parse_json_object(text, {}, document_storage(text.size()));
    ASSERT_TRUE(parsed_object);
    JsonObject copy = copy_of_document(*parsed_object);
    parsed_object = JsonObject();  // the copy stands by itself
    ASSERT_EQ(to_text(copy), text);
    copy["added"] = std::string(5000, 'x');  // more than there is room for
    copy["added"] = RandomDocument(seed + 1).object();
    erase_key(copy, "added");
    ASSERT_TRUE(same_json(copy, object));
  }
}

TEST(DocumentStorage, LivesAsLongAsAValueOfIt) {
  const std::string text =
      R"({"kept":{"name":"a text that is too long to lie in its value"},"gone":[1,2,3]})";
  std::optional<Json> kept;
  {
    Result<JsonObject> object = parse_json_object(text, {}, document_storage(text.size()));
    ASSERT_TRUE(object);
    kept.emplace(std::move(object->at("kept")));  // moved: it stays in its storage
  }
  EXPECT_EQ(to_text(*kept), R"({"name":"a text that is too long to lie in its value"})");
}

}  // namespace
}  // namespace deltapost
