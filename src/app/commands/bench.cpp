// deltapost bench: changes in, webhooks out, measured on this machine.
#include <fmt/format.h>

#include "app/bench/floor.hpp"
#include "app/bench/stage.hpp"
#include "app/commands.hpp"
#include "record/json.hpp"

namespace deltapost::app {
namespace {

struct Options {
  int seconds = 4;
  bool quick = false, json = false;
};

int run_bench(const Options& options) {
  auto floor = bench::FloorStage::build(Kind::lead, 10'000);
  if (!floor) return fail(floor.error().message);
  auto stage = bench::Stage::build({});
  if (!stage) return fail(stage.error().message);
  const bench::Round half{.duration = std::chrono::milliseconds{options.seconds * 500}};
  for (int i = 0; i < 2; ++i)
    for (bench::Contender* contender : {&(*floor)->contender(), &(*stage)->contender()})
      if (auto played = bench::play_round(*contender, half); !played) return fail(played.error().message);
  const auto floor_figures = (*floor)->finish();
  auto ours = (*stage)->finish();
  if (!ours) return fail(ours.error().message);
  JsonObject object{{"changes_per_s", ours->changes_per_s},
                    {"floor_changes_per_s", floor_figures.changes_per_s},
                    {"floor_share", ours->changes_per_s / floor_figures.changes_per_s},
                    {"accepted_per_s", ours->accepted_per_s},
                    {"p50_ms", ours->receipt_ms.p50},
                    {"p99_ms", ours->receipt_ms.p99},
                    {"answer_p50_ms", ours->answer_ms.p50},
                    {"answer_p99_ms", ours->answer_ms.p99},
                    {"cpu_us_per_change", ours->cpu_us_per_change},
                    {"floor_cpu_us_per_change", floor_figures.cpu_us_per_change},
                    {"floor_p50_ms", floor_figures.receipt_ms.p50},
                    {"bytes_written_per_change", ours->bytes_written_per_change},
                    {"bytes_kept_per_change", ours->bytes_kept_per_change},
                    {"peak_memory_mib", ours->peak_memory_mib},
                    {"lost", ours->verdict.lost + floor_figures.verdict.lost},
                    {"reordered", ours->verdict.reordered + floor_figures.verdict.reordered},
                    {"repeated", ours->verdict.repeated},
                    {"unasked", ours->verdict.unasked},
                    {"refused", ours->refused}};
  fmt::print("{}\n", to_text(object));
  return 0;
}

void add_floor(CLI::App& bench, Run& run) {
  auto* command = bench.add_subcommand("floor", "the cheapest program that does the same");
  command->group("");  // bench starts it; it is not for people
  auto options = std::make_shared<bench::Floor::Options>();
  auto port_file = std::make_shared<std::string>();
  command->add_option("--receiver-port", options->receiver_port)->required();
  command->add_option("--log", options->log_file)->required();
  command->add_option("--port-file", *port_file)->required();
  command->callback(
      [options, port_file, &run] { run = [=] { return bench::run_floor(*options, *port_file); }; });
}

}  // namespace

void add_bench(CLI::App& app, Run& run) {
  auto* command = app.add_subcommand("bench", "measure throughput, latency and cost on this machine");
  auto options = std::make_shared<Options>();
  command->add_option("--seconds", options->seconds, "how long changes come in (default 4)")
      ->check(CLI::Range(1, 3600));
  command->add_flag("--quick", options->quick, "the main case alone");
  command->add_flag("--json", options->json, "print one JSON object");
  add_floor(*command, run);
  command->callback([options, command, &run] {
    if (command->get_subcommands().empty()) run = [options] { return run_bench(*options); };
  });
}

}  // namespace deltapost::app
