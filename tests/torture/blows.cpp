#include "torture/blows.hpp"

#include <utility>
#include <vector>

namespace deltapost::torture {
namespace {

constexpr int kServerKills = 3, kKillsFromStart = 2, kReceiverKills = 2;

}  // namespace

std::chrono::milliseconds Schedule::between(std::int64_t from_ms, std::int64_t to_ms) {
  const auto width = static_cast<std::uint64_t>(to_ms - from_ms);
  return std::chrono::milliseconds{from_ms + static_cast<std::int64_t>(random_.below(width))};
}

void Schedule::deal() {
  using Card = std::vector<Blow>;
  std::vector<Card> hand;
  for (int i = 0; i < kServerKills; ++i) hand.push_back({{.after = between(20, 1'500)}});
  for (int i = 0; i < kKillsFromStart; ++i)
    hand.push_back({{.after = between(20, 1'500)}, {.from_start = true, .after = between(0, 80)}});
  const auto receiver = [&] { return static_cast<std::uint32_t>(random_.below(options_.receivers)); };
  for (int i = 0; i < kReceiverKills; ++i)
    hand.push_back({{.victim = Victim::receiver,
                     .number = receiver(),
                     .after = between(20, 800),
                     .lasts = between(0, 1'500)}});
  hand.push_back({{.victim = std::exchange(stop_server_, !stop_server_) ? Victim::server : Victim::receiver,
                   .deed = Deed::stop,
                   .number = receiver(),
                   .after = between(20, 800),
                   .lasts = options_.stop_lasts}});
  for (std::size_t left = hand.size(); left > 0; --left) {
    std::swap(hand[random_.below(left)], hand[left - 1]);
    dealt_.insert(dealt_.end(), hand[left - 1].begin(), hand[left - 1].end());
  }
}

Blow Schedule::next() {
  if (dealt_.empty()) deal();
  const Blow blow = dealt_.front();
  dealt_.pop_front();
  return blow;
}

}  // namespace deltapost::torture
