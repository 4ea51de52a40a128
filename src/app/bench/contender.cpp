#include "app/bench/contender.hpp"

#include <algorithm>
#include <thread>

#include "app/signals.hpp"

namespace deltapost::app::bench {
namespace {

constexpr std::chrono::milliseconds kLookEvery{1};
/// Deliveries that may be under way before no more changes are sent, and changes at least.
constexpr std::uint32_t kMaxUndelivered = 1024, kMinUndelivered = 64;

/// At a rate no more than are used every second: a server closes a connection that rests for long.
std::uint32_t connections_for(const Round& round) {
  constexpr double kFewest = 16;
  if (round.rate == 0) return round.connections;
  return static_cast<std::uint32_t>(
      std::clamp(round.rate, kFewest, std::max(kFewest, static_cast<double>(round.connections))));
}

double seconds(std::int64_t ns) {
  return static_cast<double>(ns) / 1e9;
}

}  // namespace

void wait_for_arrivals(const ArrivalLog& arrivals, std::uint64_t count) {
  std::uint64_t seen = arrivals.count();
  std::int64_t seen_ns = now_ns();
  while (arrivals.count() < count && !StopSignal::pending()) {
    std::this_thread::sleep_for(kLookEvery);
    if (arrivals.count() != seen) {
      seen = arrivals.count();
      seen_ns = now_ns();
    } else if (now_ns() - seen_ns > std::chrono::nanoseconds(kPatience).count()) {
      return;
    }
  }
}

Result<void> play_round(Contender& contender, const Round& round) {
  const Usage before = contender.process->usage();
  const std::uint64_t arrived = contender.arrivals->count();
  auto load = play({.port = contender.port,
                    .connections = connections_for(round),
                    .duration = round.duration,
                    .rate = round.rate,
                    .max_requests = round.max_requests,
                    .delivered = round.paced && round.rate == 0 ? contender.arrivals.get() : nullptr,
                    .endpoints = contender.owed.endpoints,
                    .max_undelivered = std::max(kMinUndelivered, kMaxUndelivered / contender.owed.endpoints),
                    .storm = round.storm},
                   *contender.script);
  if (!load) return load.error();
  if (round.drain)
    wait_for_arrivals(*contender.arrivals, arrived + load->acknowledged.size() * contender.owed.endpoints);
  const Usage after = contender.process->usage();
  Totals& totals = contender.totals;
  totals.load_s += seconds(load->ended_ns - load->began_ns);
  totals.whole_s += seconds(std::max(load->ended_ns, contender.arrivals->last_ns()) - load->began_ns);
  totals.cpu_s += after.cpu_s - before.cpu_s;
  totals.written_bytes += after.written_bytes - before.written_bytes;
  totals.peak_memory_bytes = std::max(totals.peak_memory_bytes, after.peak_memory_bytes);
  totals.refused += load->refused;
  if (totals.failed == 0) totals.first_failed = load->first_failed;
  totals.failed += load->failed;
  totals.turns.push_back({.begin = totals.acknowledged.size(),
                          .end = totals.acknowledged.size() + load->acknowledged.size(),
                          .load_s = seconds(load->ended_ns - load->began_ns),
                          .server_cpu_s = after.cpu_s - before.cpu_s,
                          .load_cpu_s = load->cpu_s,
                          .refused = load->refused,
                          .failed = load->failed,
                          .unsent = load->unsent,
                          .broken = load->broken,
                          .shut_out = load->shut_out});
  totals.acknowledged.insert(totals.acknowledged.end(), load->acknowledged.begin(), load->acknowledged.end());
  return ok();
}

void begin_measuring(Contender& contender) {
  Totals fresh;
  fresh.acknowledged = std::move(contender.totals.acknowledged);
  fresh.measured_from = fresh.acknowledged.size();
  contender.totals = std::move(fresh);
}

Result<void> play_in_turn(const std::vector<Contender*>& contenders, const Round& round, int turns) {
  for (int turn = 0; turn < turns; ++turn)
    for (Contender* contender : contenders)
      if (auto played = play_round(*contender, round); !played) return played;
  return ok();
}

}  // namespace deltapost::app::bench
