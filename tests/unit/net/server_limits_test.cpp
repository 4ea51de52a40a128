// What the server bears of one client: sizes and slowness; and its own beginning and end.
#include <gmock/gmock.h>

#include <atomic>
#include <future>
#include <thread>

#include "unit/net/eventually.hpp"
#include "unit/net/running_server.hpp"

namespace deltapost::net {
namespace {

using std::chrono::milliseconds;
using testing::body_of;
using testing::eventually;
using ::testing::HasSubstr;
using testing::kChunkedPost;
using testing::kGet;
using testing::kLastGet;
using testing::post_of;
using testing::RawConnection;
using testing::RunningServer;
using testing::status_of;

TEST(ServerLimits, HeadersUpToTheLimitAreTakenAndLongerOnesRefused) {
  RunningServer server({.max_header_bytes = 1000});
  const std::string start = "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Long: ";
  const std::string fits(1000 - start.size() - 4, 'x');
  EXPECT_EQ(status_of(server.ask(start + fits + "\r\n\r\n")), 200);
  EXPECT_EQ(status_of(server.ask(start + fits + "x\r\n\r\n")), 431);
  EXPECT_EQ(status_of(server.ask(start + std::string(100'000, 'x'))), 431);
}

TEST(ServerLimits, TooManyHeadersAreRefused) {
  RunningServer server;
  std::string many = "GET / HTTP/1.1\r\nHost: x\r\n";
  for (int i = 0; i < 128; ++i) many += "A:\r\n";
  EXPECT_EQ(status_of(server.ask(many + "\r\n")), 431);
}

TEST(ServerLimits, BodiesUpToTheLimitAreTakenAndLongerOnesRefused) {
  RunningServer server({.max_body_bytes = 1000}, [](Request asked, Respond respond) {
    respond(Reply{.headers = {{"X-Size", std::to_string(asked.body.size())}}});
  });
  auto fitting = server.connect();
  fitting.send(post_of(1000) + std::string(1000, 'x'));
  EXPECT_THAT(fitting.read_message(), HasSubstr("X-Size: 1000"));
  EXPECT_EQ(status_of(server.ask(post_of(1001) + std::string(1001, 'x'))), 413);
  EXPECT_EQ(status_of(server.ask(kChunkedPost + "3e9\r\n" + std::string(1001, 'x') + "\r\n0\r\n\r\n")), 413);
  const std::string chunk = "64\r\n" + std::string(100, 'x') + "\r\n";
  std::string chunks;
  for (int i = 0; i < 11; ++i) chunks += chunk;
  EXPECT_EQ(status_of(server.ask(kChunkedPost + chunks + "0\r\n\r\n")), 413);
}

TEST(ServerLimits, ATooLargeBodyIsRefusedBeforeItIsSent) {
  RunningServer server({.max_body_bytes = 1000});
  auto connection = server.connect();
  connection.send("POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 1001\r\n\r\n");
  EXPECT_EQ(status_of(connection.read_message()), 413);
}

TEST(ServerLimits, ARefusedClientMayGoOnSendingSoThatAResetDoesNotCostItItsAnswer) {
  RunningServer server({.max_body_bytes = 1000});
  auto connection = server.connect();
  connection.send(post_of(900'000));
  EXPECT_EQ(status_of(connection.read_message()), 413);
  for (int i = 0; i < 90; ++i) EXPECT_TRUE(connection.send(std::string(10'000, 'x')));
  connection.shutdown_send();
  EXPECT_EQ(connection.read_all(), "");
}

TEST(ServerLimits, ChunkHeadersAndTrailersWithoutEndAreRefused) {
  RunningServer server({.max_header_bytes = 2000});
  EXPECT_EQ(status_of(server.ask(kChunkedPost + "1;ext=" + std::string(40'000, 'x'))), 400);
  EXPECT_EQ(status_of(server.ask(kChunkedPost + "0\r\nX: " + std::string(40'000, 'x'))), 400);
}

TEST(ServerLimits, AClientThatDribblesItsHeadersIsTimedOut) {
  RunningServer server({.header_timeout = milliseconds{40}});
  auto connection = server.connect();
  connection.send("GET / HTTP/1.1\r\nX-Slow: ");
  const std::string answer = connection.read_all();
  EXPECT_EQ(status_of(answer), 408);
  EXPECT_THAT(answer, HasSubstr("application/problem+json"));
}

TEST(ServerLimits, AClientThatDribblesItsBodyIsTimedOut) {
  RunningServer server({.body_timeout = milliseconds{40}});
  EXPECT_EQ(status_of(server.ask(post_of(10) + "123")), 408);
  EXPECT_EQ(status_of(server.ask(kChunkedPost + "5\r\nab")), 408);
}

/// A byte every other moment until the server answers; false when it never does.
bool dribble(RawConnection& connection) {
  constexpr int kBytes = 5000, kPaceMillis = 2;
  for (int i = 0; i < kBytes; ++i) {
    connection.send("x");
    if (connection.readable_within(kPaceMillis)) return true;
  }
  return false;
}

TEST(ServerLimits, AClientThatDribblesOnAndOnGainsNoTimeByIt) {
  RunningServer server({.header_timeout = milliseconds{60}, .body_timeout = milliseconds{60}});
  for (const std::string& begin : {std::string("GET / HTTP/1.1\r\nX-Slow: "), post_of(100'000),
                                   kChunkedPost + "1000\r\n", kChunkedPost + "1;ext="}) {
    auto connection = server.connect();
    connection.send(begin);
    ASSERT_TRUE(dribble(connection)) << begin;
    EXPECT_EQ(status_of(connection.read_message()), 408) << begin;
  }
}

TEST(ServerLimits, RequestsOfAClientThatTakesNoAnswersAreNotReadAhead) {
  std::atomic<int> asked{0};
  RunningServer server({.write_timeout = milliseconds{100}}, [&](Request, Respond respond) {
    ++asked;
    respond(Reply{.body = std::string(1 << 20, 'x')});
  });
  auto connection = server.connect(4096);
  std::string many;
  for (int i = 0; i < 300; ++i) many += kGet;
  connection.send(many);
  EXPECT_TRUE(eventually([&] { return asked > 0 && server->stats().connections == 0; }));
  EXPECT_LT(asked, 30);  // what the kernel's buffers hold of 1 MiB each, not all 300
}

TEST(ServerLimits, AnIdleConnectionIsClosedWithoutAWord) {
  RunningServer server({.idle_timeout = milliseconds{40}});
  auto fresh = server.connect();
  EXPECT_EQ(fresh.read_all(), "");
  auto used = server.connect();
  used.send(kGet);
  EXPECT_EQ(status_of(used.read_message()), 200);
  EXPECT_EQ(used.read_all(), "");
}

TEST(ServerLimits, AHandlerMayTakeLongerThanAnyLimitOfTheConnection) {
  std::promise<Respond> asked;
  RunningServer server({.header_timeout = milliseconds{20},
                        .body_timeout = milliseconds{20},
                        .idle_timeout = milliseconds{20}},
                       [&](Request, Respond respond) { asked.set_value(std::move(respond)); });
  auto slow = server.connect();
  slow.send(kLastGet);
  Respond respond = asked.get_future().get();
  auto idle = server.connect();
  EXPECT_EQ(idle.read_all(), "");  // its limit has passed, and so has that of the other
  respond(Reply{.body = "at last"});
  EXPECT_EQ(body_of(slow.read_all()), "at last");
}

TEST(ServerLimits, AClientThatDoesNotTakeItsAnswerIsDropped) {
  RunningServer server({.write_timeout = milliseconds{40}},
                       [](Request, Respond respond) { respond(Reply{.body = std::string(32 << 20, 'x')}); });
  auto connection = server.connect(4096);
  connection.send(kGet);
  EXPECT_TRUE(eventually([&] { return server->stats().requests == 1 && server->stats().connections == 0; }));
}

TEST(ServerLimits, AClientThatGoesAwayFreesItsPlaceWhateverItWasDoing) {
  std::promise<Respond> asked;
  RunningServer server({}, [&](Request, Respond respond) { asked.set_value(std::move(respond)); });
  auto waiting = server.connect();
  waiting.send(kGet);
  Respond respond = asked.get_future().get();
  auto half_a_head = server.connect();
  half_a_head.send("GET / HT");
  auto half_a_body = server.connect();
  half_a_body.send(post_of(10) + "x");
  EXPECT_TRUE(eventually([&] { return server->stats().connections == 3; }));
  waiting.reset();
  half_a_head.reset();
  half_a_body.close();
  respond(Reply{});
  EXPECT_TRUE(eventually([&] { return server->stats().connections == 0; }));
}

TEST(ServerStart, NamesTheAddressThatItCannotHave) {
  RunningServer first;
  for (const int threads : {1, 2}) {
    Server second({.port = first->port(), .threads = threads}, [](Request, Respond) {});
    const auto started = second.start();
    ASSERT_FALSE(started) << threads;
    EXPECT_EQ(started.error().fault, Fault::unavailable);
    EXPECT_THAT(started.error().message, HasSubstr("127.0.0.1:" + std::to_string(first->port())));
  }
  RunningServer shared({.threads = 2});
  Server third({.port = shared->port(), .threads = 2}, [](Request, Respond) {});
  EXPECT_FALSE(third.start());
  Server nowhere({.address = "nowhere"}, [](Request, Respond) {});
  EXPECT_FALSE(nowhere.start());
}

TEST(ServerStop, LetsRequestsInProgressBeAnsweredAndTakesNoMore) {
  std::promise<Respond> asked;
  RunningServer server({}, [&](Request, Respond respond) { asked.set_value(std::move(respond)); });
  auto busy = server.connect();
  busy.send(kGet);
  Respond respond = asked.get_future().get();
  auto idle = server.connect();
  EXPECT_TRUE(eventually([&] { return server->stats().connections == 2; }));
  std::thread stopping([&] { server->stop(milliseconds{20'000}); });
  EXPECT_EQ(idle.read_all(), "");  // the stop has begun
  respond(Reply{.body = "done"});
  const std::string answer = busy.read_all();
  stopping.join();
  EXPECT_EQ(body_of(answer), "done");
  EXPECT_THAT(answer, HasSubstr("Connection: close\r\n"));
}

TEST(ServerStop, CutsOffWhatIsNotAnsweredWithinItsPatience) {
  std::promise<Respond> asked;
  RunningServer server({}, [&](Request, Respond respond) { asked.set_value(std::move(respond)); });
  auto connection = server.connect();
  connection.send(kGet);
  Respond respond = asked.get_future().get();
  server->stop(milliseconds{20});
  EXPECT_EQ(connection.read_all(), "");
  respond(Reply{});  // too late, and harmless
}

TEST(ServerStop, CutsOffAClientThatDoesNotTakeItsAnswer) {
  RunningServer server({},
                       [](Request, Respond respond) { respond(Reply{.body = std::string(32 << 20, 'x')}); });
  auto connection = server.connect(4096);
  connection.send(kGet);
  EXPECT_TRUE(eventually([&] { return server->stats().requests == 1; }));
  server->stop(milliseconds{20});
  EXPECT_EQ(server->stats().connections, 0U);
}

TEST(ServerStop, LeavesRespondsThatOutliveTheServerHarmless) {
  std::promise<Respond> asked;
  Respond left_over;
  {
    RunningServer server({}, [&](Request, Respond respond) { asked.set_value(std::move(respond)); });
    auto connection = server.connect();
    connection.send(kGet);
    left_over = asked.get_future().get();
  }
  left_over(Reply{});
}

}  // namespace
}  // namespace deltapost::net
