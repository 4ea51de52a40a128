// Findings: what did not hold. Counts by promise, and says the first of each in words.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace deltapost::torture {

enum class Broken : std::uint8_t {
  lost,       // acknowledged and gone, or never posted
  reordered,  // posted before an older version of its record
  repeated,   // posted again without a blow that explains it
  wrong,      // there, but not as it was acknowledged
};
inline constexpr std::size_t kBrokenKinds = 4;

class Findings {
 public:
  void add(Broken promise, std::string what) {
    const auto index = static_cast<std::size_t>(promise);
    if (counts_[index]++ < kTold) told_.push_back(std::move(what));
  }

  std::uint64_t count(Broken promise) const { return counts_[static_cast<std::size_t>(promise)]; }
  bool none() const { return told_.empty(); }
  const std::vector<std::string>& told() const { return told_; }

 private:
  static constexpr std::uint64_t kTold = 20;  // in words, of each kind
  std::array<std::uint64_t, kBrokenKinds> counts_{};
  std::vector<std::string> told_;
};

}  // namespace deltapost::torture
