// The picture: throughput beside the floor's, and how long deliveries took, as SVG.
#pragma once

#include <span>
#include <string>

#include "app/bench/report.hpp"

namespace deltapost::app::bench {

/// Of the cases among the results that were run beside the floor and are good.
std::string picture(std::span<const CaseResult> results);

}  // namespace deltapost::app::bench
