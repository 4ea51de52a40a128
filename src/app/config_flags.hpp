// The settings of config.hpp as flags of a subcommand.
#pragma once

#include <CLI/CLI.hpp>
#include <map>
#include <memory>
#include <string>

#include "app/config.hpp"

namespace deltapost::app {

/// What was given on the command line.
struct ConfigFlags {
  std::map<std::string, std::string> values;  // by setting name; only those that were given
  std::string file;
  bool print = false;
};

/// Adds --config, --print-config and a flag for each setting. The result is filled in when the command line
/// is parsed.
std::shared_ptr<ConfigFlags> add_config_flags(CLI::App& command);

/// Reads the process's environment, too. DELTAPOST_CONFIG names the file when --config does not.
Result<LoadedConfig> load_config(const ConfigFlags& flags);

std::string environment_variable(const char* name);

}  // namespace deltapost::app
