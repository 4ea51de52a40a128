#include <fmt/format.h>
#include <fmt/ranges.h>

#include <csignal>
#include <string>
#include <system_error>
#include <vector>

#include "app/commands.hpp"

namespace deltapost::app {

void expect_subcommand(CLI::App& command) {
  command.require_subcommand(0, 1);
  command.allow_extras();  // to name it; subcommands made before do not inherit this
  command.final_callback([&command] {
    if (!command.get_subcommands().empty()) return;
    std::vector<std::string> names;
    for (const CLI::App* subcommand : command.get_subcommands([](const CLI::App*) { return true; }))
      names.push_back(subcommand->get_name());
    const auto given = command.remaining();
    throw CLI::ParseError(fmt::format("{}; there are: {}",
                                      given.empty() ? command.get_name() + " needs a command"
                                                    : fmt::format("{} has no command \"{}\"",
                                                                  command.get_name(), given.front()),
                                      fmt::join(names, ", ")),
                          CLI::ExitCodes::ExtrasError);
  });
}

void add_target(CLI::App& command, Target& target) {
  command.add_option("--url", target.url, "the server (default " + target.url + ")")
      ->envname("DELTAPOST_URL");
  command.add_option("--api-key", target.key, "an API key")->envname("DELTAPOST_KEY");
}

std::string missing_key(const Target& target) {
  if (!target.key.empty()) return {};
  return "no API key; give --api-key or set DELTAPOST_KEY to the key that the server printed at its first "
         "start";
}

int fail(const std::string& message) {
  fmt::print(stderr, "deltapost: {}\n", message);
  return 1;
}

}  // namespace deltapost::app

int main(int argc, char** argv) {
  using namespace deltapost::app;
  std::signal(SIGPIPE, SIG_IGN);  // a peer that has gone is told by the write's result
  CLI::App app{
      "Deltapost remembers every lead and contact, turns each change into an exact old -> new event,\n"
      "and posts it to everyone who must know: signed, retried, in order per record."};
  app.name("deltapost");
  app.set_version_flag("--version", "deltapost " DP_VERSION);
  Run run;
  for (auto* add :
       {add_serve, add_demo, add_listen, add_resources, add_send, add_transfer, add_erase, add_replay,
        add_observe, add_verify, add_migrate, add_backup, add_restore, add_bench, add_routes})
    add(app, run);
  expect_subcommand(app);
  CLI11_PARSE(app, argc, argv);
  try {
    return run();
  } catch (const std::system_error& error) {
    // Whoever read our output has gone (`deltapost export | head`): not worth a word.
    if (error.code() == std::errc::broken_pipe) return 1;
    return fail(error.what());
  }
}
