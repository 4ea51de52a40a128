#include "base/random.hpp"

#include <sys/random.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <cstring>

#include "base/check.hpp"

namespace deltapost {

std::uint64_t Random::next_u64() {
  std::array<std::byte, sizeof(std::uint64_t)> bytes;
  fill(bytes);
  return std::bit_cast<std::uint64_t>(bytes);
}

std::uint64_t Random::below(std::uint64_t bound) {
  DP_CHECK(bound > 0);
  // What lies past the last whole multiple of bound would favour the small values.
  const std::uint64_t excess = (~std::uint64_t{0} % bound + 1) % bound;
  const std::uint64_t last = ~std::uint64_t{0} - excess;
  std::uint64_t value = next_u64();
  while (value > last) value = next_u64();
  return value % bound;
}

double Random::unit() {
  return static_cast<double>(next_u64() >> 11) * 0x1.0p-53;
}

void SystemRandom::fill(std::span<std::byte> out) {
  while (!out.empty()) {
    const ssize_t got = ::getrandom(out.data(), out.size(), 0);
    // Without randomness no key or nonce is safe, so there is no way on.
    DP_CHECK(got > 0 || errno == EINTR);
    if (got > 0) out = out.subspan(static_cast<std::size_t>(got));
  }
}

void SeededRandom::fill(std::span<std::byte> out) {
  while (!out.empty()) {
    const std::uint64_t word = engine_();
    const std::size_t count = std::min(out.size(), sizeof word);
    std::memcpy(out.data(), &word, count);
    out = out.subspan(count);
  }
}

}  // namespace deltapost
