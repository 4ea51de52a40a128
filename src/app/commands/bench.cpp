// deltapost bench: changes in, webhooks out, measured on this machine beside the cheapest program that does
// the same I/O. The run checks itself: one that lost or reordered something fails.
#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <thread>

#include "app/bench/bare_client.hpp"
#include "app/bench/cases.hpp"
#include "app/bench/floor.hpp"
#include "app/bench/picture.hpp"
#include "app/commands.hpp"
#include "app/descriptors.hpp"
#include "app/signals.hpp"

namespace deltapost::app {
namespace {

constexpr int kDefaultSeconds = 4, kQuickSeconds = 10;

struct Options {
  int seconds = 0;  // 0: not given
  bool quick = false, long_run = false, list = false, json = false;
  std::vector<std::string> cases;
  std::string svg_file;
};

int list_cases() {
  for (const bench::Case& one : bench::all_cases())
    fmt::print("{:<18} {}{}\n", one.name, one.sentence, one.when_named ? " (only when it is named)" : "");
  return 0;
}

/// The cases that are to be run; the names are checked already.
std::vector<const bench::Case*> chosen_cases(const Options& options) {
  std::vector<const bench::Case*> chosen;
  for (const bench::Case& one : bench::all_cases()) {
    const bool named = std::ranges::find(options.cases, one.name) != options.cases.end();
    const bool quick = options.quick && one.name == bench::kMainCase;
    const bool all = options.cases.empty() && !options.quick && !one.when_named;
    if (named || quick || all) chosen.push_back(&one);
  }
  return chosen;
}

bench::CaseResult run_case(const bench::Case& one, bench::Plan& plan) {
  auto figures = one.run(plan);
  if (!figures) return {.name = one.name, .figures = {}, .failure = figures.error().message};
  plan.done[one.name] = *figures;
  std::string failure = bench::why_void(*figures);
  return {.name = one.name, .figures = *std::move(figures), .failure = std::move(failure)};
}

int stopped() {
  constexpr int kStoppedBySignal = 130;
  (void)fail("bench was stopped; nothing is left behind");
  return kStoppedBySignal;
}

int run_bench(const Options& options) {
  if (options.list) return list_cases();
  const int seconds = options.seconds > 0 ? options.seconds : options.quick ? kQuickSeconds : kDefaultSeconds;
  // Before the run: one that takes minutes must not end at a wrong path.
  std::ofstream svg;
  if (!options.svg_file.empty()) {
    svg.open(options.svg_file);
    if (!svg) return fail("--svg: cannot write " + options.svg_file);
  }
  bench::Plan plan{.duration = std::chrono::seconds{seconds}, .long_run = options.long_run};
  // What a program reads must not be mixed with what people read meanwhile.
  std::FILE* people = options.json ? stderr : stdout;
  fmt::print(people, "{} s of load per case, on {} cores shared with load and receivers\n\n{}", seconds,
             std::thread::hardware_concurrency(), bench::table_head());
  const StopSignal stop_signal;  // the loads look for it, so that all that was started is ended in order
  raise_descriptor_limit();
  std::vector<bench::CaseResult> results;
  for (const bench::Case* one : chosen_cases(options)) {
    results.push_back(run_case(*one, plan));
    if (StopSignal::pending()) return stopped();
    fmt::print(people, "{}", bench::table_lines(results.back()));
    std::fflush(people);
  }
  if (options.json) fmt::print("{}\n", to_text(bench::report_json(results, bench::kMainCase)));
  if (svg.is_open()) {
    svg << bench::picture(results);
    if (!svg.flush()) return fail("--svg: cannot write " + options.svg_file);
  }
  const auto failed =
      std::ranges::find_if(results, [](const auto& result) { return !result.failure.empty(); });
  if (failed == results.end()) return 0;
  return fail(fmt::format("{}: {}", failed->name, failed->failure));
}

/// Processes that bench starts; they are not for people.
void add_floor(CLI::App& command, Run& run) {
  auto* floor = command.add_subcommand("floor")->group("");
  auto options = std::make_shared<bench::Floor::Options>();
  auto port_file = std::make_shared<std::string>();
  floor->add_option("--receiver-port", options->receiver_port)->required();
  floor->add_option("--log", options->log_file)->required();
  floor->add_option("--port-file", *port_file)->required();
  floor->callback(
      [options, port_file, &run] { run = [=] { return bench::run_floor(*options, *port_file); }; });
}

void add_bare_client(CLI::App& command, Run& run) {
  auto* client = command.add_subcommand("bare-client")->group("");
  auto port = std::make_shared<std::uint16_t>();
  auto seconds = std::make_shared<int>();
  client->add_option("--receiver-port", *port)->required();
  client->add_option("--seconds", *seconds)->required();
  client->callback([port, seconds, &run] {
    run = [=] { return bench::run_bare_client(*port, std::chrono::seconds{*seconds}); };
  });
}

std::vector<std::string> case_names() {
  std::vector<std::string> names;
  for (const bench::Case& one : bench::all_cases()) names.push_back(one.name);
  return names;
}

}  // namespace

void add_bench(CLI::App& app, Run& run) {
  auto* command = app.add_subcommand("bench", "measure throughput, latency and cost on this machine");
  auto options = std::make_shared<Options>();
  command->add_flag("--list", options->list, "print the cases, and end");
  command->add_option("--case", options->cases, "a case to run; may be given several times (default: all)")
      ->check(CLI::IsMember(case_names()));
  command
      ->add_option("--seconds", options->seconds,
                   fmt::format("how long changes come in, per case (default {}, with --quick {})",
                               kDefaultSeconds, kQuickSeconds))
      ->check(CLI::Range(1, 3600));
  command->add_flag("--quick", options->quick, "the main case alone, beside the floor");
  command->add_flag("--long", options->long_run,
                    "10 million records, a backlog of 1 million: takes many minutes");
  command->add_flag("--json", options->json, "print one JSON object; the table goes to standard error");
  command->add_option("--svg", options->svg_file, "a file for a picture of throughput and latency");
  add_floor(*command, run);
  add_bare_client(*command, run);
  command->callback([options, command, &run] {
    if (command->get_subcommands().empty()) run = [options] { return run_bench(*options); };
  });
}

}  // namespace deltapost::app
