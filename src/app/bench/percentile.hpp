// Percentiles of what was measured.
#pragma once

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

namespace deltapost::app::bench {

/// The smallest value that at least this share of all values does not exceed (nearest rank); 0 of nothing.
inline double percentile(const std::vector<float>& sorted, double share) {
  if (sorted.empty()) return 0;
  const double rank = std::ceil(share * static_cast<double>(sorted.size()));
  return sorted[static_cast<std::size_t>(std::max(rank, 1.0)) - 1];
}

/// Between which of the values the median of all that could have been measured lies, 19 times out of 20 and
/// however they are spread (the ranks of the sign test). Too few values: the smallest and the greatest.
inline std::pair<double, double> median_bounds(const std::vector<float>& sorted) {
  if (sorted.empty()) return {0, 0};
  constexpr double kWrong = 0.05;
  const std::size_t count = sorted.size();
  std::size_t left_out = 0;  // at either end
  double exactly = std::pow(0.5, static_cast<double>(count)), at_most = exactly;
  while (2 * at_most <= kWrong) {
    exactly *= static_cast<double>(count - left_out) / static_cast<double>(left_out + 1);
    at_most += exactly;
    ++left_out;
  }
  const std::size_t low = left_out == 0 ? 0 : left_out - 1;
  return {sorted[low], sorted[count - 1 - low]};
}

}  // namespace deltapost::app::bench
