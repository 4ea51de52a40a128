// Cases of many endpoints.
#include "app/bench/bare_client.hpp"
#include "app/bench/cases.hpp"

namespace deltapost::app::bench {
namespace {

constexpr std::uint32_t kManyEndpoints = 100;
constexpr std::chrono::seconds kSlow{1};
constexpr int kTurns = 2;

/// Half of what a hundred healthy endpoints allow, in changes per second.
Result<double> half_of_fan_out(Contender& contender, const Plan& plan) {
  const auto done = plan.done.find("fan-out-100");
  if (done != plan.done.end()) return done->second.changes_per_s / 2;
  if (auto played = play_round(contender, {.duration = plan.duration / 2}); !played) return played.error();
  const double rate =
      static_cast<double>(contender.totals.acknowledged.size()) / contender.totals.whole_s / 2;
  begin_measuring(contender);
  return rate;
}

/// Ninety-nine endpoints and one in trouble, in turn with a hundred that are well.
Result<Figures> one_in_trouble(const Plan& plan, void (*trouble)(Receiver&)) {
  auto healthy = Stage::build({.endpoints = kManyEndpoints});
  if (!healthy) return healthy.error();
  auto rate = half_of_fan_out((*healthy)->contender(), plan);
  if (!rate) return rate.error();
  auto troubled = Stage::build({.endpoints = kManyEndpoints - 1, .excused = 1});
  if (!troubled) return troubled.error();
  trouble((*troubled)->receiver());
  const Round part{.duration = plan.duration / kTurns, .rate = *rate};
  if (auto played = play_in_turn({&(*healthy)->contender(), &(*troubled)->contender()}, part, kTurns);
      !played)
    return played.error();
  auto well = (*healthy)->finish();
  if (!well) return well;
  auto figures = (*troubled)->finish();
  if (!figures) return figures;
  figures->extras = {
      {"rate_per_s", *rate, "changes/s that were sent"},
      {"healthy_p99_ms", well->receipt_ms.p99, "ms, p99 of the hundred that are well"},
      {"others_p99_ratio", figures->receipt_ms.p99 / well->receipt_ms.p99, "p99 of the others to that"}};
  return figures;
}

}  // namespace

Result<Figures> run_fan_out_10(const Plan& plan) {
  return measure({.endpoints = 10}, {.duration = plan.duration});
}

Result<Figures> run_fan_out_100(const Plan& plan) {
  constexpr std::chrono::seconds kBareClient{2};
  auto bare = measure_bare_client(kBareClient);
  if (!bare) return bare.error();
  auto figures = measure({.endpoints = kManyEndpoints}, {.duration = plan.duration});
  if (!figures) return figures;
  const double limit = bare->requests / bare->cpu_s, ours = 1e6 / figures->cpu_us_per_delivery;
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
  constexpr std::uint32_t kBystanders = 10'000, kLongRecords = 1'000'000;
  Setup setup{.bystanders = kBystanders};
  if (plan.long_run) setup.records = kLongRecords;
  return measure(setup, {.duration = plan.duration});
}

}  // namespace deltapost::app::bench
