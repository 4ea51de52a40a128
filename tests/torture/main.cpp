// torture: a server under load is killed and stopped at random instants, and its receivers too, and in the
// end everything that was ever acknowledged must be there. `make torture`.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <filesystem>

#include "torture/receiver_process.hpp"
#include "torture/run.hpp"

namespace {

using namespace deltapost::torture;

constexpr int kFailed = 1, kInterruptedExit = 130;

std::uint64_t some_seed() {
  constexpr std::uint64_t kShort = 1'000'000;  // fit to be typed
  deltapost::SystemRandom random;
  return random.below(kShort);
}

std::string new_folder() {
  std::string pattern = (std::filesystem::temp_directory_path() / "deltapost-torture-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) return {};
  return pattern;
}

int torture(RunOptions options) {
  options.folder = new_folder();
  if (options.folder.empty()) {
    fmt::print(stderr, "torture: no temporary folder could be made\n");
    return kFailed;
  }
  const deltapost::app::StopSignal stop;
  fmt::print("seed {} (--seed {} plays the same blows again)\n", options.seed, options.seed);
  std::fflush(stdout);
  const auto report = run(options, stop);
  const bool interrupted = !report && report.error().message == kInterrupted;
  const bool good = report && report->good();
  if (good || interrupted)
    std::filesystem::remove_all(options.folder);
  else
    fmt::print("store, arrivals and outputs are kept in {}\n", options.folder);
  if (interrupted) return kInterruptedExit;
  fmt::print("{}", report ? text(*report) : "torture: " + report.error().message + "\n");
  return good ? 0 : kFailed;
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  CLI::App app{"Kills and stops a Deltapost server and its receivers under load, and judges what is left.",
               "torture"};
  RunOptions options{.seed = some_seed()};
  std::uint64_t seconds = 0, stop_seconds = 10;
  app.add_option("--program", options.program, "the deltapost to try");
  app.add_option("--seed", options.seed, "of the schedule of blows (default: some other each time)");
  app.add_option("--kills", options.kills, "of the server, after which the fire ends (default 100)");
  app.add_option("--seconds", seconds, "end the fire after so long instead");
  app.add_option("--stop-seconds", stop_seconds, "how long a stop lasts (default 10)");
  ReceiverOptions receiver;
  std::string format;
  auto* command = app.add_subcommand("receiver")->group("");  // a process of the run's
  command->add_option("--port", receiver.port)->required();
  command->add_option("--secret-file", receiver.secret_file)->required();
  command->add_option("--arrivals-file", receiver.arrivals_file)->required();
  command->add_option("--format", format)->required();
  std::int64_t takes_us = 0;
  command->add_option("--takes-us", takes_us);
  CLI11_PARSE(app, argc, argv);
  if (*command) {
    receiver.format = deltapost::format::parse_format(format).value_or(receiver.format);
    receiver.takes = std::chrono::microseconds{takes_us};
    return run_receiver(receiver);
  }
  if (!std::filesystem::exists(options.program)) {
    fmt::print(stderr, "torture: --program must name a built deltapost\n");
    return kFailed;
  }
  if (seconds > 0) options.seconds = std::chrono::seconds{seconds};
  options.stop_lasts = std::chrono::seconds{stop_seconds};
  return torture(options);
}
