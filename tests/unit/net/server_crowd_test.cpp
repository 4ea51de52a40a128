// What the server bears of all its clients together: the memory of their bodies, and their number.
#include <gmock/gmock.h>

#include <atomic>
#include <future>

#include "unit/net/eventually.hpp"
#include "unit/net/running_server.hpp"

namespace deltapost::net {
namespace {

using std::chrono::milliseconds;
using testing::eventually;
using ::testing::HasSubstr;
using testing::kChunkedPost;
using testing::kGet;
using testing::kLastGet;
using testing::post_of;
using testing::RawConnection;
using testing::RunningServer;
using testing::status_of;

// ---- the memory of all bodies

constexpr std::size_t kMost = 100'000;

TEST(ServerBodies, WhatDoesNotFitBesideTheOthersIsRefusedBeforeItIsReadAndTakenOnceThereIsRoom) {
  RunningServer server({.max_body_bytes = kMost, .max_body_memory = kMost});
  auto first = server.connect();
  first.send(post_of(80'000) + std::string(70'000, 'x'));
  ASSERT_TRUE(eventually([&] { return server->stats().body_memory >= 70'000; }));
  auto second = server.connect();
  second.send(post_of(60'000));
  const std::string refused = second.read_message();
  EXPECT_EQ(status_of(refused), 503);
  EXPECT_THAT(refused, HasSubstr("Retry-After: 1\r\n"));
  EXPECT_THAT(refused, HasSubstr("application/problem+json"));
  EXPECT_THAT(refused, HasSubstr("bodies of other requests"));
  EXPECT_EQ(server->stats().refused_bodies, 1U);
  first.send(std::string(10'000, 'x'));
  EXPECT_EQ(status_of(first.read_message()), 200);
  EXPECT_EQ(server->stats().body_memory, 0U);
  auto third = server.connect();
  third.send(post_of(60'000) + std::string(60'000, 'x'));
  EXPECT_EQ(status_of(third.read_message()), 200);
}

TEST(ServerBodies, WhatGrowsBeyondTheLimitIsRefusedThoughNothingAnnouncedIt) {
  RunningServer server({.max_body_bytes = kMost, .max_body_memory = kMost});
  auto first = server.connect();
  first.send(post_of(60'000) + std::string(50'000, 'x'));
  ASSERT_TRUE(eventually([&] { return server->stats().body_memory >= 50'000; }));
  auto second = server.connect();
  second.send(kChunkedPost + "13880\r\n" + std::string(80'000, 'x'));
  EXPECT_EQ(status_of(second.read_message()), 503);
  first.send(std::string(10'000, 'x'));
  EXPECT_EQ(status_of(first.read_message()), 200);
}

TEST(ServerBodies, SmallOnesAreTakenWhenNoOtherFits) {
  RunningServer server({.max_body_bytes = kMost, .max_body_memory = kMost});
  auto first = server.connect();
  first.send(post_of(kMost) + std::string(kMost - 1, 'x'));
  ASSERT_TRUE(eventually([&] { return server->stats().body_memory == kMost; }));
  auto second = server.connect();
  second.send(post_of(16 * 1024) + std::string(16 * 1024, 'x'));
  EXPECT_EQ(status_of(second.read_message()), 200);
  auto third = server.connect();
  third.send(post_of(16 * 1024 + 1));
  EXPECT_EQ(status_of(third.read_message()), 503);
}

TEST(ServerBodies, OneTakesNoMoreMemoryThanItAnnouncesAndNotTwiceWhatCame) {
  RunningServer server({.max_body_bytes = 10 * kMost, .max_body_memory = 10 * kMost});
  auto announced = server.connect();
  announced.send(post_of(kMost) + std::string(90'000, 'x'));
  ASSERT_TRUE(eventually([&] { return server->stats().body_memory >= 90'000; }));
  EXPECT_LE(server->stats().body_memory, kMost);
  auto chunked = server.connect();
  chunked.send(kChunkedPost + "f4240\r\n" + std::string(90'000, 'x'));
  ASSERT_TRUE(eventually([&] { return server->stats().body_memory >= 180'000; }));
  EXPECT_LE(server->stats().body_memory, kMost + 180'000);
}

TEST(ServerBodies, WhoGoesAwayGivesItsPartBack) {
  RunningServer server({.max_body_bytes = kMost, .max_body_memory = kMost});
  {
    auto first = server.connect();
    first.send(post_of(kMost) + std::string(kMost - 1, 'x'));
    ASSERT_TRUE(eventually([&] { return server->stats().body_memory == kMost; }));
  }
  EXPECT_TRUE(eventually([&] { return server->stats().body_memory == 0; }));
}

TEST(ServerBodies, OneCountsUntilItsRequestIsAnswered) {
  std::promise<Respond> asked;
  RunningServer server({.max_body_bytes = kMost, .max_body_memory = kMost},
                       [&](Request, Respond respond) { asked.set_value(std::move(respond)); });
  auto connection = server.connect();
  connection.send(post_of(kMost) + std::string(kMost, 'x'));
  Respond respond = asked.get_future().get();
  EXPECT_EQ(server->stats().body_memory, kMost);
  respond(Reply{});
  EXPECT_EQ(status_of(connection.read_message()), 200);
  EXPECT_EQ(server->stats().body_memory, 0U);
}

// ---- connections

TEST(ServerLimits, OneConnectionTooManyIsToldToComeBackLater) {
  RunningServer server({.max_connections = 2});
  auto first = server.connect();
  auto second = server.connect();
  first.send(kGet);
  second.send(kGet);
  EXPECT_EQ(status_of(first.read_message()), 200);
  EXPECT_EQ(status_of(second.read_message()), 200);
  const std::string refused = server.ask(kGet);
  EXPECT_EQ(status_of(refused), 503);
  EXPECT_THAT(refused, HasSubstr("Retry-After: 1\r\n"));
  EXPECT_THAT(refused, HasSubstr("application/problem+json"));
  first.close();
  EXPECT_TRUE(eventually([&] { return server->stats().connections == 1; }));
  EXPECT_EQ(status_of(server.ask(kLastGet)), 200);
}

TEST(ServerLimits, AThousandConnectionsAreServedSideBySide) {
  RunningServer server({.threads = 2});
  std::vector<RawConnection> all;
  for (int i = 0; i < 1000; ++i) all.push_back(server.connect());
  for (RawConnection& connection : all) connection.send(kGet);
  int served = 0;
  for (RawConnection& connection : all) served += status_of(connection.read_message()) == 200 ? 1 : 0;
  EXPECT_EQ(served, 1000);
  EXPECT_EQ(server->stats().connections, 1000U);
  EXPECT_EQ(server->stats().requests, 1000U);
}

TEST(ServerLimits, ACrowdThatDribblesIsTimedOutWhileOthersAreServed) {
  RunningServer server({.max_connections = 300, .header_timeout = milliseconds{2000}});
  std::vector<RawConnection> crowd;
  for (int i = 0; i < 250; ++i) {
    crowd.push_back(server.connect());
    crowd.back().send(i % 2 == 0 ? "" : "GET / HTTP/1.1\r\nX-Slow: ");
  }
  for (int i = 0; i < 100; ++i) EXPECT_EQ(status_of(server.ask(kLastGet)), 200);
  for (std::size_t i = 1; i < crowd.size(); i += 2) EXPECT_EQ(status_of(crowd[i].read_all()), 408);
}

// ---- who is refused for want of room

TEST(ServerBreather, WhoIsRefusedForWantOfRoomHearsOfItAndIsServedAgain) {
  std::atomic<int> asked{0};
  RunningServer server({.breather = milliseconds{1}}, [&](Request, Respond respond) {
    respond(Reply{.status = ++asked == 1 ? 503 : 200, .breather = true});
  });
  auto connection = server.connect();
  connection.send(kGet);
  EXPECT_EQ(status_of(connection.read_message()), 503);
  connection.send(kLastGet);
  EXPECT_EQ(status_of(connection.read_message()), 200);
}

TEST(ServerBreather, HoldsUpNobodyElse) {
  std::atomic<int> asked{0};
  RunningServer server({.breather = std::chrono::hours{1}}, [&](Request, Respond respond) {
    const bool refused = ++asked == 1;
    respond(Reply{.status = refused ? 503 : 200, .breather = refused});
  });
  auto eager = server.connect();
  eager.send(kGet + kGet);
  EXPECT_TRUE(eventually([&] { return asked == 1; }));
  EXPECT_EQ(status_of(server.ask(kLastGet)), 200);
  EXPECT_EQ(asked, 2) << "the first has not been told yet, and nothing else of it was looked at";
  server->stop(milliseconds{0});
  EXPECT_EQ(eager.read_all(), "");
}

}  // namespace
}  // namespace deltapost::net
