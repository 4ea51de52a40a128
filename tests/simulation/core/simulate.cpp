// The long run of the core's simulation: `simulate [seeds] [first seed]`. Seeds that fail tell their
// stories, and the run ends with 1; the last line sums up what was played.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <atomic>
#include <charconv>
#include <mutex>
#include <string_view>
#include <thread>

#include "app/log.hpp"
#include "simulation/core/core_world.hpp"

namespace deltapost::simulation {
namespace {

constexpr std::uint64_t kStories = 3;  // of failing seeds; then the run ends

class Run {
 public:
  Run(std::uint64_t first, std::uint64_t seeds) : next_(first), end_(first + seeds) {}

  bool all_held() {
    std::vector<std::thread> threads;
    for (unsigned i = std::max(1u, std::thread::hardware_concurrency()); i > 0; --i)
      threads.emplace_back([this] { play(); });
    for (std::thread& thread : threads) thread.join();
    std::vector<std::string> counts;
    for (const auto& [what, times] : counts_) counts.push_back(fmt::format("{}: {}", what, times));
    const auto hours = std::chrono::duration_cast<std::chrono::hours>(simulated_).count();
    fmt::print("{} of {} seeds held every promise; {} simulated hours; {}\n", held_, played_, hours,
               fmt::join(counts, ", "));
    return held_ == played_;
  }

 private:
  void play() {
    for (std::uint64_t seed = next_++; seed < end_; seed = next_++) {
      const Played played = CoreWorld(seed).play();
      std::lock_guard lock(mutex_);
      ++played_;
      simulated_ += played.simulated;
      for (const auto& [what, times] : played.counts) counts_[what] += times;
      if (played.broken.empty()) {
        ++held_;
        continue;
      }
      if (played_ - held_ == kStories) end_ = 0;
      fmt::print(
          "seed {}: {}\nthe last steps:\n  {}\nplay it again with DELTAPOST_SEED={} test_core_simulation\n",
          seed, played.broken, fmt::join(played.last_steps, "\n  "), seed);
      std::fflush(stdout);
    }
  }

  std::atomic<std::uint64_t> next_, end_;
  std::mutex mutex_;
  std::uint64_t played_ = 0, held_ = 0;
  Millis simulated_{0};
  std::map<std::string, std::uint64_t> counts_;
};

}  // namespace
}  // namespace deltapost::simulation

int main(int count, char** arguments) {
  std::uint64_t seeds = 10'000, first = 1;
  bool understood = count <= 3;
  const auto read = [&](int at, std::uint64_t& number) {
    if (count <= at) return;
    const std::string_view text = arguments[at];
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    understood = understood && error == std::errc{} && end == text.data() + text.size() && number > 0;
  };
  read(1, seeds);
  read(2, first);
  if (!understood) {
    fmt::print(stderr, "usage: simulate [seeds] [first seed], both whole numbers from 1 on\n");
    return 2;
  }
  deltapost::app::start_log(false, "off");
  return deltapost::simulation::Run(first, seeds).all_held() ? 0 : 1;
}
