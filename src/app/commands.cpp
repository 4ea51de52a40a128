#include "app/commands.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <string>
#include <vector>

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
