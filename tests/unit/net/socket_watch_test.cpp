#include "net/socket_watch.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <functional>
#include <optional>

namespace deltapost::net {
namespace {

/// Two sockets connected with each other, of which the first is watched.
class Pair final : public SocketWatch::Watcher {
 public:
  explicit Pair(
      SocketWatch& watch, std::function<void()> when_ready = [] {})
      : when_ready_(std::move(when_ready)) {
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends_.data()), 0);
    EXPECT_TRUE(watch.add(ends_[0], *this));
  }
  ~Pair() {
    for (const int end : ends_) ::close(end);
  }

  void send(std::string_view bytes) {
    EXPECT_EQ(::write(ends_[1], bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
  }
  void end() { ::shutdown(ends_[1], SHUT_WR); }
  int told() const { return told_; }
  bool ended() const { return ended_; }

 private:
  void ready(bool ended) override {
    ++told_;
    ended_ = ended;
    when_ready_();
  }

  std::array<int, 2> ends_{};
  std::function<void()> when_ready_;
  int told_ = 0;
  bool ended_ = false;
};

TEST(SocketWatch, TellsOfEachChangeOnceUnasked) {
  asio::io_context turns;
  SocketWatch watch(turns);
  Pair pair(watch);
  turns.poll();
  const int at_first = pair.told();
  turns.poll();
  EXPECT_EQ(pair.told(), at_first);
  for (int round = 1; round <= 3; ++round) {
    pair.send("x");
    turns.poll();
    EXPECT_EQ(pair.told(), at_first + round);
    turns.poll();
    EXPECT_EQ(pair.told(), at_first + round) << "nothing has changed since";
  }
}

TEST(SocketWatch, TellsOfTheEndTogetherWithTheLastBytes) {
  asio::io_context turns;
  SocketWatch watch(turns);
  Pair pair(watch);
  pair.send("x");
  turns.poll();
  EXPECT_FALSE(pair.ended());
  pair.send("y");
  pair.end();
  turns.poll();
  EXPECT_TRUE(pair.ended());
}

TEST(SocketWatch, TellsNobodyWhomAnotherHasRemovedInTheSameRound) {
  asio::io_context turns;
  SocketWatch watch(turns);
  std::optional<Pair> one, other;
  const auto removes = [&watch](std::optional<Pair>& pair) {
    return [&watch, &pair] {
      if (pair) watch.remove(*pair);
      pair.reset();
    };
  };
  one.emplace(watch, removes(other));
  other.emplace(watch, removes(one));
  turns.poll();
  EXPECT_NE(one.has_value(), other.has_value())
      << "the first to be told removes the other, who hears nothing";
}

TEST(SocketWatch, MayBeDestroyedByWhomItTells) {
  asio::io_context turns;
  std::optional<SocketWatch> watch(turns);
  int told = 0;
  const auto destroy = [&] {
    ++told;
    watch.reset();
  };
  Pair one(*watch, destroy), other(*watch, destroy);
  turns.poll();
  EXPECT_EQ(told, 1);
}

TEST(SocketWatch, TellsMoreThanFitIntoOneRound) {
  asio::io_context turns;
  SocketWatch watch(turns);
  std::vector<std::unique_ptr<Pair>> pairs;
  for (int i = 0; i < 400; ++i) pairs.push_back(std::make_unique<Pair>(watch));
  turns.poll();
  for (const auto& pair : pairs) EXPECT_EQ(pair->told(), 1);
}

}  // namespace
}  // namespace deltapost::net
