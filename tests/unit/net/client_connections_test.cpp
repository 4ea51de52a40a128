// The client's connections: kept and used again, shared, given up in time.
#include "net/client.hpp"

#include <gmock/gmock.h>

#include "unit/net/raw_sockets.hpp"
#include "unit/net/running_client.hpp"
#include "unit/net/running_server.hpp"

namespace deltapost::net {
namespace {

using std::chrono::milliseconds;
using testing::answer;
using testing::body_of;
using testing::keep_answering;
using testing::kOk;
using testing::on_loopback;
using testing::RawConnection;
using testing::reason_of;
using testing::RunningClient;
using testing::RunningServer;
using testing::ScriptedServer;
using ::testing::StartsWith;
using testing::status_of;

TEST(Client, KeepsConnectionsAndUsesThemAgain) {
  ScriptedServer server({keep_answering(kOk)});
  RunningClient client;
  for (int i = 0; i < 20; ++i) EXPECT_EQ(status_of(client.post(server.url())), 200);
  EXPECT_EQ(server.connections(), 1);
}

TEST(Client, UsesNoConnectionAgainThatIsNotFit) {
  for (const std::string once : {"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok",
                                 "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok",
                                 "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok-and-more"}) {
    ScriptedServer server({keep_answering(once)});
    RunningClient client;
    EXPECT_EQ(status_of(client.post(server.url())), 200) << once;
    EXPECT_EQ(status_of(client.post(server.url())), 200) << once;
    EXPECT_EQ(server.connections(), 2) << once;
  }
}

TEST(Client, SendsOnceMoreWhenAKeptConnectionTurnsOutStale) {
  ScriptedServer server({[](RawConnection peer) {
                           peer.read_message();
                           peer.send(kOk);
                           peer.read_message();  // closed without a byte of an answer
                         },
                         keep_answering(kOk)});
  RunningClient client;
  EXPECT_EQ(status_of(client.post(server.url())), 200);
  EXPECT_EQ(status_of(client.post(server.url())), 200);
  EXPECT_EQ(server.connections(), 2);
}

TEST(Client, NoticesAnEndThatCameTogetherWithTheAnswerBefore) {
  ScriptedServer server({[](RawConnection peer) {
                           peer.read_message();
                           peer.send_last(kOk);
                           peer.read_all();  // it stays open in this direction
                         },
                         keep_answering(kOk)});
  RunningClient client;
  EXPECT_EQ(status_of(client.post(server.url())), 200);
  EXPECT_EQ(status_of(client.post(server.url())), 200);
  EXPECT_EQ(server.connections(), 2);
}

TEST(Client, DoesNotSendAgainOnAFreshConnection) {
  ScriptedServer server({[](RawConnection peer) { peer.read_message(); }});
  RunningClient client;
  EXPECT_EQ(reason_of(client.post(server.url())), "the connection was closed before an answer");
  EXPECT_EQ(server.connections(), 1);
}

TEST(Client, SendsOnceMoreOnlyOnce) {
  ScriptedServer server({[](RawConnection peer) {
                           peer.read_message();
                           peer.send(kOk);
                           peer.read_message();
                         },
                         [](RawConnection peer) { peer.read_message(); }});
  RunningClient client;
  EXPECT_EQ(status_of(client.post(server.url())), 200);
  EXPECT_EQ(reason_of(client.post(server.url())), "the connection was closed before an answer");
  EXPECT_EQ(server.connections(), 2);
}

TEST(Client, DoesNotSendAgainOnceAByteOfTheAnswerHasCome) {
  ScriptedServer server({[](RawConnection peer) {
    peer.read_message();
    peer.send(kOk);
    peer.read_message();
    peer.send("H");
  }});
  RunningClient client;
  EXPECT_EQ(status_of(client.post(server.url())), 200);
  EXPECT_EQ(reason_of(client.post(server.url())), "the connection was closed in the middle of the answer");
  EXPECT_EQ(server.connections(), 1);
}

TEST(Client, ReadsNothingButTheAnswerOfAPeerThatSaysMore) {
  // A second answer that nobody asked for must not become the next request's.
  ScriptedServer server({[](RawConnection peer) {
                           peer.read_message();
                           peer.send(kOk + "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged");
                         },
                         answer(kOk)});
  RunningClient client;
  EXPECT_EQ(body_of(client.post(server.url())), "ok");
  EXPECT_EQ(body_of(client.post(server.url())), "ok");
  EXPECT_EQ(server.connections(), 2);
}

TEST(Client, ServesThousandsOfRequestsAtOnceOverFewConnections) {
  RunningServer server;
  ClientOptions options = on_loopback();
  options.max_connections = 8;
  RunningClient client(std::move(options));
  const std::string url = "http://127.0.0.1:" + std::to_string(server->port()) + "/";
  std::vector<std::future<OutResult>> all;
  for (int i = 0; i < 5000; ++i) {
    all.push_back(client.start({.url = url + std::to_string(i), .timeout = milliseconds{60'000}}));
  }
  for (int i = 0; i < 5000; ++i)
    EXPECT_EQ(body_of(all[static_cast<std::size_t>(i)].get()), "POST /" + std::to_string(i));
  EXPECT_LE(server->stats().connections, 8U);
}

TEST(Client, LetsNoHostKeepAllConnectionsFromTheOthers) {
  ScriptedServer first({keep_answering(kOk)});
  ScriptedServer second({keep_answering(kOk)});
  ClientOptions options = on_loopback();
  options.max_connections = 1;
  RunningClient client(std::move(options));
  std::vector<std::future<OutResult>> all;
  for (int i = 0; i < 20; ++i) {
    all.push_back(
        client.start({.url = (i % 2 == 0 ? first : second).url(), .timeout = milliseconds{60'000}}));
  }
  for (auto& one : all) EXPECT_EQ(status_of(one.get()), 200);
}

TEST(Client, ClosesConnectionsThatAreIdleForTooLong) {
  std::promise<void> closed;
  ScriptedServer server({[&](RawConnection peer) {
    peer.read_message();
    peer.send(kOk);
    EXPECT_EQ(peer.read_all(), "");
    closed.set_value();
  }});
  ClientOptions options = on_loopback();
  options.idle_timeout = milliseconds{20};
  RunningClient client(std::move(options));
  EXPECT_EQ(status_of(client.post(server.url())), 200);
  closed.get_future().wait();
}

TEST(Client, TimesOutTheWholeExchangeWhereverItIsStuck) {
  for (const std::string bytes : {"", "HTTP/1.1 200", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab",
                                  "HTTP/1.1 102 Processing\r\n\r\n"}) {
    std::promise<void> over;
    ScriptedServer server({[bytes, until_over = over.get_future().share()](RawConnection peer) {
      peer.send(bytes);
      until_over.wait();
    }});
    RunningClient client;
    for (const std::size_t size : {std::size_t{2}, std::size_t{32} << 20}) {
      const OutResult result =
          client.send({.url = server.url(), .body = std::string(size, 'x'), .timeout = milliseconds{50}});
      EXPECT_EQ(reason_of(result), "timed out after 50 ms") << bytes << size;
    }
    over.set_value();
  }
}

TEST(Client, TimesOutThoughBytesKeepComing) {
  for (const std::string begin :
       {"HTTP/1.1 200 OK\r\nX-Slow: ", "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffff\r\n", "HTTP/1.1 200 OK\r\n\r\n"}) {
    ScriptedServer server({[begin](RawConnection peer) {
      constexpr int kBytes = 5000, kPaceMillis = 2;
      peer.read_message();
      peer.send(begin);
      for (int i = 0; i < kBytes && !peer.readable_within(kPaceMillis); ++i) peer.send("x");
    }});
    RunningClient client;
    EXPECT_EQ(reason_of(client.send({.url = server.url(), .timeout = milliseconds{60}})),
              "timed out after 60 ms")
        << begin;
  }
}

TEST(Client, TimesOutARequestThatWaitsForAConnectionToo) {
  std::promise<void> over;
  ScriptedServer server({[until_over = over.get_future().share()](RawConnection peer) {
    peer.read_message();
    until_over.wait();
    peer.send(kOk);
  }});
  ClientOptions options = on_loopback();
  options.max_connections = 1;
  RunningClient client(std::move(options));
  auto holding = client.start({.url = server.url(), .timeout = milliseconds{60'000}});
  EXPECT_THAT(reason_of(client.send({.url = server.url(), .timeout = milliseconds{30}})),
              StartsWith("timed out after 30 ms, waiting for a free connection"));
  over.set_value();
  EXPECT_EQ(status_of(holding.get()), 200);
}

TEST(Client, FailsWhatIsInProgressWhenItEnds) {
  std::promise<void> received;
  ScriptedServer server({[&](RawConnection peer) {
    peer.read_message();
    received.set_value();
    EXPECT_EQ(peer.read_all(), "");
  }});
  Loop loop;
  loop.start("client");
  std::promise<OutResult> failed;
  {
    Client client(loop, on_loopback());
    client.send({.url = server.url(), .timeout = milliseconds{60'000}},
                [&](OutResult result) { failed.set_value(std::move(result)); });
    received.get_future().wait();
  }
  EXPECT_EQ(reason_of(failed.get_future().get()), "the client was closed");
}

TEST(Client, DropsWhatIsInProgressWhenItsLoopHasStopped) {
  std::promise<void> received;
  ScriptedServer server({[&](RawConnection peer) {
    if (!peer.read_message().empty()) peer.send(kOk);
    peer.read_message();
    received.set_value();
    EXPECT_EQ(peer.read_all(), "");
  }});
  const auto token = std::make_shared<int>(0);
  Loop loop;
  loop.start("client");
  {
    Client client(loop, on_loopback());
    std::promise<void> first;
    client.send({.url = server.url()}, [&](OutResult) { first.set_value(); });
    first.get_future().wait();
    client.send({.url = server.url(), .timeout = milliseconds{60'000}}, [token](OutResult) { FAIL(); });
    received.get_future().wait();
    loop.stop();
    client.send({.url = server.url()}, [token](OutResult) { FAIL(); });
  }
  EXPECT_EQ(token.use_count(), 1);
}

}  // namespace
}  // namespace deltapost::net
