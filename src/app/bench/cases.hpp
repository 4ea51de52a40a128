// The cases of the benchmark: each a setting and what is varied in it.
#pragma once

#include <map>
#include <span>
#include <string>

#include "app/bench/stage.hpp"

namespace deltapost::app::bench {

/// What a case is told, and what those before it have found.
struct Plan {
  std::chrono::milliseconds duration{};  // of the load, per case
  bool long_run = false;
  /// By case; a rate that is a share of another case's is taken from there.
  std::map<std::string, Figures> done{};
};

struct Case {
  std::string name;
  std::string sentence;
  Result<Figures> (*run)(const Plan& plan);
  bool when_named = false;  // not part of a run of all cases
};

/// In the order in which they are run.
std::span<const Case> all_cases();

inline constexpr const char* kMainCase = "leads";

// The parts of the table, a file each.

Result<Figures> run_leads(const Plan& plan);
Result<Figures> run_contacts(const Plan& plan);

Result<Figures> run_received_contacts(const Plan& plan);
Result<Figures> run_received_leads(const Plan& plan);
Result<Figures> run_https(const Plan& plan);
Result<Figures> run_import(const Plan& plan);
Result<Figures> run_hot_record(const Plan& plan);
Result<Figures> run_idle(const Plan& plan);
Result<Figures> run_half_load(const Plan& plan);

Result<Figures> run_fan_out_10(const Plan& plan);
Result<Figures> run_fan_out_100(const Plan& plan);
Result<Figures> run_dead_endpoint(const Plan& plan);
Result<Figures> run_slow_endpoint(const Plan& plan);
Result<Figures> run_many_endpoints(const Plan& plan);

Result<Figures> run_records(const Plan& plan);

Result<Figures> run_outage(const Plan& plan);
Result<Figures> run_restart(const Plan& plan);

Result<Figures> run_overload(const Plan& plan);
Result<Figures> run_overload_received(const Plan& plan);
Result<Figures> run_overload_slow(const Plan& plan);
Result<Figures> run_overload_flood(const Plan& plan);

/// A stage, its rounds, its figures.
Result<Figures> measure(const Setup& setup, const Round& round);

}  // namespace deltapost::app::bench
