#include "record/assign.hpp"

#include <gtest/gtest.h>

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

}  // namespace
}  // namespace deltapost
