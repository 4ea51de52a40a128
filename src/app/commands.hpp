// Commands: what `deltapost …` can do, a file each in commands/. Each adds its subcommand to the parser and
// sets what is to be run.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>

namespace deltapost::app {

/// Set by the subcommand that was chosen; its value is the process's exit code.
using Run = std::function<int()>;

void add_serve(CLI::App& app, Run& run);
void add_routes(CLI::App& app, Run& run);
void add_resources(CLI::App& app, Run& run);  // lead, contact, endpoint, source, receipt, key, account
void add_send(CLI::App& app, Run& run);       // source send; after add_resources
void add_listen(CLI::App& app, Run& run);
void add_demo(CLI::App& app, Run& run);
void add_verify(CLI::App& app, Run& run);
void add_replay(CLI::App& app, Run& run);
void add_observe(CLI::App& app, Run& run);
void add_erase(CLI::App& app, Run& run);
void add_migrate(CLI::App& app, Run& run);
void add_backup(CLI::App& app, Run& run);
void add_restore(CLI::App& app, Run& run);
void add_bench(CLI::App& app, Run& run);
void add_transfer(CLI::App& app, Run& run);  // import, export

/// --url and --api-key, which every client of the API takes.
struct Target {
  std::string url = "http://127.0.0.1:8080", key;
};
void add_target(CLI::App& command, Target& target);
/// What is wrong when there is no key; empty when there is one.
std::string missing_key(const Target& target);

/// Makes the command need one of its subcommands, and say which there are when it gets none or an unknown
/// one.
void expect_subcommand(CLI::App& command);

/// Prints "deltapost: <message>" to standard error and gives exit code 1.
int fail(const std::string& message);

}  // namespace deltapost::app
