#include "record/fields.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

namespace deltapost {
namespace {

using ::testing::HasSubstr;

TEST(EmailField, TakesOrdinaryAddresses) {
  for (const char* text : {"a@b.co", "john.o'neil+tag@mail.example.com", "x_y-z@xn--bcher-kva.example",
                           "1@2.example", "a@b.xn--p1ai"}) {
    EXPECT_TRUE(fields::nullable_email(Json(text), "email")) << text;
  }
  EXPECT_TRUE(fields::nullable_email(nullptr, "email"));
}

TEST(EmailField, RefusesWhatNoServerWouldTake) {
  for (const char* text :
       {"", "a", "@b.co", "a@", "a@b", ".a@b.co", "a.@b.co", "a..b@c.de", "a b@c.de", "a@-b.co", "a@b-.co",
        "a@b..co", "a@b.c", "a@b.12", "a@b.co ", "a@b@c.de", "a\n@b.co", "ü@b.co", "a@bücher.de"}) {
    const Result<Json> email = fields::nullable_email(Json(text), "email");
    ASSERT_FALSE(email) << text;
    EXPECT_EQ(email.error().field, "email");
  }
  EXPECT_FALSE(fields::nullable_email(Json(std::string(65, 'a') + "@b.co"), "email"));
  std::string domain;
  while (domain.size() < 250) domain += "abcdefghi.";
  EXPECT_FALSE(fields::nullable_email(Json("abc@" + domain + "co"), "email"));
}

TEST(TimeZoneField, IsCheckedByItsForm) {
  for (const char* text : {"UTC", "America/New_York", "America/Argentina/Buenos_Aires", "Etc/GMT+5",
                           "EST5EDT", "America/Port-au-Prince"}) {
    EXPECT_TRUE(fields::nullable_time_zone(Json(text), "timeZone")) << text;
  }
  for (const char* text : {"", "+05:00", "Eastern Time", "America//X", "America/", "/UTC", "5", "Zürich"}) {
    EXPECT_FALSE(fields::nullable_time_zone(Json(text), "timeZone")) << text;
  }
  EXPECT_FALSE(fields::nullable_time_zone(5, "timeZone"));
}

TEST(IntegerField, TakesWholeNumbersThatEveryReaderHoldsExactly) {
  EXPECT_EQ(*fields::nullable_integer(5, "id"), 5);
  EXPECT_TRUE(fields::nullable_integer(5.0, "id")->is_int64());
  EXPECT_TRUE(fields::nullable_integer((std::uint64_t{1} << 53) - 1, "id"));
  EXPECT_TRUE(fields::nullable_integer(nullptr, "id"));
  for (const Json& value : {Json(std::uint64_t{1} << 53), Json(0x1p53), Json(-1), Json(0.5), Json("5"),
                            Json(true), Json(-0x1p63), Json(1e300)}) {
    EXPECT_FALSE(fields::nullable_integer(value, "id")) << to_text(value);
  }
}

TEST(DateTimeField, IsStoredInUtcWithMilliseconds) {
  EXPECT_EQ(*fields::date_time("2025-05-09T20:28:40+05:00", "joinedTime"), "2025-05-09T15:28:40.000Z");
  for (const Json& value :
       {Json("yesterday"), Json("2025-02-30T00:00:00Z"), Json(1746804520), Json(nullptr)}) {
    const Result<Json> time = fields::date_time(value, "joinedTime");
    ASSERT_FALSE(time);
    EXPECT_EQ(time.error().field, "joinedTime");
    EXPECT_THAT(time.error().message, HasSubstr("2025-05-09T15:28:40.783Z"));
  }
}

TEST(ObjectField, IsBounded) {
  EXPECT_TRUE(fields::nullable_object(JsonObject{{"a", 1}}, "event"));
  EXPECT_FALSE(fields::nullable_object(JsonArray{}, "event"));
  const Result<Json> large = fields::nullable_object(JsonObject{{"a", std::string(40'000, 'x')}}, "event");
  ASSERT_FALSE(large);
  EXPECT_THAT(large.error().message, HasSubstr("at most 32768"));
}

TEST(ClosestName, FindsWhatWasMeant) {
  static constexpr std::array<std::string_view, 4> kKnown{"firstName", "timeZone", "phoneNumber", "id"};
  EXPECT_EQ(fields::closest("FirstName", kKnown), "firstName");
  EXPECT_EQ(fields::closest("time_zone", kKnown), "timeZone");
  EXPECT_EQ(fields::closest("timezon", kKnown), "timeZone");
  EXPECT_EQ(fields::closest("phone", kKnown), "phoneNumber");
  EXPECT_EQ(fields::closest("fristName", kKnown), "firstName");
  EXPECT_EQ(fields::closest("ib", kKnown), "");
  EXPECT_EQ(fields::closest("completely", kKnown), "");
  EXPECT_EQ(fields::closest(std::string(10'000, 'x'), kKnown), "");
}

TEST(ShownValue, IsCutAtAWholeCharacter) {
  std::string text(58, 'x');
  text += "éé";
  EXPECT_EQ(fields::shown(Json(text)), "\"" + std::string(58, 'x') + "…");
}

TEST(CheckSize, CountsTheBytesOfTheTextExactly) {
  const std::size_t around = std::string_view(R"({"a":""})").size();
  for (const char c : {'x', '\n', '\x01'}) {
    const std::size_t each = to_text(Json(std::string(1, c))).size() - 2;
    const std::string most((fields::kMaxObjectBytes - around) / each, c);
    EXPECT_TRUE(fields::check_size(Json(JsonObject{{"a", most}}), "event")) << each;
    EXPECT_FALSE(fields::check_size(Json(JsonObject{{"a", most + std::string(each, c) + c}}), "event"))
        << each;
  }
}

}  // namespace
}  // namespace deltapost
