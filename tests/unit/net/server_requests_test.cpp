// What the server makes of requests, good and bad, byte by byte.
#include <gmock/gmock.h>

#include <future>
#include <stdexcept>
#include <thread>

#include "unit/net/running_server.hpp"

namespace deltapost::net {
namespace {

using testing::body_of;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::RunningServer;
using ::testing::StartsWith;
using testing::status_of;

const std::string kClose = "Connection: close\r\n";

std::string request(const std::string& first_line, const std::string& rest = "") {
  return first_line + "\r\nHost: x\r\n" + kClose + rest + "\r\n";
}

TEST(ServerRequests, ReachTheHandlerDecoded) {
  RunningServer server({}, [](Request asked, Respond respond) {
    respond(Reply{.body = asked.method + "|" + asked.path + "|" + std::string(*asked.param("a b")) + "|" +
                          std::string(*asked.header("x-KEY")) + "|" + asked.peer + "|" + asked.body});
  });
  const std::string answer =
      server.ask(request("PATCH /v1/%61?a+b=%2B HTTP/1.1", "X-Key:  v w \r\nContent-Length: 4\r\n") + "body");
  EXPECT_EQ(status_of(answer), 200);
  EXPECT_EQ(body_of(answer), "PATCH|/v1/a|+|v w|127.0.0.1|body");
}

TEST(ServerRequests, AreAnsweredWithWhatTheHandlerReplied) {
  RunningServer server({}, [](Request, Respond respond) {
    respond(Reply{.status = 201,
                  .content_type = "text/plain",
                  .headers = {{"ETag", "\"7\""}, {"Location", "/v1/x"}},
                  .body = "made"});
  });
  const std::string answer = server.ask(request("POST / HTTP/1.1", "Content-Length: 0\r\n"));
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 201 Created\r\nDate: "));
  EXPECT_THAT(answer, HasSubstr("\r\nETag: \"7\"\r\nLocation: /v1/x\r\n"));
  EXPECT_THAT(answer, HasSubstr("\r\nContent-Type: text/plain\r\nContent-Length: 4\r\n"));
  EXPECT_EQ(body_of(answer), "made");
}

struct BadRequest {
  std::string what;
  std::string bytes;
  int status;
};

const std::vector<BadRequest>& bad_requests() {
  static const std::vector<BadRequest> table = {
      {"two lengths that differ",
       request("POST / HTTP/1.1", "Content-Length: 3\r\nContent-Length: 4\r\n") + "abcd", 400},
      {"two lengths that agree",
       request("POST / HTTP/1.1", "Content-Length: 3\r\nContent-Length: 3\r\n") + "abc", 400},
      {"a list of lengths", request("POST / HTTP/1.1", "Content-Length: 3, 3\r\n") + "abc", 400},
      {"a signed length", request("POST / HTTP/1.1", "Content-Length: +3\r\n") + "abc", 400},
      {"a negative length", request("POST / HTTP/1.1", "Content-Length: -3\r\n") + "abc", 400},
      {"a hexadecimal length", request("POST / HTTP/1.1", "Content-Length: 0x3\r\n") + "abc", 400},
      {"an empty length", request("POST / HTTP/1.1", "Content-Length:\r\n") + "abc", 400},
      {"a length beyond 64 bits", request("POST / HTTP/1.1", "Content-Length: 99999999999999999999\r\n"),
       400},
      {"a length and chunks",
       request("POST / HTTP/1.1", "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n"), 400},
      {"chunks and a length",
       request("POST / HTTP/1.1", "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n"), 400},
      {"chunked twice",
       request("POST / HTTP/1.1", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"), 400},
      {"chunked on HTTP/1.0", request("POST / HTTP/1.0", "Transfer-Encoding: chunked\r\n") + "0\r\n\r\n",
       400},
      {"another transfer encoding", request("POST / HTTP/1.1", "Transfer-Encoding: gzip, chunked\r\n"), 501},
      {"chunked, but not last", request("POST / HTTP/1.1", "Transfer-Encoding: chunked, identity\r\n"), 501},
      {"chunked, misspelt", request("POST / HTTP/1.1", "Transfer-Encoding: xchunked\r\n"), 501},
      {"a folded header", request("GET / HTTP/1.1", "X-A: b\r\n c\r\n"), 400},
      {"a header folded with a tab", request("GET / HTTP/1.1", "X-A: b\r\n\tc\r\n"), 400},
      {"a blank before the colon", request("GET / HTTP/1.1", "X-A : b\r\n"), 400},
      {"a header without a colon", request("GET / HTTP/1.1", "X-A\r\n"), 400},
      {"a header without a name", request("GET / HTTP/1.1", ": b\r\n"), 400},
      {"a line end without CR", "GET / HTTP/1.1\nHost: x\n\n", 400},
      {"a NUL in a header", request("GET / HTTP/1.1", std::string("X-A: b\0c\r\n", 10)), 400},
      {"a CR in a header", request("GET / HTTP/1.1", "X-A: b\rc\r\n"), 400},
      {"no Host", "GET / HTTP/1.1\r\n" + kClose + "\r\n", 400},
      {"two Hosts", request("GET / HTTP/1.1", "Host: y\r\n"), 400},
      {"a Host that is none", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400},
      {"a chunk size that is none",
       request("POST / HTTP/1.1", "Transfer-Encoding: chunked\r\n") + "zz\r\nabc\r\n0\r\n\r\n", 400},
      {"a chunk longer than its size",
       request("POST / HTTP/1.1", "Transfer-Encoding: chunked\r\n") + "2\r\nabc\r\n0\r\n\r\n", 400},
      {"a chunk size beyond 64 bits",
       request("POST / HTTP/1.1", "Transfer-Encoding: chunked\r\n") + "10000000000000000\r\n", 400},
      {"a negative chunk size",
       request("POST / HTTP/1.1", "Transfer-Encoding: chunked\r\n") + "-2\r\nab\r\n0\r\n\r\n", 400},
      {"an absolute target", request("GET http://x/ HTTP/1.1"), 400},
      {"an asterisk target", request("OPTIONS * HTTP/1.1"), 400},
      {"an authority target", request("CONNECT x:443 HTTP/1.1"), 400},
      {"a target without a slash", request("GET x HTTP/1.1"), 400},
      {"a fragment", request("GET /a#b HTTP/1.1"), 400},
      {"an encoded NUL", request("GET /%00 HTTP/1.1"), 400},
      {"a bad escape", request("GET /%zz HTTP/1.1"), 400},
      {"a cut escape", request("GET /%4 HTTP/1.1"), 400},
      {"a bad escape in the query", request("GET /?a=%g0 HTTP/1.1"), 400},
      {"an encoded slash", request("GET /a%2fb HTTP/1.1"), 400},
      {"a way upwards", request("GET /a/%2e%2e/b HTTP/1.1"), 400},
      {"a blank in the target", request("GET /a b HTTP/1.1"), 400},
      {"a path that is no UTF-8", request("GET /%ff HTTP/1.1"), 400},
      {"no target", "GET HTTP/1.1\r\nHost: x\r\n\r\n", 400},
      {"a method that is no token", request("G@T / HTTP/1.1"), 400},
      {"TLS where plain HTTP is spoken",
       std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 15), 400},
      {"HTTP/0.9", "GET /\r\n\r\n", 400},
      {"HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
      {"HTTP/1.2", request("GET / HTTP/1.2"), 505},
      {"an unknown expectation",
       request("POST / HTTP/1.1", "Expect: miracles\r\nContent-Length: 1\r\n") + "a", 417},
  };
  return table;
}

TEST(ServerRequests, AreRefusedWithAProblemWhenTheyAreNotPlainHttp) {
  int handled = 0;
  RunningServer server({}, [&](Request, Respond respond) {
    ++handled;
    respond(Reply{});
  });
  for (const BadRequest& bad : bad_requests()) {
    const std::string answer = server.ask(bad.bytes);
    EXPECT_EQ(status_of(answer), bad.status) << bad.what << "\n" << answer;
    EXPECT_THAT(answer, HasSubstr("Content-Type: application/problem+json\r\n")) << bad.what;
    EXPECT_THAT(answer, HasSubstr("Connection: close\r\n")) << bad.what;
    const std::string body = body_of(answer);
    EXPECT_THAT(body, StartsWith(R"({"type":"about:blank","title":")")) << bad.what;
    EXPECT_THAT(body, HasSubstr(R"("status":)" + std::to_string(bad.status) + R"(,"detail":")")) << bad.what;
  }
  server->stop(std::chrono::milliseconds{0});
  EXPECT_EQ(handled, 0);
}

TEST(ServerRequests, AfterARefusedOneAreNotServed) {
  RunningServer server;
  const std::string answer = server.ask(
      "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" +
      request("GET /smuggled HTTP/1.1"));
  EXPECT_EQ(status_of(answer), 400);
  EXPECT_THAT(answer, Not(HasSubstr("smuggled")));
}

TEST(ServerRequests, MayBePipelinedAndAreAnsweredInOrderEvenWhenAnswersComeLate) {
  std::vector<std::thread> answering;
  RunningServer server({}, [&](Request asked, Respond respond) {
    if (asked.path != "/0") return respond(testing::echo(asked));
    answering.emplace_back([asked = std::move(asked), respond = std::move(respond)]() mutable {
      respond(testing::echo(asked));
    });
  });
  std::string bytes;
  for (int i = 0; i < 50; ++i) {
    bytes += "POST /" + std::to_string(i) + " HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi";
  }
  auto connection = server.connect();
  connection.send(bytes);
  for (int i = 0; i < 50; ++i) {
    EXPECT_EQ(body_of(connection.read_message()), "POST /" + std::to_string(i) + " [hi]");
  }
  for (auto& thread : answering) thread.join();
}

TEST(ServerRequests, AreReadOnWhenOneHasFilledTheBufferToItsLastByte) {
  constexpr std::size_t kBuffer = 16 * 1024;
  RunningServer server({.max_header_bytes = kBuffer});
  // The number's digits are as many for all bodies that are tried.
  std::string head = "POST /first HTTP/1.1\r\nHost: x\r\nContent-Length: 10000\r\n\r\n";
  const std::string size = std::to_string(kBuffer - head.size());
  head.replace(head.find("10000"), size.size(), size);
  auto connection = server.connect();
  connection.send(head + std::string(kBuffer - head.size(), 'a') + "GET /second HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_THAT(body_of(connection.read_message()), StartsWith("POST /first [aaa"));
  EXPECT_EQ(body_of(connection.read_message()), "GET /second");
}

TEST(ServerRequests, AreAnsweredAndTheConnectionClosedWhenTheClientsEndCameWithThem) {
  RunningServer server;
  auto connection = server.connect();
  connection.send_last(testing::kGet + testing::kGet);
  EXPECT_EQ(status_of(connection.read_message()), 200);
  EXPECT_EQ(status_of(connection.read_message()), 200);
  EXPECT_EQ(connection.read_all(), "");
}

TEST(ServerRequests, MayArriveByteByByte) {
  RunningServer server;
  auto connection = server.connect();
  const std::string bytes = request("POST /slow HTTP/1.1", "Transfer-Encoding: chunked\r\n") +
                            "5;ext=1\r\nhello\r\n1\r\n!\r\n0\r\nTrailer: x\r\n\r\n";
  for (const char byte : bytes) connection.send(std::string_view(&byte, 1));
  EXPECT_EQ(body_of(connection.read_all()), "POST /slow [hello!]");
}

TEST(ServerRequests, MayBePrecededByEmptyLines) {
  RunningServer server;
  EXPECT_EQ(status_of(server.ask("\r\n\r\n" + request("GET / HTTP/1.1"))), 200);
}

TEST(ServerRequests, WithChunksAreFollowedByTheNextOne) {
  RunningServer server;
  const std::string answer = server.ask(
      "POST /1 HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nA\r\n0123456789\r\n0\r\nX-T: "
      "1\r\n\r\n" +
      request("GET /2 HTTP/1.1"));
  EXPECT_THAT(answer, HasSubstr("POST /1 [0123456789]HTTP/1.1 200 OK"));
  EXPECT_THAT(answer, HasSubstr("GET /2"));
}

TEST(ServerRequests, CannotPassHeadersOffAsTrailers) {
  RunningServer server({}, [](Request asked, Respond respond) {
    respond(Reply{.body = asked.header("x-api-key") ? "taken" : "ignored"});
  });
  EXPECT_EQ(body_of(server.ask(request("POST / HTTP/1.1", "Transfer-Encoding: chunked\r\n") +
                               "0\r\nX-Api-Key: stolen\r\n\r\n")),
            "ignored");
}

TEST(ServerRequests, OfHttp10AreClosedUnlessTheyAskToBeKept) {
  RunningServer server;
  const std::string closed = server.ask("GET /old HTTP/1.0\r\n\r\n");
  EXPECT_EQ(body_of(closed), "GET /old");
  EXPECT_THAT(closed, HasSubstr("Connection: close\r\n"));

  auto kept = server.connect();
  kept.send("GET /1 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_THAT(kept.read_message(), HasSubstr("Connection: keep-alive\r\n"));
  kept.send("GET /2 HTTP/1.0\r\n\r\n");
  EXPECT_THAT(kept.read_all(), HasSubstr("GET /2"));
}

TEST(ServerRequests, WithHeadGetTheHeadOfTheAnswerAlone) {
  RunningServer server;
  auto connection = server.connect();
  connection.send("HEAD /abc HTTP/1.1\r\nHost: x\r\n\r\n" + request("GET /next HTTP/1.1"));
  const std::string answers = connection.read_all();
  EXPECT_THAT(answers, HasSubstr("Content-Length: 9\r\n\r\nHTTP/1.1 200 OK"));
  EXPECT_THAT(answers, Not(HasSubstr("HEAD /abc")));
  EXPECT_THAT(answers, HasSubstr("GET /next"));
}

TEST(ServerRequests, ThatExpectAContinueGetItBeforeTheirBody) {
  RunningServer server;
  auto connection = server.connect();
  connection.send(request("POST / HTTP/1.1", "Expect: 100-continue\r\nContent-Length: 4\r\n"));
  EXPECT_EQ(connection.read_until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  connection.send("body");
  EXPECT_EQ(body_of(connection.read_all()), "POST / [body]");
}

TEST(ServerRequests, ThatSendTheirBodyUnaskedGetNoContinue) {
  RunningServer server;
  const std::string answer =
      server.ask(request("POST / HTTP/1.1", "Expect: 100-continue\r\nContent-Length: 4\r\n") + "body");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 OK"));
}

TEST(ServerRequests, WithoutABodyGetAnEmpty204) {
  RunningServer server({},
                       [](Request, Respond respond) { respond(Reply{.status = 204, .body = "unsendable"}); });
  const std::string answer = server.ask(request("DELETE / HTTP/1.1"));
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 204 No Content"));
  EXPECT_THAT(answer, Not(HasSubstr("Content-")));
  EXPECT_EQ(body_of(answer), "");
}

TEST(ServerRequests, GetA500WhenTheHandlerDropsOrThrows) {
  RunningServer server({}, [](Request asked, Respond respond) {
    if (asked.path == "/throws") throw std::runtime_error("boom: secret");
    const Respond dropped = std::move(respond);
  });
  for (const auto path : {"/throws", "/drops"}) {
    const std::string answer = server.ask(request("GET " + std::string(path) + " HTTP/1.1"));
    EXPECT_EQ(status_of(answer), 500);
    EXPECT_THAT(answer, HasSubstr("application/problem+json"));
    EXPECT_THAT(answer, Not(HasSubstr("secret")));
  }
}

TEST(ServerRequests, GetA500RatherThanAHeaderThatSplitsTheAnswer) {
  RunningServer server({}, [](Request, Respond respond) {
    respond(Reply{.headers = {{"Location", "/x\r\nSet-Cookie: evil=1"}}, .body = "x"});
  });
  const std::string answer = server.ask(request("GET / HTTP/1.1"));
  EXPECT_EQ(status_of(answer), 500);
  EXPECT_THAT(answer, Not(HasSubstr("evil")));
}

TEST(ServerRequests, MayBeAnsweredFromAnotherThreadLater) {
  std::promise<std::pair<Request, Respond>> asked;
  RunningServer server({}, [&](Request request_in, Respond respond) {
    asked.set_value({std::move(request_in), std::move(respond)});
  });
  auto connection = server.connect();
  connection.send(request("GET /later HTTP/1.1"));
  auto [asked_request, respond] = asked.get_future().get();
  respond(testing::echo(asked_request));
  EXPECT_EQ(body_of(connection.read_all()), "GET /later");
}

TEST(ServerRequests, GetLargeAnswersWhole) {
  const std::string large(8 << 20, 'x');
  RunningServer server({}, [&](Request, Respond respond) { respond(Reply{.body = large}); });
  EXPECT_EQ(body_of(server.ask(request("GET / HTTP/1.1"))), large);
}

}  // namespace
}  // namespace deltapost::net
