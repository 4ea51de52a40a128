#include "record/path.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "record/diff.hpp"

namespace deltapost {
namespace {

using ::testing::HasSubstr;

FieldPath path(std::string_view text) {
  Result<FieldPath> parsed = parse_dotted(text);
  EXPECT_TRUE(parsed) << text;
  return parsed ? *parsed : FieldPath{};
}

FieldPattern pattern(std::string_view text) {
  Result<FieldPattern> parsed = FieldPattern::parse(text);
  EXPECT_TRUE(parsed) << text;
  return parsed ? *parsed : FieldPattern{};
}

FieldChange change(std::string_view at, const char* before, const char* after) {
  const auto value = [](const char* text) {
    return text == nullptr ? std::nullopt : std::optional<Json>(*parse_json(text));
  };
  return {path(at), value(before), value(after)};
}

TEST(DottedPath, EscapesTheDotsAndBackslashesOfAKey) {
  EXPECT_EQ(dotted({"answers", "e.g. Rome"}), R"(answers.e\.g\. Rome)");
  EXPECT_EQ(dotted({R"(a\)", "b"}), R"(a\\.b)");
  EXPECT_EQ(path(R"(a\\.b)"), (FieldPath{R"(a\)", "b"}));
  EXPECT_EQ(path(R"(a\.b)"), (FieldPath{"a.b"}));
}

TEST(DottedPath, HoldsEmptyKeysWithoutDoubt) {
  EXPECT_EQ(path(""), (FieldPath{""}));
  EXPECT_EQ(path("a."), (FieldPath{"a", ""}));
  EXPECT_EQ(path(".a"), (FieldPath{"", "a"}));
  EXPECT_EQ(path("."), (FieldPath{"", ""}));
  EXPECT_EQ(dotted({"a", "", "b"}), "a..b");
}

TEST(DottedPath, ReadsBackWhatItWrote) {
  for (std::uint64_t seed = 0; seed < 3000; ++seed) {
    SCOPED_TRACE(::testing::Message() << "seed " << seed);
    std::mt19937_64 engine(seed);
    FieldPath keys(1 + engine() % 4);
    for (std::string& key : keys) {
      for (std::size_t size = engine() % 4; size > 0; --size) key += "a.\\*"[engine() % 4];
    }
    ASSERT_EQ(path(dotted(keys)), keys) << dotted(keys);
  }
}

TEST(DottedPath, RefusesABackslashThatEscapesNothing) {
  for (const char* text : {"a\\", "a\\b", "a\\*"}) {
    const Result<FieldPath> parsed = parse_dotted(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().fault, Fault::invalid);
    EXPECT_THAT(parsed.error().message, HasSubstr(text));
  }
}

TEST(FieldPattern, CoversTheFieldAndAllBelow) {
  const FieldPattern info = pattern("additionalInfo");
  EXPECT_TRUE(info.touches(change("additionalInfo", "{}", "null")));
  EXPECT_TRUE(info.touches(change("additionalInfo.age", nullptr, "\"42\"")));
  EXPECT_FALSE(info.touches(change("additionalInformation", "1", "2")));
  EXPECT_FALSE(info.touches(change("email", "1", "2")));
  EXPECT_FALSE(pattern("additionalInfo.age").touches(change("additionalInfo.ages", "1", "2")));
}

TEST(FieldPattern, LooksIntoAnObjectThatWasReplacedWhole) {
  const FieldPattern host = pattern("latestCall.user.email");
  EXPECT_TRUE(host.touches(change("latestCall", "null", R"({"user":{"email":"a@b.c"}})")));
  EXPECT_TRUE(host.touches(change("latestCall.user", R"({"email":"a@b.c"})", nullptr)));
  EXPECT_FALSE(host.touches(change("latestCall", "null", R"({"user":{"id":1}})")));
  EXPECT_FALSE(host.touches(change("latestCall", "null", R"({"user":"x"})")));
}

TEST(FieldPattern, WithAStarCoversOnlyWhatIsBelow) {
  const FieldPattern below = pattern("latestCall.*");
  EXPECT_TRUE(below.touches(change("latestCall.duration", "15", "30")));
  EXPECT_TRUE(below.touches(change("latestCall", "null", R"({"duration":15})")));
  EXPECT_FALSE(below.touches(change("latestCall", "null", "{}")));
  EXPECT_FALSE(below.touches(change("latestCall", "\"a\"", "\"b\"")));
  EXPECT_FALSE(below.touches(change("status", "1", "2")));
}

TEST(FieldPattern, OfAStarAloneCoversEverything) {
  EXPECT_TRUE(pattern("*").touches(change("status", "1", "2")));
  EXPECT_TRUE(pattern("*").touches(change("a.b.c", nullptr, "2")));
}

TEST(FieldPattern, TakesAnEscapedStarAsAKey) {
  EXPECT_FALSE(pattern(R"(tags.\*)").touches(change("tags.x", "1", "2")));
  EXPECT_TRUE(pattern(R"(tags.\*)").touches(change("tags.*", "1", "2")));
  EXPECT_TRUE(pattern("5*").touches(change("5*", "1", "2")));
}

TEST(FieldPattern, JudgesByThePlaceAloneWhenNothingElseIsKnown) {
  EXPECT_TRUE(pattern("a.b").touches(FieldPath{"a"}));
  EXPECT_TRUE(pattern("a.b").touches(FieldPath{"a", "b", "c"}));
  EXPECT_FALSE(pattern("a.b").touches(FieldPath{"a", "c"}));
}

TEST(FieldPattern, RefusesWhatNamesNoField) {
  for (const char* text : {"", ".", "a.", ".*", "a..b", "a\\"}) {
    const Result<FieldPattern> parsed = FieldPattern::parse(text);
    EXPECT_FALSE(parsed) << text;
  }
  EXPECT_EQ(pattern("a.*").text(), "a.*");
}

TEST(PointerToken, EscapesWhatPointersUse) {
  EXPECT_EQ(pointer_token("a/b~c~1"), "a~1b~0c~01");
  EXPECT_EQ(pointer_token(""), "");
}

}  // namespace
}  // namespace deltapost
