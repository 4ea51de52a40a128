#include "base/time.hpp"

#include <gtest/gtest.h>

namespace deltapost {
namespace {

Time at(long long millis) {
  return Time{Millis{millis}};
}

TEST(IsoTime, IsWrittenWithMillisecondsInUtc) {
  EXPECT_EQ(iso_millis(at(0)), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(iso_millis(at(1'746'804'520'783)), "2025-05-09T15:28:40.783Z");
  EXPECT_EQ(iso_millis(at(253'402'300'799'999)), "9999-12-31T23:59:59.999Z");
}

TEST(IsoTime, CutsWhatIsBelowASecond) {
  EXPECT_EQ(iso_seconds(at(1'746'804'520'999)), "2025-05-09T15:28:40Z");
}

TEST(IsoTime, IsReadBackAsItWasWritten) {
  for (const long long millis : {0LL, 951'782'400'000LL, 1'709'164'800'001LL, 1'746'804'520'783LL}) {
    const auto read = parse_iso(iso_millis(at(millis)));
    ASSERT_TRUE(read);
    EXPECT_EQ(*read, at(millis));
  }
}

TEST(IsoTime, ReadsOffsetsAsTheSameInstant) {
  for (const char* text :
       {"2025-05-09T15:28:40.783Z", "2025-05-09t15:28:40.783z", "2025-05-09T20:28:40.783+05:00",
        "2025-05-09T09:58:40.783-05:30", "2025-05-09T15:28:40.783-00:00"}) {
    const auto read = parse_iso(text);
    ASSERT_TRUE(read) << text;
    EXPECT_EQ(*read, at(1'746'804'520'783)) << text;
  }
}

TEST(IsoTime, ReadsAnyNumberOfFractionDigitsAndCutsToMilliseconds) {
  const auto millis_of = [](const char* text) {
    const auto read = parse_iso(text);
    return read ? read->time_since_epoch().count() : -1;
  };
  EXPECT_EQ(millis_of("1970-01-01T00:00:01Z"), 1000);
  EXPECT_EQ(millis_of("1970-01-01T00:00:01.5Z"), 1500);
  EXPECT_EQ(millis_of("1970-01-01T00:00:01.05Z"), 1050);
  EXPECT_EQ(millis_of("1970-01-01T00:00:01.0059999999999999999999Z"), 1005);
}

TEST(IsoTime, KnowsLeapYears) {
  EXPECT_TRUE(parse_iso("2024-02-29T00:00:00Z"));
  EXPECT_TRUE(parse_iso("2000-02-29T00:00:00Z"));
  EXPECT_FALSE(parse_iso("2025-02-29T00:00:00Z"));
  EXPECT_FALSE(parse_iso("2100-02-29T00:00:00Z"));
}

TEST(IsoTime, RefusesWhatIsNoDateTime) {
  for (const char* text : {"",
                           "2025-05-09",
                           "2025-05-09T15:28:40",
                           "2025-05-09 15:28:40Z",
                           "2025-05-09T15:28Z",
                           "2025-05-09T15:28:40.Z",
                           "2025-05-09T15:28:40Z ",
                           " 2025-05-09T15:28:40Z",
                           "2025-5-9T15:28:40Z",
                           "2025-05-09T15:28:40+0500",
                           "2025-05-09T15:28:40+05",
                           "2025-05-09T15:28:40+24:00",
                           "2025-05-09T15:28:40+05:60",
                           "2025-13-01T00:00:00Z",
                           "2025-00-01T00:00:00Z",
                           "2025-04-31T00:00:00Z",
                           "2025-04-00T00:00:00Z",
                           "2025-05-09T24:00:00Z",
                           "2025-05-09T23:60:00Z",
                           "2025-05-09T23:59:60Z",
                           "2025-05-09T15:28:40,5Z",
                           "+025-05-09T15:28:40Z",
                           "1969-12-31T23:59:59Z",
                           "10000-01-01T00:00:00Z",
                           "now"}) {
    const auto read = parse_iso(text);
    ASSERT_FALSE(read) << text;
    EXPECT_EQ(read.error().fault, Fault::invalid);
  }
}

TEST(IsoTime, RefusesAnOffsetThatLeavesTheYears) {
  EXPECT_FALSE(parse_iso("1970-01-01T00:00:00+00:01"));
  EXPECT_TRUE(parse_iso("1970-01-01T00:00:00-00:01"));
  EXPECT_FALSE(parse_iso("9999-12-31T23:59:59-00:01"));
  EXPECT_TRUE(parse_iso("9999-12-31T23:59:59+00:01"));
}

}  // namespace
}  // namespace deltapost
