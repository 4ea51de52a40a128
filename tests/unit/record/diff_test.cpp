#include "record/diff.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/json.hpp"
#include "support/random_document.hpp"

namespace deltapost {
namespace {

using ::testing::HasSubstr;
using testing::json;
using testing::kSeeds;
using testing::RandomDocument;

std::string difference(std::string_view before, std::string_view after) {
  return to_text(diff_to_json(diff(json(before), json(after))));
}

// Calls `check` with pairs of documents that have much and those that have little in common.
template <class Check>
void for_random_pairs(Check check) {
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    RandomDocument random(seed);
    const JsonObject a = random.object();
    const JsonObject b = seed % 4 == 0 ? random.object() : random.altered(a);
    SCOPED_TRACE(::testing::Message() << "seed " << seed << "\n a " << to_text(a) << "\n b " << to_text(b));
    check(a, b);
    if (::testing::Test::HasFatalFailure()) return;
  }
}

TEST(Diff, NamesExactlyTheFieldsThatDiffer) {
  EXPECT_EQ(difference(R"({"a":1,"b":"x","c":[1],"d":null})", R"({"a":2,"b":"x","c":[1,2],"e":0})"),
            R"({"a":{"old":1,"new":2},"c":{"old":[1],"new":[1,2]},"d":{"old":null},"e":{"new":0}})");
}

TEST(Diff, EntersObjectsOnBothSides) {
  EXPECT_EQ(difference(R"({"o":{"x":1,"p":{"y":2}}})", R"({"o":{"x":1,"p":{"y":3}}})"),
            R"({"o.p.y":{"old":2,"new":3}})");
  EXPECT_EQ(difference(R"({"o":{}})", R"({"o":{"x":1}})"), R"({"o.x":{"new":1}})");
}

TEST(Diff, TellsAWholeObjectThatAppearsVanishesOrGivesWay) {
  EXPECT_EQ(difference(R"({})", R"({"o":{"x":1}})"), R"({"o":{"new":{"x":1}}})");
  EXPECT_EQ(difference(R"({"o":{"x":1}})", R"({})"), R"({"o":{"old":{"x":1}}})");
  EXPECT_EQ(difference(R"({"o":null})", R"({"o":{"x":1}})"), R"({"o":{"old":null,"new":{"x":1}}})");
}

TEST(Diff, TellsAbsentNullAndValueApart) {
  EXPECT_EQ(difference(R"({})", R"({"a":null})"), R"({"a":{"new":null}})");
  EXPECT_EQ(difference(R"({"a":null})", R"({"a":""})"), R"({"a":{"old":null,"new":""}})");
}

TEST(Diff, SeesNoChangeInTheSpellingOfANumberOrTheOrderOfKeys) {
  EXPECT_EQ(difference(R"({"a":1,"b":2})", R"({"b":2.0,"a":1e0})"), "{}");
  EXPECT_EQ(difference(R"({"a":9007199254740993})", R"({"a":9007199254740992.0})"),
            R"({"a":{"old":9007199254740993,"new":9007199254740992.0}})");
}

TEST(Diff, KeepsTheOrderOfTheDocuments) {
  EXPECT_EQ(difference(R"({"z":1,"m":{"b":1,"a":1},"a":1})", R"({"new":1,"a":2,"m":{"a":2,"n":1},"z":2})"),
            R"({"z":{"old":1,"new":2},"m.b":{"old":1},"m.a":{"old":1,"new":2},"m.n":{"new":1},)"
            R"("a":{"old":1,"new":2},"new":{"new":1}})");
}

TEST(Diff, OfADocumentWithItselfIsEmpty) {
  for_random_pairs([](const JsonObject& a, const JsonObject&) { ASSERT_TRUE(diff(a, a).empty()); });
}

TEST(Diff, AppliedToTheFirstDocumentGivesTheSecond) {
  for_random_pairs([](const JsonObject& a, const JsonObject& b) {
    JsonObject document = a;
    const Result<void> applied = apply_diff(document, diff(a, b));
    ASSERT_TRUE(applied) << applied.error().message;
    ASSERT_TRUE(same_json(document, b)) << to_text(document);
  });
}

TEST(Diff, ReversedAndAppliedToTheSecondGivesTheFirst) {
  for_random_pairs([](const JsonObject& a, const JsonObject& b) {
    JsonObject document = b;
    const Result<void> applied = apply_diff(document, reverse(diff(a, b)));
    ASSERT_TRUE(applied) << applied.error().message;
    ASSERT_TRUE(same_json(document, a)) << to_text(document);
  });
}

TEST(Diff, ListsOnlyFieldsThatDiffer) {
  for_random_pairs([](const JsonObject& a, const JsonObject& b) {
    for (const FieldChange& change : diff(a, b)) {
      ASSERT_TRUE(change.old_value || change.new_value);
      if (change.old_value && change.new_value) {
        ASSERT_FALSE(same_json(*change.old_value, *change.new_value));
      }
    }
  });
}

TEST(Diff, SurvivesBeingWrittenAndRead) {
  for_random_pairs([](const JsonObject& a, const JsonObject& b) {
    const Diff changes = diff(a, b);
    const Result<JsonObject> text = parse_json_object(to_text(diff_to_json(changes)));
    ASSERT_TRUE(text);
    const Result<Diff> back = diff_from_json(*text);
    ASSERT_TRUE(back) << back.error().message;
    ASSERT_EQ(back->size(), changes.size());
    for (std::size_t i = 0; i < changes.size(); ++i) {
      ASSERT_EQ((*back)[i].path, changes[i].path);
      ASSERT_EQ((*back)[i].old_value.has_value(), changes[i].old_value.has_value());
      ASSERT_EQ((*back)[i].new_value.has_value(), changes[i].new_value.has_value());
    }
    JsonObject document = a;
    ASSERT_TRUE(apply_diff(document, *back));
    ASSERT_TRUE(same_json(document, b)) << to_text(document);
  });
}

TEST(Diff, IsWrittenAsItsObjectWouldBe) {
  for_random_pairs([](const JsonObject& a, const JsonObject& b) {
    const Diff changes = diff(a, b);
    ASSERT_EQ(changes_text(changes), to_text(diff_to_json(changes)));
  });
}

TEST(DiffFromJson, RefusesWhatIsNoChange) {
  for (const char* text :
       {R"({"a":1})", R"({"a":{}})", R"({"a":{"old":1,"neu":2}})", R"({"a":[]})", R"({"a\\x":{}})"}) {
    const Result<Diff> changes = diff_from_json(json(text));
    ASSERT_FALSE(changes) << text;
    EXPECT_EQ(changes.error().fault, Fault::invalid);
  }
}

TEST(Apply, KeepsTheOrderOfKeysAndAddsAtTheEnd) {
  JsonObject document = json(R"({"a":1,"b":2,"c":3})");
  ASSERT_TRUE(apply_diff(document, diff(document, json(R"({"d":4,"c":3,"a":9})"))));
  EXPECT_EQ(to_text(document), R"({"a":9,"c":3,"d":4})");
}

struct Misfit {
  const char* changes;
  const char* message;
};

class ApplyMisfit : public ::testing::TestWithParam<Misfit> {};

TEST_P(ApplyMisfit, IsAConflictAndChangesNothing) {
  const std::string text = R"({"a":1,"o":{"x":1}})";
  JsonObject document = json(text);
  const Result<Diff> changes = diff_from_json(json(GetParam().changes));
  ASSERT_TRUE(changes);
  const Result<void> applied = apply_diff(document, *changes);
  ASSERT_FALSE(applied);
  EXPECT_EQ(applied.error().fault, Fault::conflict);
  EXPECT_THAT(applied.error().message, HasSubstr(GetParam().message));
  EXPECT_EQ(to_text(document), text);
}

INSTANTIATE_TEST_SUITE_P(
    All, ApplyMisfit,
    ::testing::Values(Misfit{R"({"n":{"new":1},"a":{"old":2,"new":3}})", "another value"},
                      Misfit{R"({"n":{"new":1},"a":{"new":3}})", "exists"},
                      Misfit{R"({"n":{"new":1},"b":{"old":2}})", "absent"},
                      Misfit{R"({"n":{"new":1},"a.x":{"new":2}})", "no object"},
                      Misfit{R"({"n":{"new":1},"p.x":{"new":2}})", "no object"},
                      Misfit{R"({"o":{"old":{"x":1},"new":5},"a":{"old":1},"o.x":{"old":1,"new":2}})",
                             "twice"}));

}  // namespace
}  // namespace deltapost
