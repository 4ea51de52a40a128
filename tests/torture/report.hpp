// Report: what a run came to, for people; its last line is what to keep.
#pragma once

#include <string>

#include "torture/findings.hpp"
#include "torture/targets.hpp"

namespace deltapost::torture {

struct Report {
  BlowCounts blows{};
  std::uint64_t writes = 0, receipts = 0, unanswered = 0;
  std::uint64_t webhooks = 0, repeated = 0;
  std::size_t furthest = 0;  // Delivered
  std::int64_t furthest_ns = 0;
  std::string verified{};  // what `deltapost verify` said; empty: it found something
  Findings findings{};

  /// A run whose blows met nothing has proved nothing.
  bool good() const { return findings.none() && !verified.empty() && unanswered > 0; }
};

/// 48210 -> 48,210
std::string grouped(std::uint64_t number);
/// Its lines: what did not hold, and the counts last.
std::string text(const Report& report);

}  // namespace deltapost::torture
