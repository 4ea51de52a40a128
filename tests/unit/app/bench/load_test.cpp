#include "app/bench/load.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <functional>
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

/// Answers as it is told.
class AnsweringServer final : public WireServer::Handler {
 public:
  using Answer = std::function<void(Channel&)>;
  explicit AnsweringServer(Answer answer) : answer_(std::move(answer)) {
    EXPECT_TRUE(server_.open());
    thread_ = std::thread([this] {
      while (!stopping_) loop_.wait(std::chrono::seconds{1});
    });
  }
  ~AnsweringServer() override {
    stopping_ = true;
    loop_.wake();
    thread_.join();
  }
  std::uint16_t port() const { return server_.port(); }
  void handle(Channel& channel, const Message&) override { answer_(channel); }

 private:
  Answer answer_;
  EventLoop loop_;
  WireServer server_{loop_, *this};
  std::atomic<bool> stopping_ = false;
  std::thread thread_;
};

TEST(BenchLoad, BreaksOffWithTheReasonWhenAnAnswerIsNotUnderstood) {
  const AnsweringServer server([](Channel& channel) {
    channel.send("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n");
  });
  const auto script = ready_webhooks(Kind::lead, 1);
  const auto load = play({.port = server.port(), .connections = 1, .duration = kLongEnough}, *script);
  ASSERT_FALSE(load);
  EXPECT_NE(load.error().message.find("Transfer-Encoding"), std::string::npos) << load.error().message;
}

TEST(BenchLoad, InAStormEveryRequestIsAcknowledgedRefusedFailedBrokenOrNeverSent) {
  constexpr std::uint64_t kRequests = 400;
  int number = 0;
  const AnsweringServer server([&number](Channel& channel) {
    switch (number++ % 5) {
      case 0:
        return channel.send("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
      case 1:
        return channel.send("HTTP/1.1 503 Busy\r\nretry-after: 1\r\ncontent-length: 0\r\n\r\n");
      case 2:
        return channel.send(
            "HTTP/1.1 429 Slower\r\nretry-after: 1\r\nconnection: close\r\ncontent-length: 0\r\n\r\n");
      case 3:
        return channel.send("HTTP/1.1 503 Busy\r\ncontent-length: 0\r\n\r\n");
      default:
        return channel.close();
    }
  });
  const auto script = ready_webhooks(Kind::lead, 100);
  const auto load = play({.port = server.port(),
                          .connections = 4,
                          .duration = kLongEnough,
                          .rate = 20'000,
                          .max_requests = kRequests,
                          .storm = true},
                         *script);
  ASSERT_TRUE(load) << load.error().message;
  const auto acknowledged = load->acknowledged.size();
  EXPECT_EQ(acknowledged + load->refused + load->failed + load->broken + load->unsent, kRequests);
  EXPECT_EQ(number, static_cast<int>(kRequests - load->unsent));
  EXPECT_NEAR(static_cast<double>(load->refused), 2.0 * static_cast<double>(acknowledged), 2);
  EXPECT_NEAR(static_cast<double>(load->failed), static_cast<double>(acknowledged), 1);
  EXPECT_NEAR(static_cast<double>(load->broken), static_cast<double>(acknowledged), 1);
}

}  // namespace
}  // namespace deltapost::app::bench
