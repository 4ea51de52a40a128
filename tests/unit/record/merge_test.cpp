#include "record/merge.hpp"

#include <gtest/gtest.h>

#include "record/diff.hpp"
#include "support/random_document.hpp"

namespace deltapost {
namespace {

using testing::kSeeds;
using testing::RandomDocument;

std::string merged(std::string_view target, std::string_view patch) {
  JsonObject object = *parse_json_object(target);
  merge_patch(object, *parse_json_object(patch));
  return to_text(object);
}

struct Example {
  const char* target;
  const char* patch;
  const char* result;
};

class MergeExample : public ::testing::TestWithParam<Example> {};

TEST_P(MergeExample, GivesTheDocumentedResult) {
  EXPECT_EQ(merged(GetParam().target, GetParam().patch), GetParam().result);
}

// The examples of RFC 7396, appendix A, that are about objects.
INSTANTIATE_TEST_SUITE_P(
    Rfc7396, MergeExample,
    ::testing::Values(Example{R"({"a":"b"})", R"({"a":"c"})", R"({"a":"c"})"},
                      Example{R"({"a":"b"})", R"({"b":"c"})", R"({"a":"b","b":"c"})"},
                      Example{R"({"a":"b"})", R"({"a":null})", R"({})"},
                      Example{R"({"a":"b","b":"c"})", R"({"a":null})", R"({"b":"c"})"},
                      Example{R"({"a":["b"]})", R"({"a":"c"})", R"({"a":"c"})"},
                      Example{R"({"a":"c"})", R"({"a":["b"]})", R"({"a":["b"]})"},
                      Example{R"({"a":{"b":"c"}})", R"({"a":{"b":"d","c":null}})", R"({"a":{"b":"d"}})"},
                      Example{R"({"a":[{"b":"c"}]})", R"({"a":[1]})", R"({"a":[1]})"},
                      Example{R"({"e":null})", R"({"a":1})", R"({"e":null,"a":1})"},
                      Example{R"({})", R"({"a":{"bb":{"ccc":null}}})", R"({"a":{"bb":{}}})"}));

TEST(Merge, LeavesUnmentionedFieldsAndTheirOrderAlone) {
  EXPECT_EQ(merged(R"({"z":1,"o":{"b":1,"a":2},"c":3})", R"({"n":0,"c":4,"o":{"b":null,"k":1}})"),
            R"({"z":1,"o":{"a":2,"k":1},"c":4,"n":0})");
}

TEST(Merge, TwiceGivesWhatOnceGives) {
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    RandomDocument random(seed);
    const JsonObject target = random.object();
    const JsonObject patch = random.altered(target);
    SCOPED_TRACE(::testing::Message()
                 << "seed " << seed << "\n target " << to_text(target) << "\n patch " << to_text(patch));
    JsonObject once = target;
    merge_patch(once, patch);
    JsonObject twice = once;
    merge_patch(twice, patch);
    ASSERT_EQ(to_text(twice), to_text(once));
    ASSERT_TRUE(diff(once, twice).empty());
  }
}

}  // namespace
}  // namespace deltapost
