#include <gtest/gtest.h>

#include "samples.hpp"

namespace deltapost::format {
namespace {

/// The contact of the vendor's sample, just qualified, with one answer changed.
ChangeView qualified() {
  JsonObject before = with(contact(), R"({"status": "POTENTIAL"})");
  before.at("questionsAndAnswers").as_object()["4_response"] = "before";
  before.at("questionsAndAnswers").as_object()["Additional Information Question 1"] = "before";
  ChangeView view = contact_step(before, contact());
  view.updated_at = time_of("2025-05-09T15:28:41.385Z");
  return view;
}

JsonObject only_contact(const std::string& text) {
  const auto parsed = parse_json(text);
  EXPECT_TRUE(parsed && parsed->is_array() && parsed->get_array().size() == 1) << text;
  return parsed->as_array().at(0).as_object();
}

TEST(Iclosed, WritesTheVendorsSampleAsAnArray) {
  EXPECT_EQ(body(Format::iclosed, event("contactUpdated"), qualified()), golden("iclosed_updated"));
}

TEST(Iclosed, WritesTheBareObjectWhereItIsAskedFor) {
  const std::string array = golden("iclosed_updated");
  EXPECT_EQ(body(Format::iclosed, event("contactUpdated"), qualified(), {.bare_object = true}),
            array.substr(1, array.size() - 2));
}

JsonObject backwards(const JsonObject& object) {
  JsonObject reversed;
  for (auto member = object.end(); member != object.begin();) {
    --member;
    reversed.emplace(member->key(), member->value());
  }
  return reversed;
}

TEST(Iclosed, KeepsTheVendorsOrderWhateverTheDocuments) {
  ChangeView view = qualified();
  JsonObject contact = *view.after;
  JsonObject& answers = contact.at("questionsAndAnswers").as_object();
  answers = backwards(answers);
  view.after = std::make_shared<const JsonObject>(backwards(contact));
  EXPECT_EQ(body(Format::iclosed, event("contactUpdated"), view), golden("iclosed_updated"));
}

TEST(Iclosed, LosesNoAnswerWhoseSpellingIsUnusual) {
  const auto after = with(contact(), R"({"questionsAndAnswers": {
    "No number": "a", "10_question": "Ten", "Ten": "t", "10_response": "t", "02_question": "label", "_question": "label",
    "2_question": "Two", "2_response": null, "x_response": "label", "99999999999_question": "label", "Two": null,
    "4_question": "2_question", "5_question": "Two"}})");
  const auto told =
      only_contact(body(Format::iclosed, event("contactUpdated"), contact_step(contact(), after)));
  EXPECT_EQ(
      to_text(told.at("questionsAndAnswers")),
      R"({"2_question":"Two","2_response":null,"4_question":"2_question","5_question":"Two","10_question":"Ten",)"
      R"("10_response":"t","Two":null,"Ten":"t","No number":"a","02_question":"label","_question":"label",)"
      R"("x_response":"label","99999999999_question":"label"})");
}

TEST(Iclosed, NamesEachChangedTopLevelFieldOnce) {
  JsonObject after = with(contact(), R"({"phoneNumber": "+1234567890", "latestCall": null})");
  after.at("tracking").as_object()["utm_source"] = "ad";
  after.at("tracking").as_object()["utm_medium"] = "cpc";
  const auto told =
      only_contact(body(Format::iclosed, event("contactUpdated"), contact_step(contact(), after)));
  EXPECT_EQ(to_text(told.at("updatedAttributes")), R"(["phoneNumber","tracking","latestCall"])");
  EXPECT_EQ(told.at("latestCall"), nullptr);
}

TEST(Iclosed, CallsACreationContactCreatedWithoutUpdatedAttributes) {
  const auto told =
      only_contact(body(Format::iclosed, event("newContactCreated"), contact_step({}, contact())));
  EXPECT_EQ(told.at("hookType"), "Contact created");
  EXPECT_EQ(told.at("updatedAttributes"), JsonArray{});
  EXPECT_FALSE(told.contains("deletedAt"));
}

TEST(Iclosed, CallsADeletionContactDeletedAndSaysWhen) {
  const auto after = with(contact(), R"({"deletedAt": "2026-03-04T05:06:00.250Z"})");
  const auto told =
      only_contact(body(Format::iclosed, event("contactDeleted"), contact_step(contact(), after)));
  EXPECT_EQ(told.at("hookType"), "Contact deleted");
  EXPECT_EQ(told.at("deletedAt"), "2026-03-04T05:06:00.250Z");
  EXPECT_EQ(told.at("updatedAttributes"), JsonArray{});
  EXPECT_EQ(std::prev(told.end())->key(), "hookType");
}

}  // namespace
}  // namespace deltapost::format
