#include "app/config.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <toml++/toml.h>
#include <algorithm>
#include <charconv>
#include <set>
#include <sstream>

namespace deltapost::app {
namespace {

constexpr std::string_view kPrefix = "DELTAPOST_";
// Variables of ours that are not settings: secrets, what the client commands use, what the tests use.
const std::set<std::string, std::less<>> kOtherVariables{
    "DELTAPOST_KEY", "DELTAPOST_URL",  "DELTAPOST_MASTER_KEY", "DELTAPOST_CONFIG",
    "DELTAPOST_BIN", "DELTAPOST_SEED", "DELTAPOST_SECRET"};

Error bad(std::string message) {
  return {.fault = Fault::invalid, .message = std::move(message)};
}

template <class Number>
auto number(Number Config::*member, long long least, long long most) {
  return [=](Config& config, const std::string& text) -> Result<void> {
    long long value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || value < least || value > most)
      return bad(fmt::format("must be a whole number from {} to {}", least, most));
    config.*member = Number(value);
    return ok();
  };
}

auto text(std::string Config::*member) {
  return [=](Config& config, const std::string& value) -> Result<void> {
    config.*member = value;
    return ok();
  };
}

Result<void> apply_listen(Config& config, const std::string& value) {
  const std::size_t colon = value.rfind(':');
  int port = -1;
  if (colon != std::string::npos) {
    const auto [end, error] = std::from_chars(value.data() + colon + 1, value.data() + value.size(), port);
    if (error != std::errc{} || end != value.data() + value.size()) port = -1;
  }
  std::string host = value.substr(0, colon == std::string::npos ? 0 : colon);
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
  if (port < 0 || port > 65535 || host.empty())
    return bad("must be an address and a port, like 127.0.0.1:8080 or [::1]:8080; port 0 takes a free one");
  config.listen_address = host;
  config.port = static_cast<std::uint16_t>(port);
  return ok();
}

auto networks(std::vector<net::Cidr> Config::*member) {
  return [=](Config& config, const std::string& value) -> Result<void> {
    (config.*member).clear();
    for (std::size_t at = 0; at < value.size();) {
      const std::size_t end = std::min(value.find(',', at), value.size());
      std::string one = value.substr(at, end - at);
      std::erase(one, ' ');
      at = end + 1;
      if (one.empty()) continue;
      auto network = net::Cidr::parse(one);
      if (!network)
        return bad(fmt::format("{} is no network; write it like 10.0.0.0/8, several with commas", one));
      (config.*member).push_back(*network);
    }
    return ok();
  };
}

template <class Set>
auto choice(std::vector<std::string> choices, Set set) {
  return [=](Config& config, const std::string& value) -> Result<void> {
    if (std::ranges::find(choices, value) == choices.end())
      return bad(fmt::format("must be one of {}", fmt::join(choices, ", ")));
    set(config, value);
    return ok();
  };
}

std::function<Result<void>(Config&, const std::string&)> days(int RetentionDays::*member) {
  return [member](Config& config, const std::string& value) -> Result<void> {
    constexpr int kMost = 36'500;
    int number = -1;
    const auto read = std::from_chars(value.data(), value.data() + value.size(), number);
    if (read.ec != std::errc() || read.ptr != value.data() + value.size() || number < 0 || number > kMost)
      return bad(fmt::format("must be a number of days from 0 (for ever) to {}", kMost));
    config.retention.*member = number;
    return ok();
  };
}

std::vector<Setting> make_settings() {
  return {
      {"listen", "ADDRESS:PORT", "127.0.0.1:8080", "where the API is served", apply_listen},
      {"store", "FILE", "deltapost.db", "the file that holds everything", text(&Config::store)},
      {"threads", "N", "1", "threads that serve requests", number(&Config::threads, 1, 64), false},
      {"allow_network", "CIDR,…", "", "internal networks that endpoints may be in; none by default",
       networks(&Config::allow_network)},
      {"tls_certificate", "FILE", "", "PEM chain; with tls_key the API is served over TLS",
       text(&Config::tls_certificate)},
      {"tls_key", "FILE", "", "PEM private key of tls_certificate", text(&Config::tls_key)},
      {"verify_tls", "true|false", "true", "whether certificates of endpoints are verified",
       choice({"true", "false"}, [](Config& c, const std::string& v) { c.verify_tls = v == "true"; }), false},
      {"ca_file", "FILE", "", "certificates to trust instead of the system's", text(&Config::ca_file)},
      {"master_key_file", "FILE", "", "the key that seals secrets; made beside the store when it is missing",
       text(&Config::master_key_file)},
      {"log_format", "readable|json", "readable", "how log lines look",
       choice({"readable", "json"}, [](Config& c, const std::string& v) { c.log_json = v == "json"; })},
      {"log_level", "LEVEL", "info", "debug, info, warn or error",
       choice({"debug", "info", "warn", "error"}, [](Config& c, const std::string& v) { c.log_level = v; })},
      {"disable_after_hours", "N", "120", "an endpoint without any success for so long is disabled",
       number(&Config::disable_after, 1, 8760), false},
      {"drain_seconds", "N", "10", "how long a stop waits for requests in progress",
       number(&Config::drain, 0, 300), false},
      {"max_body_bytes", "N", "1048576", "the largest request body",
       number(&Config::max_body_bytes, 1024, 67108864), false},
      {"max_body_memory", "N", "67108864",
       "bytes that all request bodies together may take, but for those of up to 16 KiB",
       number(&Config::max_body_memory, 1024, 68'719'476'736), false},
      {"max_connections", "N", "4096", "connections at once", number(&Config::max_connections, 1, 65536),
       false},
      {"wrong_keys_per_minute", "N", "20",
       "wrong API keys or source tokens that an address may try before it has to wait; 0: no limit",
       number(&Config::wrong_keys_per_minute, 0, 1'000'000), false},
      {"trusted_proxies", "CIDR,…", "", "proxies whose X-Forwarded-For says which address a request is from",
       networks(&Config::trusted_proxies)},
      {"keep_receipts_days", "N", "90", "how long receipts are kept; 0: for ever; an account can set its own",
       days(&RetentionDays::receipts), false},
      {"keep_attempts_days", "N", "30", "how long attempts at deliveries are kept; 0: for ever",
       days(&RetentionDays::attempts), false},
      {"keep_changes_days", "N", "0", "how long the values in changes are kept; 0: for ever",
       days(&RetentionDays::changes), false},
      {"port_file", "FILE", "", "where to write the port that is listened on", text(&Config::port_file)},
  };
}

std::string upper(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return std::toupper(c); });
  return text;
}

std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0]++;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i - 1] != b[j - 1]);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, replaced});
    }
  }
  return row.back();
}

std::string nearest(std::string_view name) {
  const auto all = settings();
  return std::ranges::min_element(all, {}, [&](const Setting& s) { return distance(name, s.name); })->name;
}

const Setting* find(std::string_view name) {
  const auto all = settings();
  const auto found = std::ranges::find(all, name, &Setting::name);
  return found == all.end() ? nullptr : &*found;
}

Result<std::string> toml_text(const toml::node& node) {
  if (auto value = node.value<std::string>(); node.is_string() && value) return *value;
  if (node.is_integer()) return std::to_string(*node.value<std::int64_t>());
  if (node.is_boolean()) return std::string(*node.value<bool>() ? "true" : "false");
  if (const auto* array = node.as_array()) {
    std::string joined;
    for (const auto& element : *array) {
      if (!element.is_string()) return bad("must be a list of texts");
      joined += (joined.empty() ? "" : ",") + *element.value<std::string>();
    }
    return joined;
  }
  return bad("must be a text, a number, true or false, or a list of texts");
}

Result<void> read_file(const std::string& path, Origins& origins) {
  toml::table table;
  try {
    table = toml::parse_file(path);
  } catch (const toml::parse_error& error) {
    return bad(fmt::format("{}:{}: {}", path, error.source().begin.line, error.description()));
  }
  for (const auto& [key, node] : table) {
    const std::string name(key.str());
    if (find(name) == nullptr)
      return bad(fmt::format("{}:{}: unknown key {}; did you mean {}?", path, node.source().begin.line, name,
                             nearest(name)));
    auto value = toml_text(node);
    if (!value)
      return bad(fmt::format("{}:{}: {} {}", path, node.source().begin.line, name, value.error().message));
    origins[name] = {*std::move(value), path};
  }
  return ok();
}

Result<void> read_environment(const std::map<std::string, std::string>& environment, Origins& origins) {
  for (const auto& [name, value] : environment) {
    if (!name.starts_with(kPrefix) || kOtherVariables.contains(name)) continue;
    const auto all = settings();
    const auto setting =
        std::ranges::find(all, name, [](const Setting& s) { return std::string(kPrefix) + upper(s.name); });
    if (setting == all.end()) {
      std::string lower = name.substr(kPrefix.size());
      std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return std::tolower(c); });
      return bad(
          fmt::format("unknown variable {}; did you mean {}{}?", name, kPrefix, upper(nearest(lower))));
    }
    origins[setting->name] = {value, name};
  }
  return ok();
}

/// As TOML. A number or a truth may stand bare unless it is written as TOML writes none: 007.
std::string toml_of(const std::string& value, bool text) {
  const bool bare = !text && (value == "0" || !(value.starts_with('0') || value.starts_with('-')));
  if (bare) return value;
  const toml::value<std::string> node(value);
  std::ostringstream out;
  out << toml::toml_formatter{node, toml::format_flags::allow_unicode_strings};
  return out.str();
}

std::string flag(std::string name) {
  std::ranges::replace(name, '_', '-');
  return "--" + name;
}

}  // namespace

std::span<const Setting> settings() {
  static const std::vector<Setting> all = make_settings();
  return all;
}

Result<LoadedConfig> load_config(const ConfigInput& input) {
  LoadedConfig loaded;
  for (const Setting& setting : settings()) loaded.origins[setting.name] = {setting.fallback, "default"};
  if (!input.file.empty())
    if (auto read = read_file(input.file, loaded.origins); !read) return read.error();
  if (auto read = read_environment(input.environment, loaded.origins); !read) return read.error();
  for (const auto& [name, value] : input.flags) loaded.origins[name] = {value, flag(name)};

  for (const Setting& setting : settings()) {
    const Origin& origin = loaded.origins[setting.name];
    if (auto applied = setting.apply(loaded.config, origin.value); !applied)
      return bad(fmt::format("{}: {} {}, not \"{}\"", origin.from, setting.name, applied.error().message,
                             origin.value));
  }
  Config& config = loaded.config;
  if (config.tls_certificate.empty() != config.tls_key.empty())
    return bad("tls_certificate and tls_key go together; give both or none");
  if (config.max_body_memory < config.max_body_bytes)
    return bad(fmt::format("max_body_memory must be at least max_body_bytes, {}, not {}",
                           config.max_body_bytes, config.max_body_memory));
  if (config.master_key_file.empty()) config.master_key_file = config.store + ".key";
  return loaded;
}

std::string print_config(const Origins& origins) {
  std::string out;
  for (const Setting& setting : settings()) {
    const Origin& origin = origins.at(setting.name);
    fmt::format_to(std::back_inserter(out), "# {} (from {})\n{} = {}\n", setting.help, origin.from,
                   setting.name, toml_of(origin.value, setting.text));
  }
  return out;
}

}  // namespace deltapost::app
