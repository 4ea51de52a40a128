#include "app/config_flags.hpp"

#include <algorithm>
#include <cstdlib>

extern char** environ;

namespace deltapost::app {

std::shared_ptr<ConfigFlags> add_config_flags(CLI::App& command) {
  auto flags = std::make_shared<ConfigFlags>();
  command.add_option("--config", flags->file, "a TOML file with settings")->type_name("FILE");
  command.add_flag("--print-config", flags->print, "print every setting with where it came from, and end");
  for (const Setting& setting : settings()) {
    std::string name = setting.name;
    std::ranges::replace(name, '_', '-');
    const std::string help =
        setting.fallback.empty() ? setting.help : setting.help + " (default " + setting.fallback + ")";
    command
        .add_option_function<std::string>(
            "--" + name,
            [flags, key = setting.name](const std::string& value) { flags->values[key] = value; }, help)
        ->type_name(setting.value_name);
  }
  return flags;
}

Result<LoadedConfig> load_config(const ConfigFlags& flags) {
  ConfigInput input{.flags = flags.values, .environment = {}, .file = flags.file};
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text(*entry);
    if (const std::size_t equals = text.find('='); equals != std::string::npos)
      input.environment[text.substr(0, equals)] = text.substr(equals + 1);
  }
  if (input.file.empty()) input.file = environment_variable("DELTAPOST_CONFIG");
  return load_config(input);
}

std::string environment_variable(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}

}  // namespace deltapost::app
