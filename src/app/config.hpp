// Config: everything that can be set, from four places: flags > environment > TOML file > defaults.
// One table (settings()) knows them all; flags, variables, file keys, --print-config and the documentation
// follow it.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "net/address_guard.hpp"

namespace deltapost::app {

/// How long things are kept, in days; 0: for ever.
struct RetentionDays {
  int receipts = 0, attempts = 0, changes = 0;
};

struct Config {
  std::string listen_address;
  std::uint16_t port = 0;
  std::string store;
  int threads = 1;
  std::vector<net::Cidr> allow_network;
  std::string tls_certificate, tls_key;
  bool verify_tls = true;
  std::string ca_file;
  std::string master_key_file;
  bool log_json = false;
  std::string log_level;
  std::chrono::hours disable_after{};
  std::chrono::seconds drain{};
  std::size_t max_body_bytes = 0;
  std::size_t max_body_memory = 0;
  std::size_t max_connections = 0;
  std::uint32_t wrong_keys_per_minute = 0;
  std::vector<net::Cidr> trusted_proxies;
  std::string port_file;
  RetentionDays retention;
};

/// One thing that can be set. Its flag is --<name with dashes>, its variable DELTAPOST_<NAME>, its key in the
/// file <name>.
struct Setting {
  std::string name;        // "allow_network"
  std::string value_name;  // "CIDR,…", for the help
  std::string fallback;    // as text
  std::string help;
  std::function<Result<void>(Config&, const std::string&)> apply;
  bool text = true;  // printed with quotes
};

std::span<const Setting> settings();

/// Where a value came from, for --print-config.
struct Origin {
  std::string value;
  std::string from;  // "default", "deltapost.toml", "DELTAPOST_LISTEN", "--listen"
};

using Origins = std::map<std::string, Origin>;

struct ConfigInput {
  std::map<std::string, std::string> flags;        // by setting name
  std::map<std::string, std::string> environment;  // all variables
  std::string file;                                // path of the TOML file; empty: none
};

struct LoadedConfig {
  Config config;
  Origins origins;
};

/// Fault::invalid names the flag, variable or key, and what would be right; an unknown key or DELTAPOST_
/// variable is an error, with the nearest known name.
Result<LoadedConfig> load_config(const ConfigInput& input);

/// As a TOML file that would give the same, each line with where it came from.
std::string print_config(const Origins& origins);

}  // namespace deltapost::app
