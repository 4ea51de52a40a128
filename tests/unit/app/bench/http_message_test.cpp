#include "app/bench/http_message.hpp"

#include <gtest/gtest.h>

#include <string>

namespace deltapost::app::bench {
namespace {

TEST(BenchWire, ReadsAnAnswerWithItsVersionAndBody) {
  const std::string text = "HTTP/1.1 200 OK\r\nETag: \"12\"\r\nContent-Length: 2\r\n\r\n{}";
  const std::string buffer = text + "HTTP/1.1 …";  // which the message points into
  const auto message = read_message(buffer);
  ASSERT_TRUE(message);
  EXPECT_EQ(message->status, 200);
  EXPECT_EQ(message->version, 12U);
  EXPECT_EQ(message->body, "{}");
  EXPECT_EQ(message->bytes, text.size());
}

TEST(BenchWire, ReadsARequestWithItsPathAndVersion) {
  const auto message = read_message(
      "POST /7?x=1 HTTP/1.1\r\nDeltapost-Record-Version: 0000000003\r\nCONTENT-LENGTH: 3\r\n\r\nabc");
  ASSERT_TRUE(message);
  EXPECT_EQ(message->status, 0);
  EXPECT_EQ(message->path, "/7?x=1");
  EXPECT_EQ(message->version, 3U);
  EXPECT_EQ(message->body, "abc");
}

TEST(BenchWire, WaitsForTheRestWhereverAMessageIsCut) {
  const std::string text = "HTTP/1.1 201 Created\r\ncontent-length: 5\r\n\r\nabcde";
  for (std::size_t cut = 0; cut < text.size(); ++cut) {
    const auto message = read_message(std::string_view(text).substr(0, cut));
    ASSERT_TRUE(message) << cut;
    EXPECT_EQ(message->bytes, 0U) << cut;
  }
  EXPECT_EQ(read_message(text)->bytes, text.size());
}

TEST(BenchWire, TakesMessagesWithoutABody) {
  EXPECT_EQ(read_message("GET /livez HTTP/1.1\r\nhost: x\r\n\r\n")->body, "");
  EXPECT_EQ(read_message("HTTP/1.1 204 No Content\r\n\r\n")->status, 204);
}

TEST(BenchWire, TellsWhenToTryAgainAndThatTheConnectionIsClosed) {
  const auto refusal = read_message(
      "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
  ASSERT_TRUE(refusal);
  EXPECT_TRUE(refusal->retry_after);
  EXPECT_TRUE(refusal->last);
  const auto other = read_message("HTTP/1.1 200 OK\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n");
  ASSERT_TRUE(other);
  EXPECT_FALSE(other->retry_after || other->last);
}

TEST(BenchWire, RefusesWhatItDoesNotSpeakInsteadOfWaitingForIt) {
  for (const auto& [text, told] : std::initializer_list<std::pair<std::string, std::string>>{
           {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "Transfer-Encoding"},
           {"HTTP/1.1 200 OK\r\n\r\n", "Content-Length"},
           {"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n", "Content-Length must be a number"},
           {"HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n", "HTTP/1.1"},
           {"HTTP/1.1 100 Continue\r\n\r\n", "status"},
           {"\x16\x03\x01", "plain text"},
           {"GET /" + std::string(20'000, 'x'), "16 KiB"}}) {
    const auto message = read_message(text);
    ASSERT_FALSE(message) << told;
    EXPECT_NE(message.error().message.find(told), std::string::npos) << message.error().message;
  }
}

}  // namespace
}  // namespace deltapost::app::bench
