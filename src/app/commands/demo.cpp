// deltapost demo: the main job, shown. A server and a receiver that verifies, in this process; stories played
// against them over HTTP; each change and the webhook that arrived for it, side by side. Without a terminal
// it ends by itself, with 0 only if every webhook arrived, verified and as expected.
#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>

#include "app/commands.hpp"
#include "app/config_flags.hpp"
#include "app/demo/stage.hpp"
#include "app/demo/stories.hpp"
#include "app/log.hpp"
#include "app/signals.hpp"
#include "app/temporary_folder.hpp"

namespace deltapost::app {
namespace {

constexpr const char* kUsualPort = "8080";

bool at_terminal() {
  return ::isatty(STDIN_FILENO) != 0 && ::isatty(STDOUT_FILENO) != 0 && std::getenv("CI") == nullptr;
}

void say_how_to_go_on(const demo::Stage& stage) {
  fmt::print(
      "\nThe server and the receiver go on until Ctrl-C; each webhook that arrives is shown here. In another "
      "terminal:\n\n"
      "  export DELTAPOST_KEY={}\n"
      "  curl -s {}/v1/leads -H \"x-api-key: $DELTAPOST_KEY\"\n"
      "  curl -s -X PATCH {}/v1/leads/{} -H \"x-api-key: $DELTAPOST_KEY\" -H 'Content-Type: "
      "application/json' \\\n"
      "       -d '{{\"additionalInfo\": {{\"insuranceProvider\": \"Cigna\"}}}}'\n"
      "  curl -s {}/v1/leads/{}/changes -H \"x-api-key: $DELTAPOST_KEY\"\n\n",
      stage.key(), stage.server_url(), stage.server_url(), stage.lead_id(), stage.server_url(),
      stage.lead_id());
  std::fflush(stdout);
}

int run_demo(const std::string& port) {
  const StopSignal stop_signal;
  const TemporaryFolder folder("deltapost-demo");
  if (folder.path().empty()) return fail("cannot make a temporary folder");
  start_log(false, "error");
  auto stage = demo::Stage::set_up(folder.path(), port);
  if (!stage) return fail(stage.error().message);
  fmt::print(
      "Deltapost demo\n  server    {}, store {}/deltapost.db\n  receiver  {}, verifies every signature\n",
      (*stage)->server_url(), folder.path(), (*stage)->receiver_url());
  const bool good = demo::play_stories(**stage);
  fmt::print(
      "\n{}\n",
      good ? fmt::format("{} webhooks went out, each verified and as expected; {} came in, each with the "
                         "verdict it deserved.",
                         (*stage)->matched(), (*stage)->received())
           : "NOT as expected; see above.");
  if (!good || !at_terminal()) return good ? 0 : 1;
  (*stage)->print_arrivals();
  say_how_to_go_on(**stage);
  stop_signal.wait();
  return 0;
}

}  // namespace

void add_demo(CLI::App& app, Run& run) {
  auto* command = app.add_subcommand(
      "demo", "the main job, shown: changes in, signed webhooks out; webhooks of others in");
  auto port = std::make_shared<std::string>(at_terminal() ? kUsualPort : "0");
  command->add_option("--port", *port,
                      "port of the server (default 8080; 0, a free one, without a terminal)");
  command->callback([port, &run] { run = [port] { return run_demo(*port); }; });
}

}  // namespace deltapost::app
