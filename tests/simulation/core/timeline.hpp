// Timeline: simulated time, the dice of one seed, the story so far and the first promise that was broken.
// Whatever happens in a simulation happens on it, one thing after the other, so that a seed is one story.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "base/time.hpp"
#include "base/unique_function.hpp"

namespace deltapost::simulation {

class Timeline {
 public:
  explicit Timeline(std::uint64_t seed);

  // ---- time; it never goes back

  Time now() const { return now_; }
  void after(Millis delay, UniqueFunction<void()> what);
  /// Runs the next thing that is due up to `end`. False: there is none, and it is `end` now. Too many steps
  /// break a promise: something goes round for ever.
  bool step(Time end);

  // ---- dice

  std::uint64_t below(std::uint64_t bound) { return dice_() % bound; }
  bool chance(double part) { return std::uniform_real_distribution<double>(0, 1)(dice_) < part; }
  Millis up_to(Millis most) {
    return Millis{static_cast<Millis::rep>(below(static_cast<std::uint64_t>(most.count()) + 1))};
  }
  template <class T>
  const T& one_of(const std::vector<T>& all) {
    return all.at(below(all.size()));
  }

  // ---- the story

  /// Printed at once when DELTAPOST_TRACE is set.
  void tell(const std::string& what);
  /// Of everything that was told: equal runs have equal digests.
  std::uint64_t digest() const { return digest_; }
  const std::deque<std::string>& last_steps() const { return last_steps_; }
  void count(const std::string& what, std::uint64_t times = 1) { counts_[what] += times; }
  const std::map<std::string, std::uint64_t>& counts() const { return counts_; }

  /// The first one stays.
  void break_promise(const std::string& what);
  const std::string& broken() const { return broken_; }

 private:
  std::mt19937_64 dice_;
  Time now_{std::chrono::sys_days{std::chrono::year{2026} / 3 / 1}};
  std::map<std::pair<Time, std::uint64_t>, UniqueFunction<void()>> due_;
  std::uint64_t next_number_ = 1;
  std::uint64_t steps_ = 0;
  bool tells_;
  std::uint64_t digest_ = 14695981039346656037ULL;  // FNV-1a
  std::deque<std::string> last_steps_;
  std::map<std::string, std::uint64_t> counts_;
  std::string broken_;
};

}  // namespace deltapost::simulation
