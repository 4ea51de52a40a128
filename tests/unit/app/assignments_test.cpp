#include "app/assignments.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace deltapost::app {
namespace {

TEST(Assignments, AreTextsUnlessTheySayJson) {
  auto fields = parse_assignments({"firstName=Ann", "isHot:=true", "note=a=b", "empty="});
  ASSERT_TRUE(fields);
  EXPECT_EQ(to_text(*fields), R"({"firstName":"Ann","isHot":true,"note":"a=b","empty":""})");
}

TEST(Assignments, EnterObjectsAtDots) {
  auto fields =
      parse_assignments({"additionalInfo.a=1", "additionalInfo.b:=null", R"(additionalInfo.e\.g=x)"});
  ASSERT_TRUE(fields);
  EXPECT_EQ(to_text(*fields), R"({"additionalInfo":{"a":"1","b":null,"e.g":"x"}})");
}

TEST(Assignments, SayWhatIsWrongWithOneThatCannotBeRead) {
  EXPECT_THAT(parse_assignments({"firstName"}).error().message, ::testing::HasSubstr("name=text"));
  EXPECT_THAT(parse_assignments({"isHot:=yes"}).error().message, ::testing::HasSubstr("isHot:=yes"));
}

}  // namespace
}  // namespace deltapost::app
