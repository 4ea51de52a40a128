// Figures: what a case came to.
#pragma once

#include <string>
#include <vector>

#include "app/bench/contender.hpp"

namespace deltapost::app::bench {

struct Percentiles {
  double p50 = 0, p99 = 0, p999 = 0;
};
Percentiles percentiles(const std::vector<float>& sorted);

/// What one round came to.
struct TurnFigures {
  Turn turn{};
  Percentiles answer_ms{}, receipt_ms{};
  double accepted_per_s() const {
    return turn.load_s > 0 ? static_cast<double>(turn.end - turn.begin) / turn.load_s : 0;
  }
};

/// A figure that only some cases have.
struct Extra {
  std::string name;  // as in the JSON
  double value = 0;
  std::string meaning;  // with its unit
  bool told = true;     // in the table, too
};

struct Figures {
  double changes_per_s = 0;     // durable and delivered, from the first request to the last delivery
  double accepted_per_s = 0;    // durable, from the first request to the last answer
  double deliveries_per_s = 0;  // from the first request to the last delivery
  Percentiles answer_ms{};      // from a request (its instant) to its durable answer
  Percentiles receipt_ms{};     // from that answer to the receipt at an endpoint
  Percentiles whole_ms{};       // from the request to that receipt
  bool timed = true;            // the three are known
  double cpu_us_per_change = 0, cpu_us_per_delivery = 0;  // of the server alone
  double bytes_written_per_change = 0, bytes_kept_per_change = 0;
  double peak_memory_mib = 0;
  Verdict verdict{};
  std::uint64_t changes = 0, refused = 0, failed = 0;
  std::string first_failed{};        // of the answers that are counted as failed: status and body
  std::vector<TurnFigures> turns{};  // in their order
  std::vector<Extra> extras{};
  std::vector<std::pair<double, double>> curve{};  // share of deliveries, milliseconds that they took at most
};

/// Stops the contender's receiver and judges. `kept_bytes`: by how much its files grew.
Figures figures_of(Contender& contender, double kept_bytes);

const Extra* find_extra(const Figures& figures, const std::string& name);

}  // namespace deltapost::app::bench
