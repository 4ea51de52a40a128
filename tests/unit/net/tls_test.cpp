// TLS both ways: what is verified, what is refused, and what the failures say.
#include <gmock/gmock.h>

#include "unit/net/certificates.hpp"
#include "unit/net/eventually.hpp"
#include "unit/net/running_client.hpp"
#include "unit/net/running_server.hpp"

namespace deltapost::net {
namespace {

using std::chrono::milliseconds;
using testing::Authority;
using testing::Certificate;
using testing::eventually;
using ::testing::HasSubstr;
using testing::loopback_allowed;
using testing::RawConnection;
using testing::reason_of;
using testing::RunningClient;
using testing::RunningServer;
using testing::ScriptedServer;
using ::testing::StartsWith;
using testing::status_of;

class LoopbackResolver final : public Resolver {
 public:
  void resolve(const std::string&, std::uint64_t, Done done) override { done(Addresses{"127.0.0.1"}); }
};

ServerOptions serving(const Certificate& certificate) {
  return ServerOptions{.tls_certificate_file = certificate.certificate_file(),
                       .tls_key_file = certificate.key_file()};
}

ClientOptions trusting(const Authority& authority) {
  return ClientOptions{.guard = loopback_allowed(),
                       .ca_file = authority.file(),
                       .resolver = std::make_shared<LoopbackResolver>()};
}

std::string url_of(RunningServer& server, const std::string& host) {
  return "https://" + host + ":" + std::to_string(server->port()) + "/";
}

TEST(Tls, CarriesRequestsToAServerWhoseCertificateIsRight) {
  const Authority authority;
  const Certificate certificate(authority, "DNS:hooks.example,IP:127.0.0.1");
  RunningServer server(serving(certificate));
  RunningClient client(trusting(authority));
  for (const auto host : {"hooks.example", "127.0.0.1"}) {
    const OutResult result = client.post(url_of(server, host), "hello");
    ASSERT_EQ(status_of(result), 200) << reason_of(result);
    EXPECT_EQ(std::get<OutResponse>(result).body, "POST / [hello]");
  }
}

TEST(Tls, CarriesManyRequestsOverOneConnectionAndLargeBodiesBothWays) {
  const Authority authority;
  const Certificate certificate(authority, "IP:127.0.0.1");
  ServerOptions options = serving(certificate);
  options.max_body_bytes = 16 << 20;
  RunningServer server(options, [](Request asked, Respond respond) { respond(Reply{.body = asked.body}); });
  RunningClient client(trusting(authority));
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{16'000}, std::size_t{16'384},
                                 std::size_t{20'000}, std::size_t{5'000'000}}) {
    std::string body(size, 'x');
    for (std::size_t i = 0; i < size; ++i) body[i] = static_cast<char>('a' + i % 26);
    OutRequest request{.url = url_of(server, "127.0.0.1"), .body = body, .timeout = milliseconds{20'000}};
    request.max_response_bytes = 16 << 20;
    const OutResult result = client.send(std::move(request));
    ASSERT_EQ(status_of(result), 200) << reason_of(result);
    EXPECT_TRUE(std::get<OutResponse>(result).body == body) << size;
  }
  EXPECT_EQ(server->stats().connections, 1U);
}

TEST(Tls, RefusesACertificateOfAnUnknownAuthority) {
  const Authority authority;
  const Authority other;
  const Certificate certificate(other, "DNS:hooks.example");
  RunningServer server(serving(certificate));
  RunningClient client(trusting(authority));
  EXPECT_THAT(reason_of(client.post(url_of(server, "hooks.example"))),
              StartsWith("certificate verify failed: "));
  EXPECT_EQ(server->stats().requests, 0U);
}

TEST(Tls, RefusesACertificateForAnotherName) {
  const Authority authority;
  const Certificate certificate(authority, "DNS:hooks.example,DNS:*.wild.example");
  RunningServer server(serving(certificate));
  RunningClient client(trusting(authority));
  for (const auto host :
       {"other.example", "example", "a.hooks.example", "a.b.wild.example", "wild.example"}) {
    EXPECT_EQ(reason_of(client.post(url_of(server, host))), "certificate verify failed: hostname mismatch")
        << host;
  }
  EXPECT_EQ(reason_of(client.post(url_of(server, "127.0.0.1"))),
            "certificate verify failed: IP address mismatch");
  EXPECT_EQ(server->stats().requests, 0U);
  EXPECT_EQ(status_of(client.post(url_of(server, "a.wild.example"))), 200);
}

TEST(Tls, RefusesACertificateThatIsOverOrNotYetValid) {
  const Authority authority;
  const Certificate over(authority, "DNS:hooks.example", {.from_seconds = -7200, .to_seconds = -3600});
  const Certificate early(authority, "DNS:hooks.example", {.from_seconds = 3600, .to_seconds = 7200});
  RunningServer server_over(serving(over));
  RunningServer server_early(serving(early));
  RunningClient client(trusting(authority));
  EXPECT_EQ(reason_of(client.post(url_of(server_over, "hooks.example"))),
            "certificate verify failed: certificate has expired");
  EXPECT_EQ(reason_of(client.post(url_of(server_early, "hooks.example"))),
            "certificate verify failed: certificate is not yet valid");
}

TEST(Tls, TrustsTheSystemsAuthoritiesAloneUnlessToldOtherwise) {
  const Authority authority;
  const Certificate certificate(authority, "DNS:hooks.example");
  RunningServer server(serving(certificate));
  ClientOptions options = trusting(authority);
  options.ca_file.clear();
  RunningClient client(std::move(options));
  EXPECT_THAT(reason_of(client.post(url_of(server, "hooks.example"))),
              StartsWith("certificate verify failed: "));
}

TEST(Tls, VerifiesNothingOnlyWhenTheSwitchSaysSo) {
  const Authority authority;
  const Certificate certificate(Authority{}, "DNS:other.example",
                                {.from_seconds = -7200, .to_seconds = -3600});
  RunningServer server(serving(certificate));
  RunningClient strict(trusting(authority));
  EXPECT_THAT(reason_of(strict.post(url_of(server, "hooks.example"))),
              StartsWith("certificate verify failed: "));
  ClientOptions options = trusting(authority);
  options.verify_tls = false;
  RunningClient lax(std::move(options));
  EXPECT_EQ(status_of(lax.post(url_of(server, "hooks.example"))), 200);
}

TEST(Tls, SaysThatThePeerDoesNotSpeakIt) {
  const Authority authority;
  ScriptedServer plain({[](RawConnection peer) {
    peer.read_some();
    peer.send("HTTP/1.1 400 Bad Request\r\n\r\n");
  }});
  ScriptedServer closing({[](RawConnection peer) { peer.read_some(); }});
  RunningClient client(trusting(authority));
  EXPECT_EQ(reason_of(client.post("https://127.0.0.1:" + std::to_string(plain.port()))),
            "TLS failed: wrong version number");
  EXPECT_NE(reason_of(client.post("https://127.0.0.1:" + std::to_string(closing.port()))), "");
}

TEST(Tls, TimesOutAHandshakeThatIsNeverAnswered) {
  const Authority authority;
  ScriptedServer silent({[](RawConnection peer) { peer.read_all(); }});
  RunningClient client(trusting(authority));
  EXPECT_EQ(reason_of(client.send(
                {.url = "https://127.0.0.1:" + std::to_string(silent.port()), .timeout = milliseconds{50}})),
            "timed out after 50 ms");
}

TEST(Tls, ServerDropsAClientThatNeverFinishesItsHandshake) {
  const Certificate certificate(Authority{}, "DNS:x");
  ServerOptions options = serving(certificate);
  options.header_timeout = milliseconds{40};
  RunningServer server(options);
  EXPECT_EQ(server.ask(""), "");
  EXPECT_TRUE(eventually([&] { return server->stats().connections == 0; }));
}

TEST(Tls, ServerSurvivesPlainHttp) {
  const Authority authority;
  const Certificate certificate(authority, "IP:127.0.0.1");
  RunningServer server(serving(certificate));
  server.ask("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  RunningClient client(trusting(authority));
  EXPECT_EQ(status_of(client.post(url_of(server, "127.0.0.1"))), 200);
}

TEST(Tls, FilesThatCannotBeReadAreToldAtTheStart) {
  const Certificate one(Authority{}, "DNS:x");
  const Certificate other(Authority{}, "DNS:x");
  for (const auto& [certificate, key] :
       std::vector<std::pair<std::string, std::string>>{{"/nowhere.pem", one.key_file()},
                                                        {one.certificate_file(), "/nowhere.pem"},
                                                        {one.certificate_file(), other.key_file()}}) {
    Server server({.tls_certificate_file = certificate, .tls_key_file = key}, [](Request, Respond) {});
    const auto started = server.start();
    ASSERT_FALSE(started);
    EXPECT_EQ(started.error().fault, Fault::invalid);
  }
  const auto checked = Client::check({.ca_file = "/nowhere.pem"});
  ASSERT_FALSE(checked);
  EXPECT_THAT(checked.error().message, HasSubstr("/nowhere.pem"));
  EXPECT_TRUE(Client::check({}));
}

}  // namespace
}  // namespace deltapost::net
