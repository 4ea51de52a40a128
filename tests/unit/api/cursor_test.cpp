#include "api/cursor.hpp"

#include <gtest/gtest.h>

namespace deltapost::api {
namespace {

const AccountId kAccount{"acc_1"}, kOther{"acc_2"};
const CursorSigner kSigner{"key"};

TEST(Cursor, ComesBackAsItWasGiven) {
  const Json position = JsonObject{{"at", JsonArray{1, 2}}, {"by", "x"}};
  auto decoded = kSigner.decode(kAccount, "leads", kSigner.encode(kAccount, "leads", position), "nextToken");
  ASSERT_TRUE(decoded);
  EXPECT_TRUE(same_json(*decoded, position));
}

TEST(Cursor, IsRefusedWhenAnyCharacterWasChanged) {
  const std::string cursor = kSigner.encode(kAccount, "leads", 5);
  for (std::size_t i = 0; i < cursor.size(); ++i) {
    std::string other = cursor;
    other[i] = other[i] == 'A' ? 'B' : 'A';
    auto decoded = kSigner.decode(kAccount, "leads", other, "nextToken");
    ASSERT_FALSE(decoded) << i;
    EXPECT_EQ(decoded.error().field, "nextToken");
  }
}

TEST(Cursor, BelongsToItsAccountItsListingAndItsServer) {
  const std::string cursor = kSigner.encode(kAccount, "leads", 5);
  EXPECT_FALSE(kSigner.decode(kOther, "leads", cursor, "nextToken"));
  EXPECT_FALSE(kSigner.decode(kAccount, "contacts", cursor, "nextToken"));
  EXPECT_FALSE(CursorSigner("another key").decode(kAccount, "leads", cursor, "nextToken"));
}

TEST(Cursor, IsRefusedWhenItIsNoCursorAtAll) {
  for (const char* text : {"", "a", "!!!!", "bm90IGEgY3Vyc29y"})
    EXPECT_FALSE(kSigner.decode(kAccount, "leads", text, "nextToken")) << text;
}

}  // namespace
}  // namespace deltapost::api
