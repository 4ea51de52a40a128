// What all inbound formats have in common.
#include "inbound_reader.hpp"

namespace deltapost::format {
namespace {

const InboundFormat kJsonFormats[] = {InboundFormat::apten, InboundFormat::iclosed, InboundFormat::standard,
                                      InboundFormat::generic};

TEST(Inbound, HasANameForEachFormat) {
  for (const char* name : {"apten", "iclosed", "standard", "generic", "form"}) {
    const auto format = parse_inbound_format(name);
    ASSERT_TRUE(format) << name;
    EXPECT_EQ(to_string(*format), name);
  }
  EXPECT_FALSE(parse_inbound_format("cloudevents"));
  EXPECT_FALSE(parse_inbound_format(""));
}

TEST(Inbound, RefusesBodiesOfWhichNothingCanBeUsed) {
  const struct {
    std::string body, why;
  } kBodies[] = {
      {"", "empty"},
      {"not JSON", "JSON"},
      {"{", ""},
      {R"({"a": 1, "a": 2})", "a"},
      {"{\"a\": \"\xff\"}", "UTF-8"},
      {R"({"a": NaN})", ""},
      {R"({"a": 1} x)", ""},
      {"5", "not a number"},
      {R"("text")", "not a string"},
      {"null", "not null"},
  };
  for (const InboundFormat format : kJsonFormats) {
    for (const auto& [body, why] : kBodies) Reader{format}.expect_unusable(body, why);
  }
}

TEST(Inbound, TakesAsManyItemsAsItsLimitAndNoMore) {
  const Reader reader{InboundFormat::iclosed};
  const auto items = [](int count) {
    std::string body = "[{}";
    for (int i = 1; i < count; ++i) body += ",{}";
    return body + "]";
  };
  EXPECT_EQ(reader.items(items(100))->size(), 100U);
  reader.expect_unusable(items(101), "at most 100");
  reader.expect_unusable("[]", "without any item");
  Reader{InboundFormat::apten}.expect_unusable("[{}]", "must be an object");
  reader.expect_unusable(std::string(1000, ' '), "at most 999", {.max_bytes = 999});
}

TEST(Inbound, RefusesACompressedBody) {
  for (const InboundFormat format : {InboundFormat::apten, InboundFormat::form}) {
    Reader{format, {{"content-encoding", "gzip"}}}.expect_unusable("{}", "send it plain");
  }
  const Reader plain{InboundFormat::iclosed, {{"content-encoding", "identity"}}};
  EXPECT_TRUE(plain.items("{}"));
}

TEST(Inbound, KeepsEachItemAsItCame) {
  const auto items = Reader{InboundFormat::iclosed}.items(R"([{"b": 1.0, "a": null}, 5])");
  ASSERT_TRUE(items);
  EXPECT_EQ(to_text((*items)[0].raw), R"({"b":1.0,"a":null})");
  EXPECT_EQ(to_text((*items)[1].raw), "5");
}

TEST(CanonicalText, SortsKeysAtEveryDepthAndNothingElse) {
  EXPECT_EQ(
      canonical_text(*parse_json(R"({"b": [3, {"z": 1, "a": {"d": 0, "c": ""}}], "a": 1.0, "B": null})")),
      R"({"B":null,"a":1.0,"b":[3,{"a":{"c":"","d":0},"z":1}]})");
  EXPECT_EQ(canonical_text(*parse_json("[2, 1]")), "[2,1]");
}

TEST(CanonicalText, LeavesOutOneMemberOfTheOutermostObject) {
  EXPECT_EQ(canonical_text(*parse_json_object(R"({"b": {"a": 1}, "a": 2})"), "a"), R"({"b":{"a":1}})");
}

}  // namespace
}  // namespace deltapost::format
