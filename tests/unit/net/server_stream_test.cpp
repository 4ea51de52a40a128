// Replies that are produced over time.
#include <gmock/gmock.h>

#include <future>
#include <thread>

#include "unit/net/eventually.hpp"
#include "unit/net/running_server.hpp"

namespace deltapost::net {
namespace {

using std::chrono::milliseconds;
using testing::body_of;
using ::testing::EndsWith;
using testing::eventually;
using ::testing::HasSubstr;
using testing::kGet;
using ::testing::Not;
using testing::RunningServer;

/// Hands the stream of the first request to the test.
class StreamingServer {
 public:
  explicit StreamingServer(ServerOptions options = {})
      : server(std::move(options), [this](Request, Respond respond) {
          Reply reply{.content_type = "text/event-stream", .body = "hello\n"};
          reply.stream = [this](std::shared_ptr<Stream> stream) { opened_.set_value(std::move(stream)); };
          respond(std::move(reply));
        }) {}

  std::shared_ptr<Stream> stream() { return opened_.get_future().get(); }

 private:
  std::promise<std::shared_ptr<Stream>> opened_;

 public:
  RunningServer server;
};

TEST(ServerStream, SendsItsBodyAndThenWhatIsWrittenAsItIsWritten) {
  StreamingServer streaming;
  auto client = streaming.server.connect();
  client.send(kGet);
  const auto stream = streaming.stream();
  const std::string head = client.read_until("\r\n\r\n");
  EXPECT_THAT(head, HasSubstr("Content-Type: text/event-stream\r\n"));
  EXPECT_THAT(head, HasSubstr("Transfer-Encoding: chunked\r\n"));
  EXPECT_EQ(client.read_until("hello\n\r\n"), "6\r\nhello\n\r\n");
  EXPECT_TRUE(stream->write("data: 1\n\n"));
  EXPECT_EQ(client.read_until("\n\n\r\n"), "9\r\ndata: 1\n\n\r\n");
  EXPECT_TRUE(stream->write("data: 2\n\n"));
  EXPECT_EQ(client.read_until("\n\n\r\n"), "9\r\ndata: 2\n\n\r\n");
  stream->close();
  EXPECT_EQ(client.read_all(), "0\r\n\r\n");
  EXPECT_FALSE(stream->write("more"));
}

TEST(ServerStream, KeepsWhatWasWrittenBeforeTheClose) {
  StreamingServer streaming;
  auto client = streaming.server.connect();
  client.send(kGet);
  const auto stream = streaming.stream();
  std::thread writing([&] {
    for (int i = 0; i < 1000; ++i) EXPECT_TRUE(stream->write("line " + std::to_string(i) + "\n"));
    stream->close();
  });
  writing.join();
  const std::string all = client.read_all();
  EXPECT_THAT(all, HasSubstr("line 0\n"));
  EXPECT_THAT(all, HasSubstr("line 999\n"));
  EXPECT_THAT(all, EndsWith("\r\n0\r\n\r\n"));
}

TEST(ServerStream, GoesWithoutChunksToAnHttp10Client) {
  StreamingServer streaming;
  auto client = streaming.server.connect();
  client.send("GET / HTTP/1.0\r\n\r\n");
  const auto stream = streaming.stream();
  stream->write("more\n");
  stream->close();
  const std::string answer = client.read_all();
  EXPECT_THAT(answer, Not(HasSubstr("chunked")));
  EXPECT_EQ(body_of(answer), "hello\nmore\n");
}

TEST(ServerStream, TellsItsWriterThatTheClientHasGone) {
  StreamingServer streaming;
  auto client = streaming.server.connect();
  client.send(kGet);
  const auto stream = streaming.stream();
  client.read_until("hello\n");
  client.close();
  EXPECT_TRUE(eventually([&] { return streaming.server->stats().connections == 0; }));  // nothing was written
  EXPECT_FALSE(stream->write("x"));
}

TEST(ServerStream, DropsAReaderThatIsTooSlowForItsBuffer) {
  StreamingServer streaming({.max_stream_buffer = 64 * 1024});
  auto client = streaming.server.connect(4096);
  client.send(kGet);
  const auto stream = streaming.stream();
  const std::string piece(16 * 1024, 'x');
  std::size_t written = 0;
  EXPECT_TRUE(eventually([&] {
    written += piece.size();
    EXPECT_LE(stream->buffered(), 2U * 64 * 1024);
    return !stream->write(piece);
  }));
  EXPECT_GT(written, 64U * 1024);
  EXPECT_FALSE(stream->write("x"));
  EXPECT_TRUE(eventually([&] { return streaming.server->stats().connections == 0; }));
}

TEST(ServerStream, DropsAReaderThatStopsReading) {
  StreamingServer streaming({.write_timeout = milliseconds{40}, .max_stream_buffer = 64 << 20});
  auto client = streaming.server.connect(4096);
  client.send(kGet);
  const auto stream = streaming.stream();
  EXPECT_TRUE(stream->write(std::string(32 << 20, 'x')));
  EXPECT_TRUE(eventually([&] { return streaming.server->stats().connections == 0; }));
  EXPECT_FALSE(stream->write("x"));
}

TEST(ServerStream, TellsHowMuchTheClientHasNotTaken) {
  StreamingServer streaming({.max_stream_buffer = 64 << 20});
  auto client = streaming.server.connect(4096);
  client.send(kGet);
  const auto stream = streaming.stream();
  stream->write(std::string(32 << 20, 'x'));
  EXPECT_GT(stream->buffered(), 0U);
  std::thread reading([&] { client.read_all(); });
  EXPECT_TRUE(eventually([&] { return stream->buffered() == 0; }));
  stream->close();
  reading.join();
}

TEST(ServerStream, EndsWellWhenTheServerStops) {
  StreamingServer streaming;
  auto client = streaming.server.connect();
  client.send(kGet);
  const auto stream = streaming.stream();
  client.read_until("hello\n\r\n");
  streaming.server->stop(milliseconds{20'000});
  EXPECT_EQ(client.read_all(), "0\r\n\r\n");
  EXPECT_FALSE(stream->write("x"));
}

TEST(ServerStream, IsNotOpenedForHead) {
  bool opened = false;
  RunningServer server({}, [&](Request, Respond respond) {
    Reply reply;
    reply.stream = [&](std::shared_ptr<Stream>) { opened = true; };
    respond(std::move(reply));
  });
  const std::string answer = server.ask("HEAD / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  server->stop(milliseconds{0});
  EXPECT_EQ(body_of(answer), "");
  EXPECT_FALSE(opened);
}

}  // namespace
}  // namespace deltapost::net
