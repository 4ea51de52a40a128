#include "app/bench/judge.hpp"

#include <algorithm>

namespace deltapost::app::bench {

Judge::Judge(std::span<const Acknowledged> acknowledged, std::span<const Arrival> arrivals, const Owed& owed)
    : owed_(owed) {
  give_places(acknowledged);
  const std::size_t endpoints = owed.endpoints + owed.excused;
  first_arrival_.resize(endpoints * places_, 0);
  std::vector<std::uint32_t> newest(endpoints * last_.size(), 0);
  for (const Arrival& arrival : arrivals) {
    const std::size_t at = place(arrival.record, arrival.version);
    if (arrival.endpoint >= endpoints || at == kNowhere) {
      ++verdict_.unasked;
      continue;
    }
    std::int64_t& first = first_arrival_[arrival.endpoint * places_ + at];
    if (first != 0) {
      ++verdict_.repeated;
      continue;
    }
    first = arrival.at_ns;
    std::uint32_t& last = newest[arrival.endpoint * last_.size() + arrival.record];
    if (arrival.version < last) ++verdict_.reordered;
    last = std::max(last, arrival.version);
  }
  const auto end = first_arrival_.begin() + static_cast<std::ptrdiff_t>(owed.endpoints * places_);
  verdict_.lost = static_cast<std::uint64_t>(std::count(first_arrival_.begin(), end, 0));
}

void Judge::give_places(std::span<const Acknowledged> acknowledged) {
  for (const Acknowledged& change : acknowledged) {
    if (change.record >= last_.size()) last_.resize(change.record + 1, owed_.first_version - 1);
    last_[change.record] = std::max(last_[change.record], change.version);
  }
  begin_.reserve(last_.size());
  for (const std::uint32_t last : last_) {
    begin_.push_back(places_);
    places_ += last + 1 - owed_.first_version;
  }
}

std::size_t Judge::place(std::uint32_t record, std::uint32_t version) const {
  if (record >= last_.size() || version < owed_.first_version || version > last_[record]) return kNowhere;
  return begin_[record] + version - owed_.first_version;
}

std::vector<float> Judge::delays_ms(std::span<const Acknowledged> acknowledged, Since since) const {
  std::vector<float> delays;
  delays.reserve(acknowledged.size() * owed_.endpoints);
  for (std::size_t endpoint = 0; endpoint < owed_.endpoints; ++endpoint)
    for (const Acknowledged& change : acknowledged) {
      const std::size_t at = place(change.record, change.version);
      const std::int64_t arrived = at == kNowhere ? 0 : first_arrival_[endpoint * places_ + at];
      if (arrived == 0) continue;
      const float waited = since == Since::request ? change.waited_ms : 0.0F;
      delays.push_back(std::max(0.0F, waited + static_cast<float>(arrived - change.answered_ns) / 1e6F));
    }
  std::ranges::sort(delays);
  return delays;
}

}  // namespace deltapost::app::bench
