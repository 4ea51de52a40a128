// What the client sends, and what it makes of the answers of peers, good and bad.
#include "net/client.hpp"

#include <gmock/gmock.h>

#include <cstdlib>

#include "unit/net/raw_sockets.hpp"
#include "unit/net/running_client.hpp"

namespace deltapost::net {
namespace {

using std::chrono::milliseconds;
using testing::answer;
using testing::body_of;
using ::testing::HasSubstr;
using testing::keep_answering;
using testing::kOk;
using ::testing::Not;
using testing::RawConnection;
using testing::reason_of;
using testing::RunningClient;
using testing::ScriptedServer;
using testing::status_of;

TEST(Client, SendsExactlyWhatItWasGivenAndWhatTheProtocolNeeds) {
  std::promise<std::string> received;
  ScriptedServer server({[&](RawConnection peer) {
    received.set_value(peer.read_message());
    peer.send(kOk);
  }});
  RunningClient client;
  const OutResult result = client.send({.method = "PUT",
                                        .url = server.url("/hook?a=%20"),
                                        .headers = {{"Content-Type", "text/plain"}, {"Webhook-Id", "7"}},
                                        .body = "hello"});
  EXPECT_EQ(status_of(result), 200);
  EXPECT_EQ(body_of(result), "ok");
  EXPECT_EQ(received.get_future().get(),
            "PUT /hook?a=%20 HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(server.port()) +
                "\r\nUser-Agent: Deltapost/0.1\r\nContent-Type: text/plain\r\nWebhook-Id: 7\r\n"
                "Content-Length: 5\r\n\r\nhello");
}

TEST(Client, ReadsAnswersHoweverTheyTellTheirLength) {
  struct Case {
    std::string bytes;
    int status;
    std::string body;
  };
  const std::vector<Case> cases = {
      {kOk, 200, "ok"},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nT: 1\r\n\r\n",
       200, "abcde"},
      {"HTTP/1.1 200 OK\r\n\r\nuntil the end", 200, "until the end"},
      {"HTTP/1.0 200 OK\r\n\r\nold", 200, "old"},
      {"HTTP/1.1 204 No Content\r\n\r\n", 204, ""},
      {"HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\n\r\n", 304, ""},
      {"HTTP/1.1 500 \r\nContent-Length: 0\r\n\r\n", 500, ""},
      {"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + kOk, 200, "ok"},
  };
  for (const Case& one : cases) {
    ScriptedServer server({answer(one.bytes)});
    RunningClient client;
    const OutResult result = client.post(server.url());
    EXPECT_EQ(status_of(result), one.status) << one.bytes;
    EXPECT_EQ(body_of(result), one.body) << one.bytes;
  }
}

TEST(Client, ReadsNoBodyAfterHead) {
  ScriptedServer server({keep_answering("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n")});
  RunningClient client;
  EXPECT_EQ(status_of(client.send({.method = "HEAD", .url = server.url()})), 200);
  EXPECT_EQ(status_of(client.send({.method = "HEAD", .url = server.url()})), 200);
  EXPECT_EQ(server.connections(), 1);
}

TEST(Client, FailsInPlainWordsWhenTheAnswerIsNone) {
  struct Case {
    std::string bytes;
    std::string reason;
  };
  const std::string long_head = "HTTP/1.1 200 OK\r\nX: " + std::string(20'000, 'x') + "\r\n\r\n";
  std::string interim;
  for (int i = 0; i < 20; ++i) interim += "HTTP/1.1 102 Processing\r\n\r\n";
  std::string trailers;
  for (int i = 0; i < 2000; ++i) trailers += "X-More: 1\r\n";
  const std::vector<Case> cases = {
      {"", "the connection was closed before an answer"},
      {"HTTP/1.1 20", "the connection was closed in the middle of the answer"},
      {"HTTP/1.1 200 OK\r\nX: y\r\n", "the connection was closed in the middle of the answer"},
      {"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort",
       "the connection was closed in the middle of the answer"},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
       "the connection was closed in the middle of the answer"},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n",
       "the connection was closed in the middle of the answer"},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n" + trailers,
       "a chunk's header or the answer's trailers are too long"},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;ext=" + std::string(20'000, 'x'),
       "a chunk's header or the answer's trailers are too long"},
      {"SSH-2.0-OpenSSH_9.2\r\n\r\n", "the answer is not valid HTTP"},
      {"HTTP/1.1 2000 OK\r\n\r\n", "the answer is not valid HTTP"},
      {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok", "the answer is not valid HTTP"},
      {"HTTP/1.1 200 OK\r\nContent-Length: two\r\n\r\nok", "the answer is not valid HTTP"},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", "the answer is not valid HTTP"},
      {"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n", "switches protocols"},
      {interim, "too many interim answers"},
      {long_head, "the answer's headers are too large"},
  };
  for (const Case& one : cases) {
    ScriptedServer server({answer(one.bytes)});
    RunningClient client;
    EXPECT_THAT(reason_of(client.post(server.url())), HasSubstr(one.reason)) << one.bytes.substr(0, 80);
  }
}

TEST(Client, TellsHowAConnectionBroke) {
  RunningClient client;
  EXPECT_EQ(reason_of(client.post("http://127.0.0.1:" + std::to_string(testing::closed_port()))),
            "connection refused");
  ScriptedServer resetting({[](RawConnection peer) {
    peer.read_message();
    peer.reset();
  }});
  EXPECT_EQ(reason_of(client.post(resetting.url())), "connection reset by peer");
}

TEST(Client, UnderstandsAPeerThatClosesItsSideAfterTheAnswer) {
  ScriptedServer server({[](RawConnection peer) {
    peer.read_message();
    peer.send("HTTP/1.1 200 OK\r\n\r\nok");
    peer.shutdown_send();
    EXPECT_EQ(peer.read_all(), "");
  }});
  RunningClient client;
  EXPECT_EQ(body_of(client.post(server.url())), "ok");
}

TEST(Client, NeverFollowsARedirect) {
  ScriptedServer elsewhere({answer(kOk)});
  ScriptedServer server(
      {answer("HTTP/1.1 302 Found\r\nLocation: " + elsewhere.url() + "\r\nContent-Length: 0\r\n\r\n")});
  RunningClient client;
  EXPECT_EQ(status_of(client.post(server.url())), 302);
  EXPECT_EQ(elsewhere.connections(), 0);
}

TEST(Client, IgnoresTheProxiesOfTheEnvironment) {
  ScriptedServer proxy({answer("HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n")});
  for (const auto name : {"http_proxy", "HTTP_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"}) {
    setenv(name, proxy.url().c_str(), 1);
  }
  ScriptedServer server({answer(kOk)});
  RunningClient client;
  EXPECT_EQ(status_of(client.post(server.url())), 200);
  EXPECT_EQ(proxy.connections(), 0);
  for (const auto name : {"http_proxy", "HTTP_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"})
    unsetenv(name);
}

TEST(Client, KeepsOfTheBodyWhatItWasToldAndReadsTheRest) {
  const std::string body(600'000, 'b');
  ScriptedServer server({keep_answering("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) +
                                        "\r\n\r\n" + body)});
  RunningClient client;
  for (int i = 0; i < 2; ++i) {
    const OutResult result =
        client.send({.url = server.url(), .timeout = milliseconds{20'000}, .max_response_bytes = 1000});
    EXPECT_EQ(status_of(result), 200);
    EXPECT_EQ(body_of(result), std::string(1000, 'b'));
  }
  EXPECT_EQ(server.connections(), 1);
}

TEST(Client, KeepsOfTheHeadersTheOneThatItWasTold) {
  const std::string answers =
      "HTTP/1.1 503 Busy\r\nretry-after: 7\r\nServer: x\r\nContent-Length: 2\r\n\r\nok";
  ScriptedServer server({keep_answering(answers)});
  RunningClient client;
  const auto headers_of = [&](std::string_view kept) {
    const OutResult result = client.send({.url = server.url("/"), .kept_header = kept});
    const auto* response = std::get_if<OutResponse>(&result);
    EXPECT_NE(response, nullptr) << reason_of(result);
    return response ? response->headers : Headers{};
  };
  EXPECT_EQ(headers_of("").size(), 3u);
  const Headers one = headers_of("Retry-After");
  ASSERT_EQ(one.size(), 1u);
  EXPECT_EQ(one.front().value, "7");
}

TEST(Client, ClosesOnABodyThatGoesOnAndOnButKeepsItsAnswer) {
  ScriptedServer server({[](RawConnection peer) {
    peer.read_message();
    peer.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    const std::string chunk = "1000\r\n" + std::string(0x1000, 'c') + "\r\n";
    while (peer.send(chunk)) {
    }
  }});
  RunningClient client;
  const OutResult result = client.post(server.url());
  EXPECT_EQ(status_of(result), 200);
  EXPECT_EQ(body_of(result), std::string(16 * 1024, 'c'));
}

TEST(Client, TakesAnAnswerFromAPeerThatNeverReadsTheBody) {
  std::promise<void> over;
  ScriptedServer server({[until_over = over.get_future().share()](RawConnection peer) {
    peer.read_until("\r\n\r\n");
    peer.send("HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\n\r\n");
    until_over.wait();
  }});
  RunningClient client;
  EXPECT_EQ(status_of(client.post(server.url(), std::string(64 << 20, 'x'))), 413);
  over.set_value();
}

TEST(Client, UnpacksNoAnswer) {
  const std::string packed("\x1f\x8b\x08\0\0\0\0\0\0\x03\x03\0\0\0\0\0\0\0\0\0", 20);
  ScriptedServer server(
      {answer("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 20\r\n\r\n" + packed)});
  RunningClient client;
  EXPECT_EQ(body_of(client.post(server.url())), packed);
}

TEST(Client, RefusesWhatIsNotFitToBeSent) {
  RunningClient client;
  const auto with = [&](std::string name, std::string value) {
    return reason_of(
        client.send({.url = "http://127.0.0.1:1/", .headers = {{std::move(name), std::move(value)}}}));
  };
  EXPECT_EQ(with("X-A", "b\r\nHost: evil"), "the value of header X-A is not valid");
  EXPECT_EQ(with("X-A\r\nB", "c"), "a header's name is not valid");
  for (const auto name : {"Host", "content-length", "Transfer-Encoding", "connection", "Upgrade", "TE"}) {
    EXPECT_EQ(with(name, "1"), "header " + std::string(name) + " may not be set");
  }
  EXPECT_THAT(reason_of(client.post("file:///etc/passwd")), HasSubstr("must begin with https"));
  EXPECT_THAT(reason_of(client.post("gopher://127.0.0.1/")), HasSubstr("must begin with https"));
  const std::string secret = reason_of(client.post("http://user:hunter2@127.0.0.1/"));
  EXPECT_THAT(secret, HasSubstr("must not hold a user"));
  EXPECT_THAT(secret, Not(HasSubstr("hunter2")));
  EXPECT_EQ(reason_of(client.send({.method = "PO ST", .url = "http://127.0.0.1/"})),
            "the method is not valid");
}

}  // namespace
}  // namespace deltapost::net
