// Cases of large stores, outages and restarts.
#include <thread>

#include "app/bench/cases.hpp"

namespace deltapost::app::bench {
namespace {

double seconds_since(std::int64_t began, std::int64_t end) {
  return static_cast<double>(end - began) / 1e9;
}

double mib(std::uint64_t bytes) {
  return static_cast<double>(bytes) / (1 << 20);
}

}  // namespace

Result<Figures> run_records(const Plan& plan) {
  constexpr std::uint32_t kMany = 1'000'000, kLong = 10'000'000;
  constexpr int kTurns = 2;
  auto few = Stage::build({});
  if (!few) return few.error();
  auto many = Stage::build({.records = plan.long_run ? kLong : kMany});
  if (!many) return many.error();
  const double ready_ms = (*many)->server().ready_ms();
  const Round part{.duration = plan.duration / kTurns};
  if (auto played = play_in_turn({&(*few)->contender(), &(*many)->contender()}, part, kTurns); !played)
    return played.error();
  auto small = (*few)->finish();
  if (!small) return small;
  auto figures = (*many)->finish();
  if (!figures) return figures;
  figures->extras = {
      {"records", static_cast<double>(plan.long_run ? kLong : kMany), "records in the store"},
      {"few_cpu_us_per_change", small->cpu_us_per_change, "µs of CPU per change among 10 thousand records"},
      {"cpu_ratio", figures->cpu_us_per_change / small->cpu_us_per_change, "CPU per change to that"},
      {"few_changes_per_s", small->changes_per_s, "changes/s among 10 thousand records"},
      {"ready_ms", ready_ms, "ms from the server's start until it was ready"}};
  return figures;
}

Result<Figures> run_outage(const Plan& plan) {
  constexpr std::uint64_t kLongBacklog = 1'000'000;
  constexpr std::chrono::hours kAsLongAsItTakes{1};
  auto stage = Stage::build({.frail = true});
  if (!stage) return stage.error();
  Contender& contender = (*stage)->contender();
  Round round{.duration = plan.duration};
  if (plan.long_run) round.duration = kAsLongAsItTakes, round.max_requests = kLongBacklog;
  // What this load takes of memory while the endpoint answers: what is more is the backlog's.
  if (auto played = play_round(contender, round); !played) return played.error();
  begin_measuring(contender);
  (*stage)->receiver().set_frail(false);
  const Usage before = contender.process->usage();
  round.paced = round.drain = false;
  if (auto played = play_round(contender, round); !played) return played.error();
  const Usage filled = contender.process->usage();
  (*stage)->receiver().set_frail(true);
  const std::int64_t back = now_ns();
  if (auto touched = (*stage)->touch_endpoint(0); !touched) return touched.error();
  wait_for_arrivals(*contender.arrivals, contender.totals.acknowledged.size());
  const double drained_s = seconds_since(back, contender.arrivals->last_ns());
  contender.totals.whole_s += drained_s;
  contender.totals.cpu_s += contender.process->usage().cpu_s - filled.cpu_s;
  auto figures = (*stage)->finish();
  if (!figures) return figures;
  const auto backlog = static_cast<double>(figures->changes);
  figures->deliveries_per_s = backlog / drained_s;
  figures->extras = {
      {"backlog", backlog, "deliveries that waited when the endpoint came back"},
      {"drained_s", drained_s, "s until it had all of them"},
      {"backlog_memory_mib", mib(filled.peak_memory_bytes) - mib(before.peak_memory_bytes),
       "MiB by which the peak of memory rose while they gathered, over that of as many that were delivered"}};
  return figures;
}

Result<Figures> run_restart(const Plan& plan) {
  // So slowly does the endpoint answer at first that a backlog is there when the server is killed.
  constexpr std::chrono::milliseconds kAnswersAfter{100};
  constexpr std::chrono::milliseconds kQuiet{500};
  auto stage = Stage::build({.frail = true});
  if (!stage) return stage.error();
  Contender& contender = (*stage)->contender();
  (*stage)->receiver().set_frail_delay(kAnswersAfter);
  if (auto played = play_round(contender, {.duration = plan.duration / 2, .paced = false, .drain = false});
      !played)
    return played.error();
  const std::uint64_t accepted = contender.totals.acknowledged.size(), arrived = contender.arrivals->count();
  (*stage)->receiver().set_frail_delay({});
  const std::int64_t killed = now_ns();
  if (auto restarted = (*stage)->kill_and_restart(); !restarted) return restarted.error();
  const double ready_ms = (*stage)->server().ready_ms();
  wait_for_arrivals(*contender.arrivals, accepted);
  // What was on its way when the server died comes again, so that a count alone does not tell the end.
  for (std::uint64_t seen = 0; seen != contender.arrivals->count();) {
    seen = contender.arrivals->count();
    std::this_thread::sleep_for(kQuiet);
  }
  const double caught_up_s = seconds_since(killed, contender.arrivals->last_ns());
  contender.totals.whole_s += caught_up_s;
  contender.totals.cpu_s += contender.process->usage().cpu_s;
  auto figures = (*stage)->finish();
  if (!figures) return figures;
  figures->extras = {{"ready_ms", ready_ms, "ms from the server's start until it was ready"},
                     {"backlog", static_cast<double>(accepted - std::min(accepted, arrived)),
                      "deliveries that were missing when the server was killed"},
                     {"caught_up_s", caught_up_s, "s from there until all had arrived"}};
  return figures;
}

}  // namespace deltapost::app::bench
