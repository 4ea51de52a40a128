// Cases of many endpoints.
#include <algorithm>

#include "app/bench/bare_client.hpp"
#include "app/bench/cases.hpp"
#include "app/bench/percentile.hpp"

namespace deltapost::app::bench {
namespace {

constexpr std::uint32_t kManyEndpoints = 100;
constexpr std::chrono::seconds kSlow{1};
/// Many short ones, so that a stall of the disk is the matter of one pair of turns.
constexpr int kTurns = 20;
constexpr double kLonger = 4;  // than other cases: a turn must hold enough changes for a p99

/// A third of what a hundred healthy endpoints allow, in changes per second: it leaves room for the trouble.
Result<double> third_of_fan_out(Contender& contender, const Plan& plan) {
  const auto done = plan.done.find("fan-out-100");
  if (done != plan.done.end()) return done->second.changes_per_s / 3;
  if (auto played = play_round(contender, {.duration = plan.duration / 2}); !played) return played.error();
  const double rate =
      static_cast<double>(contender.totals.acknowledged.size()) / contender.totals.whole_s / 3;
  begin_measuring(contender);
  return rate;
}

std::vector<float> sorted(std::vector<float> values) {
  std::ranges::sort(values);
  return values;
}

std::vector<float> p99s(const std::vector<TurnFigures>& turns) {
  std::vector<float> values;
  for (const TurnFigures& turn : turns) values.push_back(static_cast<float>(turn.receipt_ms.p99));
  return values;
}

/// Of the p99s of turns, one pair after the other.
void add_ratio(Figures& troubled, const Figures& well) {
  const std::vector<float> others = p99s(troubled.turns), healthy = p99s(well.turns);
  std::vector<float> ratios;
  for (std::size_t i = 0; i < std::min(others.size(), healthy.size()); ++i)
    ratios.push_back(others[i] / healthy[i]);
  ratios = sorted(std::move(ratios));
  const double others_p99 = percentile(sorted(others), 0.5), healthy_p99 = percentile(sorted(healthy), 0.5);
  const auto add = [&](std::string name, double value, std::string meaning) {
    troubled.extras.push_back({std::move(name), value, std::move(meaning)});
  };
  add("healthy_p99_ms", healthy_p99, "ms, p99 of the hundred that are well, median of the turns");
  add("others_p99_ms", others_p99, "ms, p99 of the others while one is in trouble, likewise");
  const auto [low, high] = median_bounds(ratios);
  add("others_p99_ratio", percentile(ratios, 0.5), "the second to the first, median of the pairs of turns");
  add("others_p99_ratio_low", low, "19 times out of 20 the true median lies between this");
  add("others_p99_ratio_high", high, "and this");
}

/// Ninety-nine endpoints and one in trouble, in turn with a hundred that are well.
Result<Figures> one_in_trouble(const Plan& plan, void (*trouble)(Receiver&)) {
  auto healthy = Stage::build({.endpoints = kManyEndpoints});
  if (!healthy) return healthy.error();
  auto rate = third_of_fan_out((*healthy)->contender(), plan);
  if (!rate) return rate.error();
  auto troubled = Stage::build({.endpoints = kManyEndpoints - 1, .excused = 1});
  if (!troubled) return troubled.error();
  trouble((*troubled)->receiver());
  const Round part{
      .duration = std::chrono::duration_cast<std::chrono::nanoseconds>(plan.duration * kLonger) / kTurns,
      .rate = *rate};
  if (auto played = play_in_turn({&(*healthy)->contender(), &(*troubled)->contender()}, part, kTurns);
      !played)
    return played.error();
  auto well = (*healthy)->finish();
  if (!well) return well;
  auto figures = (*troubled)->finish();
  if (!figures) return figures;
  figures->extras = {{"rate_per_s", *rate, "changes/s that were sent"}};
  add_ratio(*figures, *well);
  return figures;
}

}  // namespace

Result<Figures> run_fan_out_10(const Plan& plan) {
  return measure({.endpoints = 10}, {.duration = plan.duration});
}

Result<Figures> run_fan_out_100(const Plan& plan) {
  constexpr std::chrono::seconds kBareClient{1};  // before and again after, for the machine's pace changes
  auto before = measure_bare_client(kBareClient);
  if (!before) return before.error();
  auto figures = measure({.endpoints = kManyEndpoints}, {.duration = plan.duration});
  if (!figures) return figures;
  auto after = measure_bare_client(kBareClient);
  if (!after) return after.error();
  const double limit = (before->requests + after->requests) / (before->cpu_s + after->cpu_s),
               ours = 1e6 / figures->cpu_us_per_delivery;
  figures->extras = {
      {"deliveries_per_cpu_s", ours, "deliveries per second of the server's CPU"},
      {"bare_client_per_cpu_s", limit, "requests of a bare client per second of its CPU"},
      {"bare_client_share", ours / limit, "deliveries as a share of the bare client's requests, per CPU"}};
  return figures;
}

Result<Figures> run_dead_endpoint(const Plan& plan) {
  return one_in_trouble(plan, [](Receiver& receiver) { receiver.set_frail(false); });
}

Result<Figures> run_slow_endpoint(const Plan& plan) {
  return one_in_trouble(plan, [](Receiver& receiver) { receiver.set_frail_delay(kSlow); });
}

Result<Figures> run_many_endpoints(const Plan& plan) {
  return measure({.records = 1'000'000, .bystanders = 10'000}, {.duration = plan.duration});
}

}  // namespace deltapost::app::bench
