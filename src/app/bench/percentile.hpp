// Percentiles of what was measured.
#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

namespace deltapost::app::bench {

/// The smallest value that at least this share of all values does not exceed (nearest rank); 0 of nothing.
inline double percentile(const std::vector<float>& sorted, double share) {
  if (sorted.empty()) return 0;
  const double rank = std::ceil(share * static_cast<double>(sorted.size()));
  return sorted[static_cast<std::size_t>(std::max(rank, 1.0)) - 1];
}

}  // namespace deltapost::app::bench
