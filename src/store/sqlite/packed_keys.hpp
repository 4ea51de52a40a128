// Two numbers in one 64-bit row id, the first in the high bits, so that rows of one partition (or endpoint)
// lie together in their order.
#pragma once

#include <cstdint>

#include "base/check.hpp"
#include "store/types.hpp"

namespace deltapost::store::sqlite {

template <int kLowBits>
struct PackedKey {
  static constexpr std::int64_t kMaxLow = (std::int64_t{1} << kLowBits) - 1;
  static constexpr std::int64_t kMaxHigh = (std::int64_t{1} << (63 - kLowBits)) - 1;

  static std::int64_t pack(std::uint64_t high, std::uint64_t low) {
    DP_CHECK(high <= static_cast<std::uint64_t>(kMaxHigh) && low <= static_cast<std::uint64_t>(kMaxLow));
    return static_cast<std::int64_t>(high << kLowBits | low);
  }
  static std::int64_t first(std::uint64_t high) { return pack(high, 0); }
  static std::int64_t last(std::uint64_t high) { return pack(high, static_cast<std::uint64_t>(kMaxLow)); }
  static std::uint64_t high(std::int64_t key) { return static_cast<std::uint64_t>(key) >> kLowBits; }
  static std::uint64_t low(std::int64_t key) {
    return static_cast<std::uint64_t>(key) & static_cast<std::uint64_t>(kMaxLow);
  }
};

/// (part, seq) and (part, record number): 8 million partitions, 10^12 entries each.
using LogPos = PackedKey<40>;
using RecordRow = PackedKey<40>;
/// (endpoint's name, number): 134 million names, 68 * 10^9 attempts each.
using AttemptRow = PackedKey<36>;

}  // namespace deltapost::store::sqlite
