#include "app/bench/figures.hpp"

#include <algorithm>

#include "app/bench/percentile.hpp"

namespace deltapost::app::bench {
namespace {

double per(double amount, double count) {
  return count > 0 ? amount / count : 0;
}

/// Denser towards the end, where latencies are told apart.
std::vector<std::pair<double, double>> curve_of(const std::vector<float>& sorted) {
  std::vector<std::pair<double, double>> curve;
  if (sorted.empty()) return curve;
  for (const double share : {0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.995, 0.999, 0.9995, 0.9999})
    curve.emplace_back(share, percentile(sorted, share));
  return curve;
}

std::vector<float> waits_of(std::span<const Acknowledged> changes) {
  std::vector<float> waits;
  waits.reserve(changes.size());
  for (const Acknowledged& change : changes) waits.push_back(change.waited_ms);
  std::ranges::sort(waits);
  return waits;
}

std::vector<TurnFigures> figures_of_turns(const Totals& totals, const Judge& judge) {
  std::vector<TurnFigures> figures;
  for (const Turn& turn : totals.turns) {
    const auto changes = std::span(totals.acknowledged).subspan(turn.begin, turn.end - turn.begin);
    figures.push_back(
        {turn, percentiles(waits_of(changes)), percentiles(judge.delays_ms(changes, Judge::Since::answer))});
  }
  return figures;
}

}  // namespace

Percentiles percentiles(const std::vector<float>& sorted) {
  return {percentile(sorted, 0.5), percentile(sorted, 0.99), percentile(sorted, 0.999)};
}

Figures figures_of(Contender& contender, double kept_bytes) {
  contender.receiver->stop();
  const Totals& totals = contender.totals;
  const Judge judge(totals.acknowledged, contender.arrivals->all(), contender.owed);
  const auto measured = std::span(totals.acknowledged).subspan(totals.measured_from);
  const auto delays = judge.delays_ms(measured, Judge::Since::answer);
  const auto changes = static_cast<double>(measured.size());
  const auto deliveries = static_cast<double>(delays.size());
  return {.changes_per_s = per(changes, totals.whole_s),
          .accepted_per_s = per(changes, totals.load_s),
          .deliveries_per_s = per(deliveries, totals.whole_s),
          .answer_ms = percentiles(waits_of(measured)),
          .receipt_ms = percentiles(delays),
          .whole_ms = percentiles(judge.delays_ms(measured, Judge::Since::request)),
          .cpu_us_per_change = per(totals.cpu_s * 1e6, changes),
          .cpu_us_per_delivery = per(totals.cpu_s * 1e6, deliveries),
          .bytes_written_per_change = per(static_cast<double>(totals.written_bytes), changes),
          .bytes_kept_per_change = per(kept_bytes, static_cast<double>(totals.acknowledged.size())),
          .peak_memory_mib = static_cast<double>(totals.peak_memory_bytes) / (1 << 20),
          .verdict = judge.verdict(),
          .changes = measured.size(),
          .refused = totals.refused,
          .failed = totals.failed,
          .first_failed = totals.first_failed,
          .turns = figures_of_turns(totals, judge),
          .extras = {},
          .curve = curve_of(delays)};
}

const Extra* find_extra(const Figures& figures, const std::string& name) {
  const auto found = std::ranges::find(figures.extras, name, &Extra::name);
  return found == figures.extras.end() ? nullptr : &*found;
}

}  // namespace deltapost::app::bench
