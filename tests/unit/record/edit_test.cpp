// What an update tells of its changes is the diff of the two documents, whatever was asked for.
#include "record/edit.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <random>

#include "record/contact.hpp"
#include "record/lead.hpp"

namespace deltapost {
namespace {

constexpr Time kNow{Millis{1'780'000'000'000}};

JsonObject object(std::string_view text) {
  auto parsed = parse_json_object(text);
  EXPECT_TRUE(parsed) << text;
  return parsed ? *parsed : JsonObject{};
}

JsonObject lead() {
  return *lead::create(object(R"({"phone":"+15555555555","firstName":"John","tags":["vip"],)"
                              R"("additionalInfo":{"state":"CA","age":"40"}})"),
                       "L1", kNow);
}

JsonObject contact() {
  return *contact::create(
      object(R"({"firstName":"Raya","email":"raya@example.com","status":"QUALIFIED",)"
             R"("questionsAndAnswers":{"Team size":"11","Budget":"2,000"},)"
             R"("event":{"id":1,"name":"Call","price":5},"tracking":{"utm_source":"google"},)"
             R"("latestCall":{"id":9,"user":{"id":1,"email":"h@example.com"}},"disqualifyingGroup":[]})"),
      5, "contact_x", kNow);
}

/// A patch of up to four members, most of which a lead or contact takes.
JsonObject random_patch(std::mt19937_64& engine, std::span<const std::string_view> members) {
  static const std::array<Json, 14> values{nullptr,
                                           true,
                                           false,
                                           "",
                                           "Ann",
                                           "+1 (555) 555-5555",
                                           "ann@example.com",
                                           5,
                                           5.0,
                                           JsonObject{},
                                           JsonObject{{"state", "NV"}, {"age", nullptr}},
                                           JsonObject{{"Team size", "12"}, {"New", "yes"}},
                                           JsonObject{{"id", 1}, {"price", 5.0}, {"user", {{"id", 2}}}},
                                           JsonArray{"a", "b"}};
  JsonObject patch;
  for (std::size_t left = 1 + engine() % 4; left > 0; --left)
    patch[members[engine() % members.size()]] = values[engine() % values.size()];
  return patch;
}

template <class Update>
std::size_t expect_exact(const JsonObject& before, std::span<const std::string_view> members, Update update) {
  std::mt19937_64 engine(7);
  std::size_t changed = 0;
  for (int turn = 0; turn < 4000 && !::testing::Test::HasFailure(); ++turn) {
    const JsonObject patch = random_patch(engine, members);
    const auto edited = update(before, patch);
    if (!edited) continue;
    EXPECT_EQ(changes_text(edited->changes), changes_text(diff(before, edited->document))) << to_text(patch);
    if (edited->changes.empty()) {
      EXPECT_EQ(to_text(edited->document), to_text(before)) << to_text(patch);
    } else {
      ++changed;
    }
  }
  return changed;
}

TEST(Edit, TellsWhatTheDiffOfTheTwoDocumentsTells) {
  EXPECT_GT(expect_exact(lead(), lead::writable_fields(), lead::update), 100u);
  EXPECT_GT(expect_exact(contact(), contact::writable_fields(), contact::update), 100u);
}

TEST(Edit, TellsSeveralMembersInTheOrderOfTheDocument) {
  const auto edited = lead::update(
      lead(), object(R"({"summary":"s","firstName":"Ann","additionalInfo":{"age":null,"x":"1"}})"));
  ASSERT_TRUE(edited);
  EXPECT_EQ(changes_text(edited->changes),
            R"({"firstName":{"old":"John","new":"Ann"},"additionalInfo.age":{"old":"40"},)"
            R"("additionalInfo.x":{"new":"1"},"summary":{"old":null,"new":"s"}})");
}

TEST(Edit, TellsAMemberThatTheDocumentDidNotHave) {
  JsonObject old = lead();
  erase_key(old, "isHot");
  const auto edited = lead::update(old, object(R"({"isHot":true,"firstName":"Ann"})"));
  ASSERT_TRUE(edited);
  EXPECT_EQ(changes_text(edited->changes),
            R"({"firstName":{"old":"John","new":"Ann"},"isHot":{"new":true}})");
}

TEST(Edit, ThatChangesNothingLeavesTheTextAsItWas) {
  const auto edited = contact::update(contact(), object(R"({"event":{"price":5.0}})"));
  ASSERT_TRUE(edited);
  EXPECT_TRUE(edited->changes.empty());
  EXPECT_EQ(to_text(edited->document), to_text(contact()));
}

TEST(Edit, OfTagsAndContextTellsTheirMembers) {
  const auto tagged = lead::replace_tags(lead(), object(R"({"tagIds":["vip","new"]})"));
  ASSERT_TRUE(tagged);
  EXPECT_EQ(changes_text(tagged->changes), changes_text(diff(lead(), tagged->document)));
  const auto noted =
      lead::add_context(lead(), object(R"({"context":"calls","additionalInfo":{"age":"41"}})"));
  ASSERT_TRUE(noted);
  EXPECT_EQ(changes_text(noted->changes), changes_text(diff(lead(), noted->document)));
}

}  // namespace
}  // namespace deltapost
