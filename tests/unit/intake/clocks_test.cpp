#include "intake/clocks.hpp"

#include <gtest/gtest.h>

namespace deltapost::intake {
namespace {

constexpr std::string_view kContact =
    R"({"id":5,"firstName":"Raya","status":"POTENTIAL","createdAt":"2025-05-09T15:28:40.783Z",)"
    R"("previewId":"contact_x","timeZone":"UTC","country":null,)"
    R"("questionsAndAnswers":{"1_question":"Age","1_response":"40","Age":"40"},)"
    R"("tracking":{"utm.x":"a","first_utm_source":"b"}})";

// As it has been kept from the first release on.
constexpr std::string_view kText =
    R"({"v":3,"n":2000,"b":1000,"f":{"country":1500,"timeZone":0,"tracking.utm\\.x":[2000,4]},)"
    R"("o":{"createdAt":[500,1],"previewId":[500]},"q":{"City":[2,1000]}})";

Stamp at(int millis, std::uint64_t sequence = 0) {
  return {Time{Millis{millis}}, sequence};
}

TEST(ClocksText, ListsOnlyWhatNeitherTheCommonestTimeNorTheDocumentTells) {
  Clocks clocks;
  clocks.version = 3;
  clocks.newest = at(2000);
  for (const char* field : {"firstName", "status"}) clocks.set({field}, at(1000));
  clocks.set({"questionsAndAnswers", "Age"}, at(1000));
  clocks.set({"tracking", "utm.x"}, at(2000, 4));
  clocks.set({"country"}, at(1500));
  clocks.set_first("createdAt", {at(500), true});
  clocks.set_first("previewId", {at(500), false});
  clocks.claim_number("Age", 1, at(1000));
  clocks.claim_number("City", 2, at(1000));
  EXPECT_EQ(clocks.text(*parse_json_object(kContact)), kText);
}

TEST(ClocksText, IsReadBackAsItWasWritten) {
  const JsonObject contact = *parse_json_object(kContact);
  const auto clocks = Clocks::parse(kText, contact);
  ASSERT_TRUE(clocks);
  EXPECT_EQ(clocks->text(contact), kText);
  EXPECT_EQ(clocks->of({"status"}), at(1000));
  EXPECT_EQ(clocks->of({"timeZone"}), kNever);
  EXPECT_EQ(clocks->of({"tracking", "utm.x"}), at(2000, 4));
  EXPECT_EQ(clocks->of({"tracking", "utm_source"}), kNever);
  EXPECT_EQ(clocks->claim_of("Age").number, 1u);
  EXPECT_EQ(clocks->claim_of("City").number, 2u);
}

TEST(ClocksText, KeepsTheTimeOfAFieldThatIsGone) {
  const auto clocks = Clocks::parse(kText, *parse_json_object(kContact));
  ASSERT_TRUE(clocks);
  const std::string text = clocks->text(*parse_json_object(R"({"id":5,"status":"POTENTIAL"})"));
  const auto again = Clocks::parse(text, *parse_json_object(R"({"id":5,"status":"POTENTIAL"})"));
  ASSERT_TRUE(again) << text;
  EXPECT_EQ(again->of({"firstName"}), at(1000));
  EXPECT_EQ(again->of({"questionsAndAnswers", "Age"}), at(1000));
}

TEST(Clocks, OfAMemberAreAsNewAsItsContainersAtLeast) {
  Clocks clocks;
  clocks.set({"tags", "vip"}, at(1));
  clocks.set({"tags"}, at(2));
  EXPECT_EQ(clocks.of({"tags", "vip"}), at(2));
  EXPECT_EQ(clocks.of({"tags", "other"}), at(2));
}

}  // namespace
}  // namespace deltapost::intake
