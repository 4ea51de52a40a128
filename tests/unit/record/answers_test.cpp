#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "record/contact.hpp"
#include "support/json.hpp"

namespace deltapost {
namespace {

using ::testing::HasSubstr;
using testing::json;

// Two questions: 1 "Age" 40, 2 "City" Rome.
constexpr std::string_view kAgeAndCity =
    R"({"1_question":"Age","1_response":"40","2_question":"City","2_response":"Rome","Age":"40","City":"Rome"})";

struct Case {
  const char* name;
  std::string_view current;
  const char* patch;
  std::string_view result;
};

void PrintTo(const Case& test, std::ostream* out) {
  *out << test.name << ": " << test.patch;
}

class MergedAnswers : public ::testing::TestWithParam<Case> {};

TEST_P(MergedAnswers, AgreeInBothSpellings) {
  const Result<JsonObject> merged = contact::merge_answers(json(GetParam().current), json(GetParam().patch));
  ASSERT_TRUE(merged) << merged.error().field << ": " << merged.error().message;
  EXPECT_EQ(to_text(*merged), GetParam().result);
  const Result<JsonObject> again = contact::merge_answers(*merged, json(GetParam().patch));
  ASSERT_TRUE(again) << again.error().field << ": " << again.error().message;
  EXPECT_EQ(to_text(*again), GetParam().result) << "the same patch again";
}

INSTANTIATE_TEST_SUITE_P(
    All, MergedAnswers,
    ::testing::Values(
        Case{"first label", "{}", R"({"Age":"40"})", R"({"1_question":"Age","1_response":"40","Age":"40"})"},
        Case{"first pair", "{}", R"({"1_question":"Age","1_response":"40"})",
             R"({"1_question":"Age","1_response":"40","Age":"40"})"},
        Case{"both spellings", "{}", R"({"Age":"40","1_question":"Age","1_response":"40"})",
             R"({"1_question":"Age","1_response":"40","Age":"40"})"},
        Case{"nothing", kAgeAndCity, "{}", kAgeAndCity},
        Case{"its own result", kAgeAndCity, kAgeAndCity.data(), kAgeAndCity},
        Case{
            "new label", kAgeAndCity, R"({"Job":"cook"})",
            R"({"1_question":"Age","1_response":"40","2_question":"City","2_response":"Rome","3_question":"Job",)"
            R"("3_response":"cook","Age":"40","City":"Rome","Job":"cook"})"},
        Case{
            "answer by label", kAgeAndCity, R"({"Age":"41"})",
            R"({"1_question":"Age","1_response":"41","2_question":"City","2_response":"Rome","Age":"41","City":"Rome"})"},
        Case{
            "answer by number", kAgeAndCity, R"({"2_response":""})",
            R"({"1_question":"Age","1_response":"40","2_question":"City","2_response":"","Age":"40","City":""})"},
        Case{
            "renamed question", kAgeAndCity, R"({"1_question":"Years"})",
            R"({"1_question":"Years","1_response":"40","2_question":"City","2_response":"Rome","Years":"40","City":"Rome"})"},
        Case{
            "renamed and answered", kAgeAndCity, R"({"1_question":"Years","1_response":"41","Years":"41"})",
            R"({"1_question":"Years","1_response":"41","2_question":"City","2_response":"Rome","Years":"41","City":"Rome"})"},
        Case{
            "swapped", kAgeAndCity,
            R"({"1_question":"City","1_response":"Rome","2_question":"Age","2_response":"40"})",
            R"({"1_question":"City","1_response":"Rome","2_question":"Age","2_response":"40","City":"Rome","Age":"40"})"},
        Case{"label removed", kAgeAndCity, R"({"Age":null})",
             R"({"2_question":"City","2_response":"Rome","City":"Rome"})"},
        Case{"question removed", kAgeAndCity, R"({"2_question":null})",
             R"({"1_question":"Age","1_response":"40","Age":"40"})"},
        Case{"response removed", kAgeAndCity, R"({"2_response":null,"City":null})",
             R"({"1_question":"Age","1_response":"40","Age":"40"})"},
        Case{"unanswered question", "{}", R"({"1_question":"Age","1_response":null})", "{}"},
        Case{"unknown label removed", kAgeAndCity, R"({"Job":null,"9_question":null})", kAgeAndCity},
        Case{
            "gap stays a gap", R"({"2_question":"City","2_response":"Rome","City":"Rome"})",
            R"({"Age":"40"})",
            R"({"2_question":"City","2_response":"Rome","3_question":"Age","3_response":"40","City":"Rome","Age":"40"})"},
        Case{"gap filled by its number", R"({"2_question":"City","2_response":"Rome","City":"Rome"})",
             R"({"1_question":"Age","1_response":"40"})", kAgeAndCity},
        Case{
            "numbers sort as numbers", "{}",
            R"({"10_question":"Ten","10_response":"x","9_question":"Nine","9_response":"y"})",
            R"({"9_question":"Nine","9_response":"y","10_question":"Ten","10_response":"x","Nine":"y","Ten":"x"})"},
        Case{
            "label with dots and digits", "{}",
            R"({"e.g. 1_question?":"x","_question":"y","a_response":"z"})",
            R"({"1_question":"e.g. 1_question?","1_response":"x","2_question":"_question","2_response":"y",)"
            R"("3_question":"a_response","3_response":"z","e.g. 1_question?":"x","_question":"y","a_response":"z"})"}));

struct Refusal {
  const char* patch;
  const char* field;
  const char* message;
};

void PrintTo(const Refusal& refusal, std::ostream* out) {
  *out << refusal.patch;
}

class RefusedAnswers : public ::testing::TestWithParam<Refusal> {};

TEST_P(RefusedAnswers, NameTheMemberAndTheCure) {
  const Result<JsonObject> merged = contact::merge_answers(json(kAgeAndCity), json(GetParam().patch));
  ASSERT_FALSE(merged) << to_text(*merged);
  EXPECT_EQ(merged.error().fault, Fault::invalid);
  EXPECT_EQ(merged.error().field, std::string("questionsAndAnswers.") + GetParam().field);
  EXPECT_THAT(merged.error().message, HasSubstr(GetParam().message));
}

INSTANTIATE_TEST_SUITE_P(
    All, RefusedAnswers,
    ::testing::Values(
        Refusal{R"({"1_response":"41","Age":"42"})", "Age", "answered otherwise by 1_response"},
        Refusal{R"({"1_response":"41","Age":null})", "Age", "answered otherwise by 1_response"},
        Refusal{R"({"1_question":null,"Age":"41"})", "Age", "removed by its number"},
        Refusal{R"({"3_question":"Job","3_response":null,"Job":"cook"})", "Job", "removed by its number"},
        Refusal{R"({"1_question":null,"1_response":"41"})", "1_question", "there is a response"},
        Refusal{R"({"3_question":"Job"})", "3_question", "needs 3_response"},
        Refusal{R"({"3_response":"cook"})", "3_response", "needs 3_question"},
        Refusal{R"({"2_question":"Age"})", "2_question", "has the label of question 1"},
        Refusal{R"({"3_question":"Age","3_response":"x"})", "3_question", "write 1_response"},
        Refusal{R"({"0_question":"x"})", "0_question", "numbers go from 1 to 9999"},
        Refusal{R"({"01_response":"x"})", "01_response", "numbers go from 1 to 9999"},
        Refusal{R"({"10000_response":"x"})", "10000_response", "numbers go from 1 to 9999"},
        Refusal{R"({"1_question":"2_response"})", "1_question", "cannot be a label"},
        Refusal{R"({"1_question":""})", "1_question", "empty label"},
        Refusal{R"({"":"x"})", "", "empty label"}, Refusal{R"({"Age":40})", "Age", R"(write "40")"},
        Refusal{R"({"City":["Rome"]})", "City", "not an array"}));

TEST_P(MergedAnswers, AreTheSameWhenMergedInPlace) {
  JsonObject answers = json(GetParam().current);
  ASSERT_TRUE(contact::merge_into_answers(answers, json(GetParam().patch)));
  EXPECT_EQ(to_text(answers), GetParam().result);
}

TEST_P(RefusedAnswers, AreRefusedInPlaceInTheSameWords) {
  JsonObject answers = json(kAgeAndCity);
  const auto refused = contact::merge_into_answers(answers, json(GetParam().patch));
  const auto expected = contact::merge_answers(json(kAgeAndCity), json(GetParam().patch));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message, expected.error().message);
}

TEST(MergedAnswers, OfADocumentWhoseSpellingsDoNotAgreeAreDerivedAnew) {
  for (
      const std::string_view held :
      {R"({"2_question":"City","2_response":"Rome","1_question":"Age","1_response":"40","City":"Rome","Age":"40"})",
       R"({"1_question":"Age","1_response":"40","2_question":"City","2_response":"Rome","City":"Rome","Age":"40"})",
       R"({"1_question":"Age","2_question":"City","1_response":"40","2_response":"Rome","Age":"40","City":"Rome"})",
       R"({"1_question":"Age","1_response":"40","2_question":"City","2_response":"Paris","Age":"40","City":"Rome"})",
       R"({"1_question":"Age","1_response":"40","2_question":"City","2_response":"Rome","Age":"40"})"}) {
    JsonObject answers = json(held);
    const auto merged = contact::merge_into_answers(answers, json(R"({"Age":"41"})"));
    const auto expected = contact::merge_answers(json(held), json(R"({"Age":"41"})"));
    ASSERT_EQ(merged.has_value(), expected.has_value()) << held;
    EXPECT_EQ(merged ? to_text(answers) : merged.error().message,
              expected ? to_text(*expected) : expected.error().message)
        << held;
  }
}

TEST(MergedAnswers, AreBoundedInNumberAndLength) {
  JsonObject many;
  for (int i = 0; i < 500; ++i) many.emplace("Question " + std::to_string(i), "x");
  const Result<JsonObject> full = contact::merge_answers({}, many);
  ASSERT_TRUE(full);
  EXPECT_FALSE(contact::merge_answers(*full, {{"One more", "x"}}));
  EXPECT_TRUE(contact::merge_answers(*full, {{"One more", "x"}, {"Question 1", nullptr}}));
  EXPECT_FALSE(contact::merge_answers({}, {{std::string(501, 'q'), "x"}}));
  EXPECT_FALSE(contact::merge_answers({}, {{"q", std::string(16385, 'x')}}));
  const Result<JsonObject> last =
      contact::merge_answers({}, json(R"({"9999_question":"a","9999_response":"b"})"));
  ASSERT_TRUE(last);
  EXPECT_FALSE(contact::merge_answers(*last, {{"c", "d"}}));
}

// Whatever is written in whichever spelling: both always say the same.
TEST(MergedAnswers, StayConsistentThroughRandomWrites) {
  for (std::uint64_t seed = 0; seed < 500; ++seed) {
    SCOPED_TRACE(::testing::Message() << "seed " << seed);
    std::mt19937_64 engine(seed);
    const auto word = [&](const char* prefix) { return prefix + std::to_string(engine() % 4); };
    JsonObject answers;
    for (int step = 0; step < 20; ++step) {
      JsonObject patch;
      const std::string number = std::to_string(1 + engine() % 4);
      if (engine() % 2 == 0) patch[word("label ")] = engine() % 4 == 0 ? Json() : Json(word("a"));
      if (engine() % 2 == 0) patch[number + "_question"] = engine() % 4 == 0 ? Json() : Json(word("label "));
      if (engine() % 2 == 0) patch[number + "_response"] = engine() % 4 == 0 ? Json() : Json(word("a"));
      const Result<JsonObject> merged = contact::merge_answers(answers, patch);
      if (!merged) continue;
      answers = *merged;
      std::size_t questions = 0;
      for (int n = 1; n < 100; ++n) {
        const Json* question = answers.if_contains(std::to_string(n) + "_question");
        if (question == nullptr) continue;
        ++questions;
        ASSERT_EQ(answers.at(question->as_string()), answers.at(std::to_string(n) + "_response"));
      }
      ASSERT_EQ(answers.size(), 3 * questions) << to_text(answers);
    }
  }
}

}  // namespace
}  // namespace deltapost
