#include "torture/blows.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace deltapost::torture {
namespace {

std::vector<Blow> first(std::size_t count, std::uint64_t seed) {
  Schedule schedule({.seed = seed, .receivers = 3, .stop_lasts = std::chrono::seconds{10}});
  std::vector<Blow> blows;
  while (blows.size() < count) blows.push_back(schedule.next());
  return blows;
}

TEST(Schedule, ASeedGivesTheSameBlowsAgain) {
  const auto same = [](const Blow& a, const Blow& b) {
    return a.victim == b.victim && a.deed == b.deed && a.number == b.number && a.from_start == b.from_start &&
           a.after == b.after && a.lasts == b.lasts;
  };
  const auto once = first(200, 7), again = first(200, 7), other = first(200, 8);
  EXPECT_TRUE(std::equal(once.begin(), once.end(), again.begin(), same));
  EXPECT_FALSE(std::equal(once.begin(), once.end(), other.begin(), same));
}

TEST(Schedule, OfEachTenBlowsSevenKillTheServerTwoAReceiverAndOneStopsSomebody) {
  const auto blows = first(100, 1);
  int stopped_servers = 0;
  for (std::size_t begin = 0; begin < blows.size(); begin += 10) {
    int server_kills = 0, from_start = 0, receiver_kills = 0, stops = 0;
    for (std::size_t i = begin; i < begin + 10; ++i) {
      const Blow& blow = blows[i];
      const bool server = blow.victim == Victim::server, kill = blow.deed == Deed::kill;
      server_kills += server && kill;
      from_start += blow.from_start;
      receiver_kills += !server && kill;
      stops += !kill;
      stopped_servers += server && !kill;
      EXPECT_LT(blow.number, 3u);
      if (blow.from_start) {
        const Blow& before = blows.at(i - 1);
        EXPECT_TRUE(before.victim == Victim::server && before.deed == Deed::kill);
      }
    }
    EXPECT_EQ(server_kills, 7);
    EXPECT_EQ(from_start, 2);
    EXPECT_EQ(receiver_kills, 2);
    EXPECT_EQ(stops, 1);
  }
  EXPECT_EQ(stopped_servers, 5);
}

}  // namespace
}  // namespace deltapost::torture
