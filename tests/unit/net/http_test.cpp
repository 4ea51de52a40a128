// Headers that a program makes itself, written behind one another.
#include "net/http.hpp"

#include <gtest/gtest.h>

namespace deltapost::net {
namespace {

TEST(HeaderLines, AreFoundAgainWhateverTheirCase) {
  HeaderLines lines;
  EXPECT_EQ(lines.find("webhook-id"), std::nullopt);
  lines.add(HeaderName("webhook-id"), "8f0c");
  lines.add(HeaderName("Empty"), "");
  lines.add(HeaderName("webhook-id"), "once more: 1");
  EXPECT_EQ(lines.text(), "webhook-id: 8f0c\r\nEmpty: \r\nwebhook-id: once more: 1\r\n");
  EXPECT_EQ(lines.find("WebHook-Id"), "8f0c");
  EXPECT_EQ(lines.find("empty"), "");
  EXPECT_EQ(lines.find("webhook-i"), std::nullopt);
  const Headers apart = lines.apart();
  ASSERT_EQ(apart.size(), 3u);
  EXPECT_EQ(apart[2].name, "webhook-id");
  EXPECT_EQ(apart[2].value, "once more: 1");
}

TEST(HeaderLines, StandBeforeTheHeadersOfTheirRequest) {
  OutRequest request;
  request.headers = {{"a", "of users"}, {"b", "2"}};
  request.lines.add(HeaderName("a"), "of ours");
  EXPECT_EQ(request.header("A"), "of ours");
  EXPECT_EQ(request.header("b"), "2");
  EXPECT_EQ(request.header("c"), std::nullopt);
  EXPECT_EQ(request.all_headers().size(), 3u);
  EXPECT_EQ(request.all_headers().front().value, "of ours");
}

TEST(HeaderLinesDeathTest, TakeNothingThatWouldBeginAnotherLine) {
  HeaderLines lines;
  EXPECT_DEATH(lines.add(HeaderName("a"), "1\r\nb: 2"), "broken invariant");
  EXPECT_DEATH(lines.add(HeaderName("a"), "1 "), "broken invariant");
  EXPECT_DEATH(HeaderName("a: 1\r\nb"), "broken invariant");
  EXPECT_DEATH(HeaderName(""), "broken invariant");
}

}  // namespace
}  // namespace deltapost::net
