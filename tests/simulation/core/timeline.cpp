#include "simulation/core/timeline.hpp"

#include <fmt/format.h>

#include <cstdlib>

namespace deltapost::simulation {
namespace {

constexpr std::size_t kLastSteps = 40;
constexpr std::uint64_t kMostSteps = 500'000;  // far more than any story that comes to rest

}  // namespace

Timeline::Timeline(std::uint64_t seed) : dice_(seed), tells_(std::getenv("DELTAPOST_TRACE") != nullptr) {}

void Timeline::after(Millis delay, UniqueFunction<void()> what) {
  due_.emplace(std::pair{now_ + std::max(delay, Millis{0}), next_number_++}, std::move(what));
}

bool Timeline::step(Time end) {
  if (due_.empty() || due_.begin()->first.first > end) {
    now_ = std::max(now_, end);
    return false;
  }
  auto next = due_.extract(due_.begin());
  now_ = std::max(now_, next.key().first);
  next.mapped()();
  if (++steps_ == kMostSteps) break_promise(fmt::format("it does not come to rest in {} steps", steps_));
  return true;
}

void Timeline::tell(const std::string& what) {
  std::string line = fmt::format("{} {}", iso_millis(now_), what);
  for (const unsigned char c : line) digest_ = (digest_ ^ c) * 1099511628211ULL;
  if (tells_) fmt::print("{}\n", line);
  last_steps_.push_back(std::move(line));
  if (last_steps_.size() > kLastSteps) last_steps_.pop_front();
}

void Timeline::break_promise(const std::string& what) {
  tell("BROKEN: " + what);
  if (broken_.empty()) broken_ = fmt::format("at {}: {}", iso_millis(now_), what);
}

}  // namespace deltapost::simulation
