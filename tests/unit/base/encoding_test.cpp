#include "base/encoding.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace deltapost {
namespace {

using namespace std::string_literals;

// RFC 4648, section 10.
constexpr std::pair<const char*, const char*> kBase64Vectors[] = {{"", ""},
                                                                  {"f", "Zg=="},
                                                                  {"fo", "Zm8="},
                                                                  {"foo", "Zm9v"},
                                                                  {"foob", "Zm9vYg=="},
                                                                  {"fooba", "Zm9vYmE="},
                                                                  {"foobar", "Zm9vYmFy"}};

TEST(Base64, ReproducesTheVectorsOfTheStandard) {
  for (const auto& [bytes, text] : kBase64Vectors) {
    EXPECT_EQ(base64(bytes), text);
    const auto back = from_base64(text);
    ASSERT_TRUE(back) << text;
    EXPECT_EQ(*back, bytes);
  }
}

TEST(Base64, RefusesWhatIsNotTheOneSpelling) {
  for (const char* text : {"Z", "Zg", "Zg=", "Zg===", "====", "=", "Zm9v====", "Zm9v\n", "Zm 9", "Zm9-",
                           "Zg=g", "Zh==", "Zm9=", "=Zg="}) {
    EXPECT_FALSE(from_base64(text)) << text;
  }
}

TEST(Base64Url, UsesItsOwnAlphabetWithoutPadding) {
  EXPECT_EQ(base64("\xfb\xff\xfe"), "+//+");
  EXPECT_EQ(base64url("\xfb\xff\xfe"), "-__-");
  EXPECT_EQ(base64url("f"), "Zg");
  EXPECT_FALSE(from_base64url("+//+"));
  EXPECT_FALSE(from_base64url("Zg=="));
  EXPECT_FALSE(from_base64url("Z"));
}

TEST(Encodings, GiveBackEveryBytePattern) {
  constexpr unsigned kSeed = 20250509;
  SCOPED_TRACE("seed " + std::to_string(kSeed));
  SeededRandom random(kSeed);
  for (std::size_t size = 0; size < 300; ++size) {
    const std::string bytes = random_bytes(random, size);
    const auto from_64 = from_base64(base64(bytes));
    const auto from_url = from_base64url(base64url(bytes));
    const auto from_16 = from_hex(hex(bytes));
    ASSERT_TRUE(from_64 && from_url && from_16);
    EXPECT_EQ(*from_64, bytes);
    EXPECT_EQ(*from_url, bytes);
    EXPECT_EQ(*from_16, bytes);
  }
}

TEST(Hex, IsLowerCaseAndReadsBothCases) {
  EXPECT_EQ(hex("\x00\x9f\xff"s), "009fff");
  const auto upper = from_hex("009FfF");
  ASSERT_TRUE(upper);
  EXPECT_EQ(*upper, "\x00\x9f\xff"s);
}

TEST(Hex, RefusesOddLengthsAndOtherDigits) {
  for (const char* text : {"0", "abc", "0g", "G0", "0x", " 0", "@@", "``"})
    EXPECT_FALSE(from_hex(text)) << text;
}

TEST(RandomBase62, HoldsOnlyLettersAndDigitsAndReachesAllOfThem) {
  SeededRandom random(3);
  const std::string text = random_base62(random, 5000);
  ASSERT_EQ(text.size(), 5000U);
  EXPECT_TRUE(std::ranges::all_of(text, [](unsigned char c) { return std::isalnum(c) != 0; }));
  EXPECT_EQ(std::set<char>(text.begin(), text.end()).size(), 62U);
}

TEST(RandomBase62, FavoursNoDigit) {
  SeededRandom random(3);
  const std::string text = random_base62(random, 100'000);
  // 256 is 4 * 62 + 8: taken as they come, bytes would make the first eight digits a quarter more frequent.
  const auto first_eight = std::ranges::count_if(text, [](char c) { return c >= '0' && c <= '7'; });
  EXPECT_NEAR(static_cast<double>(first_eight), 100'000 * 8 / 62.0, 600);
}

TEST(TimeOrderedId, SortsByTimeAndDiffersWithinOneMillisecond) {
  SeededRandom random(4);
  const std::string early = time_ordered_id(random, 1'746'804'520'783);
  const std::string twin = time_ordered_id(random, 1'746'804'520'783);
  const std::string late = time_ordered_id(random, 1'746'804'520'784);
  EXPECT_EQ(early.size(), 26U);
  EXPECT_EQ(early.substr(0, 10), twin.substr(0, 10));
  EXPECT_NE(early, twin);
  EXPECT_LT(std::max(early, twin), late);
  EXPECT_EQ(early.find_first_not_of("0123456789abcdefghjkmnpqrstvwxyz"), std::string::npos);
}

TEST(TimeOrderedId, WritesTheMillisecondsAsAUlidDoes) {
  SeededRandom random(5);
  EXPECT_EQ(time_ordered_id(random, 1469918176385).substr(0, 10), "01aryz6s41");
  EXPECT_EQ(time_ordered_id(random, 0).substr(0, 10), "0000000000");
}

/// Gives 1, 2, 3 …
class CountingRandom final : public Random {
 public:
  void fill(std::span<std::byte> out) override {
    for (std::byte& byte : out) byte = std::byte{++last_};
  }

 private:
  std::uint8_t last_ = 0;
};

TEST(TimeOrderedId, HoldsEightyRandomBitsBehindTheTime) {
  CountingRandom random;
  EXPECT_EQ(time_ordered_id(random, 0).substr(10),
            "041061050r3gg28a");  // the bytes 1 to 10 in groups of 5 bits
}

TEST(Utf8, AcceptsEverySequenceLength) {
  for (const std::string& text :
       {""s, "plain ascii, longer than a machine word"s, "caf\xc3\xa9"s, "\xe2\x82\xac"s, "\xf0\x9f\x98\x80"s,
        "\xed\x9f\xbf"s, "\xee\x80\x80"s, "\xf4\x8f\xbf\xbf"s, "a\0b"s,
        "\xc2\x80\xdf\xbf\xe0\xa0\x80\xf0\x90\x80\x80"s}) {
    EXPECT_TRUE(valid_utf8(text)) << hex(text);
  }
}

TEST(Utf8, RefusesEveryKindOfBrokenSequence) {
  for (const std::string& text :
       {"\x80"s, "\xbf"s, "\xc0\x80"s, "\xc1\xbf"s, "\xc3"s, "\xc3("s, "\xe2\x82"s, "\xe2(\xac"s,
        "\xe0\x9f\xbf"s, "\xed\xa0\x80"s, "\xed\xbf\xbf"s, "\xf0\x8f\xbf\xbf"s, "\xf0\x9f\x98"s,
        "\xf4\x90\x80\x80"s, "\xf5\x80\x80\x80"s, "\xff"s, "\xfe"s, "\xe2\x82\xac\xac"s}) {
    EXPECT_FALSE(valid_utf8(text)) << hex(text);
    EXPECT_FALSE(valid_utf8("12345678" + text)) << hex(text);
    EXPECT_FALSE(valid_utf8("123" + text + "12345678")) << hex(text);
  }
}

TEST(Form, DecodesPlusAndPercent) {
  EXPECT_EQ(*from_form("a+b%20c%2B%c3%BC%00"), std::string("a b c+ü\0", 9));
  for (const char* text : {"%", "%2", "%zz", "%-1", "a%", "%ff"}) EXPECT_FALSE(from_form(text)) << text;
}

}  // namespace
}  // namespace deltapost
