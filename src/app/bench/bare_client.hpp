// The bare client: posts ready-made webhooks as fast as it can, in a process of its own. What it does per
// second of its CPU is what any sender could do at best.
#pragma once

#include <chrono>
#include <string>

#include "base/result.hpp"

namespace deltapost::app::bench {

struct BareClientResult {
  double requests = 0, cpu_s = 0;
};

/// Starts it against a receiver of its own.
Result<BareClientResult> measure_bare_client(std::chrono::seconds duration);

/// The process.
int run_bare_client(std::uint16_t receiver_port, std::chrono::seconds duration);

}  // namespace deltapost::app::bench
