// The run: traffic to a server that is struck again and again, and the judgement in the end.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "app/signals.hpp"
#include "base/result.hpp"
#include "torture/report.hpp"

namespace deltapost::torture {

struct RunOptions {
  std::string program{}, folder{};
  std::uint64_t seed = 1;
  std::uint64_t kills = 100;                      // of the server; then the fire ends
  std::optional<std::chrono::seconds> seconds{};  // or when this is over
  std::chrono::milliseconds stop_lasts{10'000};
};

/// Fault::unavailable when it could not be brought to its end. On the main thread.
Result<Report> run(const RunOptions& options, const app::StopSignal& stop);

/// The error of a run that was ended by a signal.
inline constexpr const char* kInterrupted = "interrupted";

}  // namespace deltapost::torture
