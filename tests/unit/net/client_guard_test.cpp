// The guard where it counts: between the name and the connect.
#include <gmock/gmock.h>

#include <mutex>

#include "unit/net/raw_sockets.hpp"
#include "unit/net/running_client.hpp"

namespace deltapost::net {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;
using testing::RawConnection;
using testing::reason_of;
using testing::refused_by_guard;
using testing::RunningClient;
using testing::ScriptedServer;
using testing::status_of;

/// Answers each question about a name with the next of its answers, and the last one for ever.
class ScriptedResolver final : public Resolver {
 public:
  explicit ScriptedResolver(std::vector<Result<Addresses>> answers) : answers_(std::move(answers)) {}

  void resolve(const std::string&, std::uint64_t, Done done) override {
    const std::lock_guard lock(mutex_);
    const auto number = static_cast<std::size_t>(questions_++);
    done(number < answers_.size() ? answers_[number] : answers_.back());
  }
  int questions() const {
    const std::lock_guard lock(mutex_);
    return questions_;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<Result<Addresses>> answers_;
  int questions_ = 0;
};

using Addresses = Resolver::Addresses;

const ScriptedServer::Act kOnce = [](RawConnection peer) {
  peer.read_message();
  peer.send("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
};

std::string named(const ScriptedServer& server) {
  return "http://hooks.example:" + std::to_string(server.port()) + "/";
}

ClientOptions with(std::shared_ptr<Resolver> resolver, std::initializer_list<std::string_view> allowed,
                   milliseconds dns_cache = milliseconds{0}) {
  std::vector<Cidr> networks;
  for (const auto text : allowed) networks.push_back(*Cidr::parse(text));
  return ClientOptions{
      .guard = AddressGuard(networks), .dns_cache = dns_cache, .resolver = std::move(resolver)};
}

TEST(ClientGuard, RefusesInternalAddressesHoweverTheyAreWritten) {
  ScriptedServer server({kOnce});
  RunningClient client{ClientOptions{}};
  const std::string port = ":" + std::to_string(server.port()) + "/";
  for (const std::string host : {"127.0.0.1", "2130706433", "0x7f.1", "127.1", "0177.0.0.1", "0x7f000001",
                                 "[::ffff:127.0.0.1]", "[::1]", "localhost", "0.0.0.0", "0", "[::]",
                                 "169.254.169.254", "[fd00:ec2::254]", "10.0.0.8", "192.168.0.1"}) {
    const OutResult result = client.post("http://" + host + port);
    EXPECT_TRUE(refused_by_guard(result)) << host << ": " << reason_of(result);
    EXPECT_THAT(reason_of(result), HasSubstr("is internal and not allowed")) << host;
  }
  EXPECT_EQ(server.connections(), 0);
}

TEST(ClientGuard, RefusesANameWholeWhenOneOfItsAddressesIsInternal) {
  ScriptedServer server({kOnce});
  for (const Addresses& answer :
       {Addresses{"127.0.0.1", "10.0.0.8"}, Addresses{"10.0.0.8", "127.0.0.1"},
        Addresses{"127.0.0.1", "::ffff:10.0.0.8"}, Addresses{"127.0.0.1", "fd00::1"}}) {
    RunningClient client(
        with(std::make_shared<ScriptedResolver>(std::vector<Result<Addresses>>{answer}), {"127.0.0.1/32"}));
    const OutResult result = client.post(named(server));
    EXPECT_TRUE(refused_by_guard(result)) << reason_of(result);
  }
  EXPECT_EQ(server.connections(), 0);
}

TEST(ClientGuard, ConnectsToTheAddressThatWasCheckedThoughTheNameChangesAfterwards) {
  ScriptedServer server({kOnce});
  const auto resolver = std::make_shared<ScriptedResolver>(
      std::vector<Result<Addresses>>{Addresses{"127.0.0.1"}, Addresses{"10.0.0.8"}});
  RunningClient client(with(resolver, {"127.0.0.1/32"}));
  EXPECT_EQ(status_of(client.post(named(server))), 200);
  EXPECT_EQ(resolver->questions(), 1);
  EXPECT_TRUE(refused_by_guard(client.post(named(server))));
  EXPECT_EQ(server.connections(), 1);
}

TEST(ClientGuard, JudgesTheNameAnewWhenAStaleConnectionIsReplaced) {
  // The first connection answers once and closes when it is asked again; meanwhile the name has moved inside.
  ScriptedServer server({[](RawConnection peer) {
    peer.read_message();
    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    peer.read_message();
  }});
  const auto resolver = std::make_shared<ScriptedResolver>(
      std::vector<Result<Addresses>>{Addresses{"127.0.0.1"}, Addresses{"10.0.0.8"}});
  RunningClient client(with(resolver, {"127.0.0.1/32"}));
  EXPECT_EQ(status_of(client.post(named(server))), 200);
  const OutResult again = client.post(named(server));
  EXPECT_TRUE(refused_by_guard(again)) << reason_of(again);
  EXPECT_EQ(resolver->questions(), 2);
  EXPECT_EQ(server.connections(), 1);
}

TEST(ClientGuard, AsksForTheNameOfEachTryAndGoesWhereItPointsNow) {
  ScriptedServer server({kOnce});
  const auto resolver = std::make_shared<ScriptedResolver>(
      std::vector<Result<Addresses>>{Addresses{"127.0.0.9"}, Error{Fault::unavailable, "no such name"},
                                     Addresses{"10.0.0.8"}, Addresses{"127.0.0.1"}});
  RunningClient client(with(resolver, {"127.0.0.0/8"}));
  EXPECT_EQ(reason_of(client.post(named(server))), "connection refused");
  EXPECT_EQ(reason_of(client.post(named(server))), "cannot resolve hooks.example: no such name");
  EXPECT_TRUE(refused_by_guard(client.post(named(server))));
  EXPECT_EQ(status_of(client.post(named(server))), 200);
  EXPECT_EQ(resolver->questions(), 4);
  EXPECT_EQ(server.connections(), 1);
}

TEST(ClientGuard, ChecksARememberedAnswerAsWell) {
  const auto resolver =
      std::make_shared<ScriptedResolver>(std::vector<Result<Addresses>>{Addresses{"10.0.0.8"}});
  RunningClient client(with(resolver, {}, milliseconds{60'000}));
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(refused_by_guard(client.post("http://hooks.example/")));
  EXPECT_EQ(resolver->questions(), 1);
}

TEST(ClientGuard, AsksOnceForAllThatWaitForAName) {
  ScriptedServer server({kOnce});
  class HoldingResolver final : public Resolver {
   public:
    void resolve(const std::string&, std::uint64_t, Done done) override {
      ++questions;
      held.set_value(std::move(done));
    }
    std::atomic<int> questions{0};
    std::promise<Done> held;
  };
  const auto resolver = std::make_shared<HoldingResolver>();
  RunningClient client(with(resolver, {"127.0.0.1/32"}, milliseconds{60'000}));
  std::vector<std::future<OutResult>> all;
  for (int i = 0; i < 20; ++i)
    all.push_back(client.start({.url = named(server), .timeout = milliseconds{60'000}}));
  Resolver::Done done = resolver->held.get_future().get();
  std::promise<void> all_sent;
  client.loop().post([&] { all_sent.set_value(); });
  all_sent.get_future().wait();
  done(Addresses{"127.0.0.1"});
  for (auto& one : all) EXPECT_EQ(status_of(one.get()), 200);
  EXPECT_EQ(resolver->questions, 1);
}

TEST(ClientGuard, TriesTheNextAddressWhenOneDoesNotAnswer) {
  ScriptedServer server({kOnce});
  const auto resolver =
      std::make_shared<ScriptedResolver>(std::vector<Result<Addresses>>{Addresses{"127.0.0.9", "127.0.0.1"}});
  RunningClient client(with(resolver, {"127.0.0.0/8"}));
  EXPECT_EQ(status_of(client.post(named(server))), 200);
}

TEST(ClientGuard, TellsWhyANameIsNotFound) {
  const auto resolver = std::make_shared<ScriptedResolver>(
      std::vector<Result<Addresses>>{Error{Fault::unavailable, "name or service not known"}});
  RunningClient client(with(resolver, {}));
  const OutResult result = client.post("http://hooks.example/");
  EXPECT_EQ(reason_of(result), "cannot resolve hooks.example: name or service not known");
  EXPECT_FALSE(refused_by_guard(result));
}

TEST(ClientGuard, TimesOutANameThatIsNeverAnswered) {
  class SilentResolver final : public Resolver {
   public:
    void resolve(const std::string&, std::uint64_t, Done done) override { kept.push_back(std::move(done)); }
    std::vector<Done> kept;
  };
  RunningClient client(with(std::make_shared<SilentResolver>(), {}));
  EXPECT_EQ(reason_of(client.send({.url = "http://hooks.example/", .timeout = milliseconds{30}})),
            "timed out after 30 ms");
}

}  // namespace
}  // namespace deltapost::net
