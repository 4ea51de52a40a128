// What the readers make of bytes, wherever the network has cut them.
#include <gmock/gmock.h>

#include "net/limits.hpp"
#include "net/request_reader.hpp"
#include "net/response_reader.hpp"

namespace deltapost::net {
namespace {

using ::testing::HasSubstr;

constexpr std::size_t kMaxHeader = 1000;
constexpr std::size_t kMaxBody = 1000;

const std::string kChunkedPost = "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
const std::string kChunkedAnswer = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

/// Ways to end a chunked message, and what its body is.
const std::vector<std::pair<std::string, std::string>> kChunks = {
    {"0\r\n\r\n", ""},
    {"000\r\n\r\n", ""},
    {"0;a=b\r\n\r\n", ""},
    {"0\r\nT: 1\r\nU: 2\r\n\r\n", ""},
    {"1\r\nx\r\n0\r\n\r\n", "x"},
    {"1;a\r\nx\r\n2\r\nyz\r\n0\r\nT: 1\r\n\r\n", "xyz"},
    {"1;a=\"b c\";d=\"\\\"\"\r\nx\r\n0\r\n\r\n", "x"},
};

/// Feeds what is unread after each piece, as a connection does.
template <class Reader>
void feed(Reader& reader, std::string_view first, std::string_view second) {
  std::string unread(first);
  unread.erase(0, reader.feed(unread));
  unread += second;
  while (const std::size_t used = reader.feed(unread)) unread.erase(0, used);
}

TEST(RequestReader, TakesChunksCutAnywhere) {
  for (const auto& [chunks, body] : kChunks) {
    const std::string bytes = kChunkedPost + chunks;
    for (std::size_t cut = 1; cut < bytes.size(); ++cut) {
      RequestReader reader(kMaxHeader, kMaxBody);
      feed(reader, bytes.substr(0, cut), bytes.substr(cut));
      ASSERT_EQ(reader.state(), RequestReader::State::complete) << chunks << " cut at " << cut;
      EXPECT_EQ(reader.take().body, body) << chunks << " cut at " << cut;
    }
  }
}

TEST(RequestReader, RefusesAChunksHeaderWithAQuoteThatItsLineDoesNotEnd) {
  const std::string bytes = kChunkedPost + "C8;ext=\"\r\n" + std::string(300, 'x');
  for (std::size_t cut = 1; cut < bytes.size(); ++cut) {
    RequestReader reader(kMaxHeader, kMaxBody);
    feed(reader, bytes.substr(0, cut), bytes.substr(cut));
    ASSERT_EQ(reader.state(), RequestReader::State::refused) << "cut at " << cut;
    EXPECT_EQ(reader.refusal().status, 400) << "cut at " << cut;
  }
}

/// The last chunk, with trailers of so many bytes.
std::string trailers(std::size_t size) {
  const std::string name = "T: ", end = "\r\n";
  return "0\r\n" + name + std::string(size - name.size() - end.size(), 'x') + end + "\r\n";
}

TEST(RequestReader, LimitsTrailersWhereverTheyAreCut) {
  for (const std::size_t size : {kMaxHeader, kMaxHeader + 1, 2 * kMaxHeader}) {
    const std::string bytes = kChunkedPost + trailers(size);
    for (std::size_t cut = 1; cut <= bytes.size(); ++cut) {
      RequestReader reader(kMaxHeader, kMaxBody);
      feed(reader, bytes.substr(0, cut), bytes.substr(cut));
      const auto expected =
          size == kMaxHeader ? RequestReader::State::complete : RequestReader::State::refused;
      ASSERT_EQ(reader.state(), expected) << size << " cut at " << cut;
    }
  }
}

TEST(RequestReader, RefusesAnOversizedChunkBeforeItsData) {
  RequestReader reader(kMaxHeader, 10);
  feed(reader, kChunkedPost + "8\r\n12345678\r\n", "3\r\n");
  ASSERT_TRUE(reader.oversized());
  EXPECT_EQ(reader.refusal().status, 413);
  EXPECT_EQ(reader.take_oversized().body, "12345678");
}

TEST(RequestReader, TakesChunksByteByByte) {
  for (const auto& [chunks, body] : kChunks) {
    RequestReader reader(kMaxHeader, kMaxBody);
    std::string unread;
    for (const char byte : kChunkedPost + chunks) {
      unread += byte;
      unread.erase(0, reader.feed(unread));
    }
    ASSERT_EQ(reader.state(), RequestReader::State::complete) << chunks;
    EXPECT_EQ(reader.take().body, body) << chunks;
  }
}

TEST(RequestReader, RefusesAVersionThatIsCutShortAtOnce) {
  for (const std::string version : {"H", "HTTP", "HTTP/1", "1"}) {
    RequestReader reader(kMaxHeader, kMaxBody);
    reader.feed("GET / " + version + "\r\n\r\n");
    EXPECT_EQ(reader.state(), RequestReader::State::refused) << version;
    EXPECT_THAT(reader.refusal().status, ::testing::AnyOf(400, 505)) << version;
  }
}

TEST(ResponseReader, TakesNoStatusThatIsNoneForAnAnswer) {
  for (const std::string status : {"001", "099", "100"}) {
    ResponseReader reader;
    reader.begin(false, kMaxBody);
    reader.feed("HTTP/1.1 " + status + " x\r\n\r\nuntil the end");
    reader.feed_end();
    EXPECT_EQ(reader.state(), ResponseReader::State::failed) << status;
  }
}

TEST(ResponseReader, TakesChunksCutAnywhere) {
  for (const auto& [chunks, body] : kChunks) {
    const std::string bytes = kChunkedAnswer + chunks;
    for (std::size_t cut = 1; cut < bytes.size(); ++cut) {
      ResponseReader reader;
      reader.begin(false, kMaxBody);
      feed(reader, bytes.substr(0, cut), bytes.substr(cut));
      ASSERT_EQ(reader.state(), ResponseReader::State::complete) << chunks << " cut at " << cut;
      EXPECT_EQ(reader.take().body, body) << chunks << " cut at " << cut;
    }
  }
}

TEST(ResponseReader, LimitsTrailersWhereverTheyAreCut) {
  for (const std::size_t size : {kMaxAnswerHeader, kMaxAnswerHeader + 1}) {
    const std::string bytes = kChunkedAnswer + trailers(size);
    for (std::size_t cut = 1; cut <= bytes.size(); cut += 101) {
      ResponseReader reader;
      reader.begin(false, kMaxBody);
      feed(reader, bytes.substr(0, cut), bytes.substr(cut));
      const auto expected =
          size == kMaxAnswerHeader ? ResponseReader::State::complete : ResponseReader::State::failed;
      ASSERT_EQ(reader.state(), expected) << size << " cut at " << cut;
    }
  }
}

TEST(ResponseReader, TakesChunksByteByByte) {
  for (const auto& [chunks, body] : kChunks) {
    ResponseReader reader;
    reader.begin(false, kMaxBody);
    std::string unread;
    for (const char byte : kChunkedAnswer + chunks) {
      unread += byte;
      unread.erase(0, reader.feed(unread));
    }
    ASSERT_EQ(reader.state(), ResponseReader::State::complete) << chunks;
    EXPECT_EQ(reader.take().body, body) << chunks;
  }
}

TEST(ResponseReader, SaysWhatIsTooLong) {
  for (const auto& [bytes, reason] : std::vector<std::pair<std::string, std::string>>{
           {"HTTP/1.1 200 OK\r\nX: ", "headers are too large"},
           {kChunkedAnswer + "1;ext=", "a chunk's header or the answer's trailers are too long"},
           {kChunkedAnswer + "0\r\nX: ", "a chunk's header or the answer's trailers are too long"}}) {
    ResponseReader reader;
    reader.begin(false, kMaxBody);
    feed(reader, bytes, std::string(2 * kMaxAnswerHeader, 'x'));
    if (reader.state() == ResponseReader::State::reading) reader.overflow();
    EXPECT_THAT(reader.failure(), HasSubstr(reason)) << bytes;
  }
}

}  // namespace
}  // namespace deltapost::net
