#include "base/random.hpp"

#include <gtest/gtest.h>

#include <array>
#include <map>

#include "base/encoding.hpp"

namespace deltapost {
namespace {

/// Gives the words that it was told, one after the other.
class ScriptedRandom final : public Random {
 public:
  explicit ScriptedRandom(std::vector<std::uint64_t> words) : words_(std::move(words)) {}
  void fill(std::span<std::byte> out) override {
    const std::uint64_t word = words_.at(next_++);
    const auto bytes = std::as_bytes(std::span(&word, 1));
    std::copy_n(bytes.begin(), std::min(out.size(), bytes.size()), out.begin());
  }
  std::size_t drawn() const { return next_; }

 private:
  std::vector<std::uint64_t> words_;
  std::size_t next_ = 0;
};

TEST(Random, RepeatsFromItsSeed) {
  SeededRandom a(7), b(7), other(8);
  const std::string first = random_bytes(a, 33);
  EXPECT_EQ(first, random_bytes(b, 33));
  EXPECT_NE(first, random_bytes(other, 33));
  EXPECT_NE(first, random_bytes(a, 33));
}

TEST(Random, StaysBelowItsBoundAndReachesAllOfIt) {
  SeededRandom random(1);
  std::map<std::uint64_t, int> seen;
  for (int i = 0; i < 6000; ++i) ++seen[random.below(6)];
  ASSERT_EQ(seen.size(), 6U);
  EXPECT_EQ(seen.rbegin()->first, 5U);
  for (const auto& [value, count] : seen) EXPECT_NEAR(count, 1000, 150) << value;
}

TEST(Random, DrawsAgainWhereTheLastIncompleteRoundWouldFavourSmallValues) {
  const std::uint64_t top =
      ~std::uint64_t{0};  // 2^64 - 1: 2^64 mod 3 is 1, so that only this one is in excess
  ScriptedRandom random({top, top - 1});
  EXPECT_EQ(random.below(3), (top - 1) % 3);
  EXPECT_EQ(random.drawn(), 2U);
}

TEST(Random, WastesNothingWhenTheBoundIsAPowerOfTwo) {
  ScriptedRandom random({~std::uint64_t{0}, 5});
  EXPECT_EQ(random.below(8), 7U);
  EXPECT_EQ(random.below(1), 0U);
}

TEST(Random, UnitNeverReachesOne) {
  ScriptedRandom random({~std::uint64_t{0}, 0});
  EXPECT_LT(random.unit(), 1.0);
  EXPECT_EQ(random.unit(), 0.0);
}

TEST(SystemRandom, FillsEveryByteAndDoesNotRepeat) {
  SystemRandom random;
  EXPECT_NE(random_bytes(random, 32), random_bytes(random, 32));
  std::array<bool, 700> touched{};
  for (int round = 0; round < 20; ++round) {  // a byte that stays zero 20 times would be 1 in 2^160
    const std::string bytes = random_bytes(random, touched.size());
    for (std::size_t i = 0; i < bytes.size(); ++i) touched[i] = touched[i] || bytes[i] != 0;
  }
  for (std::size_t i = 0; i < touched.size(); ++i) EXPECT_TRUE(touched[i]) << i;
}

}  // namespace
}  // namespace deltapost
