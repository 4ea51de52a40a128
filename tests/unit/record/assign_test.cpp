#include "record/assign.hpp"

#include <gtest/gtest.h>

#include "record/contact.hpp"
#include "record/lead.hpp"

namespace deltapost {
namespace {

TEST(Assign, NamesTheMemberOfTheRecordWhenATagIsWrong) {
  const auto lead = lead::create(*parse_json_object(R"({"phone": "+15550001111"})"), "l1", Time{});
  ASSERT_TRUE(lead);
  const auto field_of = [&](const char* tags) {
    const auto refused = assign(Kind::lead, *lead, {{.path = {"tags"}, .value = *parse_json(tags)}});
    return refused ? std::string("taken") : refused.error().field;
  };
  EXPECT_EQ(field_of(R"("vip")"), "tags");
  EXPECT_EQ(field_of(R"(["vip", ""])"), "tags.1");
  EXPECT_EQ(field_of(R"(["vip"])"), "taken");
}

JsonObject contact_with(std::string_view answers) {
  auto contact = contact::create({}, 5, "contact_x", Time{});
  EXPECT_TRUE(contact);
  (*contact)["questionsAndAnswers"] = *parse_json(answers);
  return *contact;
}

TEST(AssignAnswers, SpellsThemBothWaysWhateverWasThere) {
  const Json forty("40"), rome("Rome");
  const std::vector<Answer> wanted{{"Age", &forty, 1}, {"City", &rome, 3}};
  for (
      const std::string_view held :
      {R"({})",
       R"({"1_question":"Age","1_response":"39","3_question":"City","3_response":"Oslo","Age":"39","City":"Oslo"})",
       R"({"1_question":"Age","1_response":"40","3_question":"City","3_response":"Rome","Age":"39","City":"Rome"})",
       R"({"1_question":"Age","1_response":"40","2_question":"City","2_response":"Rome","Age":"40","City":"Rome"})",
       R"({"1_question":"Town","1_response":"Rome","3_question":"Age","3_response":"40","Town":"Rome","Age":"40"})"}) {
    JsonObject contact = contact_with(held);
    ASSERT_TRUE(assign_answers(contact, wanted)) << held;
    EXPECT_EQ(
        to_text(contact.at("questionsAndAnswers")),
        R"({"1_question":"Age","1_response":"40","3_question":"City","3_response":"Rome","Age":"40","City":"Rome"})")
        << held;
  }
}

TEST(AssignAnswers, RefusesAnAnswerThatIsTooLongAlsoWhereTheQuestionsAreTheSame) {
  JsonObject contact = contact_with(R"({"1_question":"Age","1_response":"40","Age":"40"})");
  const Json longer(std::string(contact::kMaxAnswerCharacters + 1, 'x'));
  const auto refused = assign_answers(contact, {{"Age", &longer, 1}});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().field, "questionsAndAnswers.1_response");
}

}  // namespace
}  // namespace deltapost
