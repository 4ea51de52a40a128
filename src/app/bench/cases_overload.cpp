// Cases of overload: what a server does with several times as many requests as it can take. Each storm comes
// in turn with the most that it does take, so that every figure is a ratio within one run.
#include <algorithm>

#include "app/bench/cases.hpp"
#include "app/descriptors.hpp"

namespace deltapost::app::bench {
namespace {

constexpr double kTimes = 4;  // what it can take
constexpr int kTurns = 2;
constexpr std::uint32_t kCalmConnections = 256;
constexpr std::size_t kStormConnections = 1024;
/// More than the server keeps (--max-connections is 4,096): some are always shut out.
constexpr std::size_t kFloodConnections = 4'500;
/// Fewer than go into one commit: the queue is empty by then, so that none of these may be refused.
constexpr std::uint32_t kAfterConnections = 128;
constexpr std::chrono::seconds kAfter{1};

/// Each connection takes a descriptor here and one at the server.
std::uint32_t as_many_as_may(std::size_t connections) {
  return static_cast<std::uint32_t>(std::min(connections, raise_descriptor_limit() / 2));
}

struct Storm {
  std::size_t connections = kStormConnections;
  std::chrono::nanoseconds slow_answers{};  // of the endpoint
};

/// What a server takes at most, and how long an answer takes then.
Round calm_round(const Plan& plan) {
  return {.duration = plan.duration / (2 * kTurns), .connections = kCalmConnections, .paced = false};
}

/// Storms, each between two calm turns, and each followed at once by half of what can be taken.
Result<void> play_storms(Stage& stage, const Plan& plan, const Storm& how) {
  Contender& contender = stage.contender();
  for (int turn = 0; turn < kTurns; ++turn) {
    if (auto played = play_round(contender, calm_round(plan)); !played) return played;
    const Turn& calm = contender.totals.turns.back();
    const double most = static_cast<double>(calm.end - calm.begin) / calm.load_s;
    stage.receiver().set_frail_delay(how.slow_answers);
    const Round storm{.duration = plan.duration / kTurns,
                      .rate = kTimes * most,
                      .connections = as_many_as_may(how.connections),
                      .paced = false,
                      .drain = false,
                      .storm = true};
    if (auto played = play_round(contender, storm); !played) return played;
    stage.receiver().set_frail_delay({});
    const Round after{.duration = kAfter, .rate = most / 2, .connections = kAfterConnections};
    if (auto played = play_round(contender, after); !played) return played;
    // What the storm left undelivered is owed, too, and must not slow the next turn.
    wait_for_arrivals(*contender.arrivals, contender.totals.acknowledged.size() * contender.owed.endpoints);
  }
  return ok();
}

/// The turns of one kind taken together.
struct Together {
  double accepted_per_s = 0, p50_ms = 0, p99_ms = 0;
  double sent_per_s = 0, refused = 0, unsent = 0, broken = 0, shut_out = 0;
  double cpu_us_per_accepted = 0;           // the server's; what it refused is in it
  double server_share = 0, load_share = 0;  // of one processor
};

Together together(const std::vector<TurnFigures>& turns, std::size_t first, std::size_t step) {
  Together all;
  double count = 0, load_s = 0, accepted = 0, server_cpu_s = 0, load_cpu_s = 0;
  for (std::size_t i = first; i < turns.size(); i += step, ++count) {
    const Turn& turn = turns[i].turn;
    load_s += turn.load_s;
    server_cpu_s += turn.server_cpu_s;
    load_cpu_s += turn.load_cpu_s;
    accepted += static_cast<double>(turn.end - turn.begin);
    all.refused += static_cast<double>(turn.refused);
    all.unsent += static_cast<double>(turn.unsent);
    all.broken += static_cast<double>(turn.broken);
    all.shut_out += static_cast<double>(turn.shut_out);
    all.p50_ms += turns[i].answer_ms.p50;
    all.p99_ms += turns[i].answer_ms.p99;
  }
  all.p50_ms /= count;
  all.p99_ms /= count;
  all.accepted_per_s = accepted / load_s;
  all.sent_per_s = (accepted + all.refused + all.broken) / load_s;
  all.cpu_us_per_accepted = server_cpu_s * 1e6 / accepted;
  all.server_share = server_cpu_s / load_s;
  all.load_share = load_cpu_s / load_s;
  return all;
}

Result<Figures> overload(const Setup& setup, const Plan& plan, const Storm& how = {}) {
  constexpr std::size_t kCalm = 0, kStorm = 1, kFollowing = 2, kKinds = 3;
  auto stage = Stage::build(setup);
  if (!stage) return stage.error();
  if (auto played = play_storms(**stage, plan, how); !played) return played.error();
  auto figures = (*stage)->finish();
  if (!figures) return figures;
  const Together calm = together(figures->turns, kCalm, kKinds),
                 storm = together(figures->turns, kStorm, kKinds),
                 after = together(figures->turns, kFollowing, kKinds);
  figures->extras = {
      {"calm_accepted_per_s", calm.accepted_per_s,
       "changes/s accepted by 256 connections, the most it takes"},
      {"calm_p99_ms", calm.p99_ms, "ms to their answer, p99"},
      {"storm_sent_per_s", storm.sent_per_s, "requests/s that reached it in the storm"},
      {"storm_accepted_per_s", storm.accepted_per_s, "changes/s accepted in the storm"},
      {"storm_p99_ms", storm.p99_ms, "ms to their answer, p99"},
      {"storm_p50_ms", storm.p50_ms, "ms to their answer, median"},
      {"goodput_ratio", storm.accepted_per_s / calm.accepted_per_s, "accepted in the storm, as a share"},
      {"calm_cpu_us", calm.cpu_us_per_accepted, "µs of the server's CPU per change that is accepted"},
      {"storm_cpu_us", storm.cpu_us_per_accepted, "the same in the storm, with what it costs to refuse"},
      {"calm_server_cores", calm.server_share, "processors that the server got"},
      {"calm_load_cores", calm.load_share, "processors that the load took"},
      {"storm_server_cores", storm.server_share, "the same in the storm: the server"},
      {"storm_load_cores", storm.load_share, "and the load"},
      {"p99_ratio", storm.p99_ms / calm.p99_ms, "p99 of what is accepted in the storm to that before"},
      {"storm_refused", storm.refused, "requests refused with 429 or 503 and Retry-After"},
      {"storm_broken", storm.broken, "requests whose connection was closed instead"},
      {"storm_shut_out", storm.shut_out, "connections refused"},
      {"storm_unsent", storm.unsent, "requests given up because all connections were taken"},
      {"after_refused", after.refused, "requests refused right after the storm, at half of the most"},
      {"after_p99_ms", after.p99_ms, "ms to their answer, p99"}};
  return figures;
}

}  // namespace

Result<Figures> run_overload(const Plan& plan) {
  return overload({}, plan);
}

Result<Figures> run_overload_received(const Plan& plan) {
  return overload({.received = true}, plan);
}

Result<Figures> run_overload_slow(const Plan& plan) {
  return overload({.frail = true}, plan, {.slow_answers = std::chrono::seconds{1}});
}

Result<Figures> run_overload_flood(const Plan& plan) {
  return overload({}, plan, {.connections = kFloodConnections});
}

}  // namespace deltapost::app::bench
