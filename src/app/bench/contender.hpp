// Contender: a process that is measured (a Deltapost server, the floor), with the load it gets and the
// receiver that it posts to. Rounds are played to it; what they came to is added up.
#pragma once

#include <memory>
#include <vector>

#include "app/bench/child_process.hpp"
#include "app/bench/load.hpp"
#include "app/bench/receiver.hpp"

namespace deltapost::app::bench {

struct Round {
  std::chrono::nanoseconds duration{};
  double rate = 0;  // LoadPlan::rate
  std::uint32_t connections = 256;
  bool paced = true;  // waits for deliveries (LoadPlan::delivered); not at a rate
  bool drain = true;  // ends when everything was delivered
  std::uint64_t max_requests = ~std::uint64_t{0};
  bool storm = false;  // LoadPlan::storm
};

/// What one round came to.
struct Turn {
  std::size_t begin = 0, end = 0;  // in Totals::acknowledged
  double load_s = 0;
  double server_cpu_s = 0, load_cpu_s = 0;
  std::uint64_t refused = 0, failed = 0, unsent = 0, broken = 0, shut_out = 0;  // as in Load
};

/// What all rounds came to.
struct Totals {
  std::vector<Acknowledged> acknowledged;
  std::size_t measured_from = 0;  // those before it are judged, but not measured
  std::vector<Turn> turns;        // those that are measured
  std::uint64_t refused = 0, failed = 0;
  std::string first_failed;  // as in Load
  double load_s = 0;         // from the first request to the last answer
  double whole_s = 0;        // from the first request to the last delivery
  double cpu_s = 0;          // of the process
  std::uint64_t written_bytes = 0, peak_memory_bytes = 0;
};

struct Contender {
  std::unique_ptr<ArrivalLog> arrivals;
  std::unique_ptr<Receiver> receiver;
  std::unique_ptr<Script> script;
  Owed owed;
  std::uint16_t port = 0;
  ChildProcess* process = nullptr;
  Totals totals;
};

/// Fault::unavailable when the load broke off. What is not delivered within kPatience is left to the judge.
Result<void> play_round(Contender& contender, const Round& round);
/// What was played so far was to warm up, or to find a rate: only what comes now is measured.
void begin_measuring(Contender& contender);
/// Rounds in turn, so that whatever else the machine does meets all alike.
Result<void> play_in_turn(const std::vector<Contender*>& contenders, const Round& round, int turns);
/// Waits until `count` webhooks have arrived, or none does any more.
void wait_for_arrivals(const ArrivalLog& arrivals, std::uint64_t count);

}  // namespace deltapost::app::bench
