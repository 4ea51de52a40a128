// Random: where unpredictable bytes come from. Ids, keys and jitter take it as a parameter, so that a
// simulation replays from a seed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <span>

namespace deltapost {

/// Implementations say whether several threads may share one.
class Random {
 public:
  virtual ~Random() = default;
  virtual void fill(std::span<std::byte> out) = 0;

  std::uint64_t next_u64();
  /// Uniform in [0, bound); bound > 0.
  std::uint64_t below(std::uint64_t bound);
  /// Uniform in [0, 1).
  double unit();
};

/// The operating system's generator, fit for keys. Any thread.
class SystemRandom final : public Random {
 public:
  void fill(std::span<std::byte> out) override;
};

/// Repeatable from its seed; for simulations and tests, never for keys. One thread.
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(std::uint64_t seed) : engine_(seed) {}
  void fill(std::span<std::byte> out) override;

 private:
  std::mt19937_64 engine_;
};

}  // namespace deltapost
