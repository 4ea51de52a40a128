#include "app/bench/load.hpp"

#include <gtest/gtest.h>

#include <thread>

#include "app/bench/receiver.hpp"
#include "app/bench/samples.hpp"

namespace deltapost::app::bench {
namespace {

constexpr std::chrono::minutes kLongEnough{1};

TEST(BenchLoad, BringsEveryChangeToTheReceiverOnceAndInOrder) {
  for (const Kind kind : {Kind::lead, Kind::contact}) {
    ArrivalLog log(id_mark(kind), 1);
    Receiver receiver(log);
    ASSERT_TRUE(receiver.start());
    const auto script = ready_webhooks(kind, 7);
    const auto load = play({.port = receiver.port(),
                            .connections = 3,
                            .duration = kLongEnough,
                            .max_requests = 100,
                            .delivered = &log,
                            .max_undelivered = 5},
                           *script);
    receiver.stop();
    ASSERT_TRUE(load) << load.error().message;
    ASSERT_EQ(load->acknowledged.size(), 100U);
    EXPECT_EQ(log.count(), 100U);
    const Judge judge(load->acknowledged, log.all(), {});
    EXPECT_FALSE(judge.verdict().void_run());
    EXPECT_EQ(judge.verdict().repeated + judge.verdict().unasked, 0U);
    EXPECT_EQ(judge.delays_ms(load->acknowledged, Judge::Since::answer).size(), 100U);
  }
}

TEST(BenchLoad, SendsAtARateWithoutWaitingForDeliveries) {
  ArrivalLog log(id_mark(Kind::lead), 1);
  Receiver receiver(log);
  ASSERT_TRUE(receiver.start());
  const auto script = ready_webhooks(Kind::lead, 10);
  const auto load =
      play({.port = receiver.port(), .duration = kLongEnough, .rate = 1e6, .max_requests = 50}, *script);
  ASSERT_TRUE(load) << load.error().message;
  EXPECT_EQ(load->acknowledged.size(), 50U);
}

TEST(BenchLoad, ReachesADoorAgainThatWasClosed) {
  ArrivalLog log(id_mark(Kind::lead), 1);
  Receiver receiver(log);
  ASSERT_TRUE(receiver.start());
  const std::string url = receiver.frail_url(0);
  const auto port = static_cast<std::uint16_t>(std::stoul(url.substr(url.rfind(':') + 1)));
  const auto script = ready_webhooks(Kind::lead, 1);
  const LoadPlan one{.port = port, .connections = 1, .duration = kLongEnough, .max_requests = 1};
  EXPECT_TRUE(play(one, *script));
  receiver.set_frail(false);
  while (play(one, *script)) std::this_thread::yield();
  receiver.set_frail(true);
  while (!play(one, *script)) std::this_thread::yield();
}

/// Answers in a way that the wire does not speak.
class ChunkedServer final : public WireServer::Handler {
 public:
  ChunkedServer() {
    EXPECT_TRUE(server_.open());
    thread_ = std::thread([this] {
      while (!stopping_) loop_.wait(std::chrono::seconds{1});
    });
  }
  ~ChunkedServer() override {
    stopping_ = true;
    loop_.wake();
    thread_.join();
  }
  std::uint16_t port() const { return server_.port(); }
  void handle(Channel& channel, const Message&) override {
    channel.send("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n");
  }

 private:
  EventLoop loop_;
  WireServer server_{loop_, *this};
  std::atomic<bool> stopping_ = false;
  std::thread thread_;
};

TEST(BenchLoad, BreaksOffWithTheReasonWhenAnAnswerIsNotUnderstood) {
  const ChunkedServer server;
  const auto script = ready_webhooks(Kind::lead, 1);
  const auto load = play({.port = server.port(), .connections = 1, .duration = kLongEnough}, *script);
  ASSERT_FALSE(load);
  EXPECT_NE(load.error().message.find("Transfer-Encoding"), std::string::npos) << load.error().message;
}

}  // namespace
}  // namespace deltapost::app::bench
