// deltapost serve: the server, until SIGTERM or SIGINT.
#include <fmt/format.h>

#include <csignal>

#include "app/commands.hpp"
#include "app/config_flags.hpp"
#include "app/descriptors.hpp"
#include "app/log.hpp"
#include "app/server.hpp"
#include "app/signals.hpp"

namespace deltapost::app {
namespace {

/// The exit code after a failed sync: EX_IOERR of sysexits.h. Whoever supervises should start it again.
constexpr int kDiskFailed = 74;

void warn_of_dangers(const Config& config) {
  if (net::AddressGuard(config.allow_network).allows_everything())
    log(Level::warn,
        "allow_network opens every network: endpoints can reach what only this machine should reach", {});
  if (!config.verify_tls)
    log(Level::warn, "verify_tls is off: anyone on the way can read and alter what is sent", {});
  const bool loopback = config.listen_address.starts_with("127.") || config.listen_address == "::1";
  if (!loopback && config.tls_certificate.empty())
    log(Level::warn, "listening beyond this machine without TLS: keys and payloads can be read on the way",
        {{"listen", config.listen_address}});
}

/// Connections to receivers, the store's files and the like.
constexpr std::size_t kOtherDescriptors = 1024;

void make_room_for_connections(const Config& config) {
  const std::size_t limit = raise_descriptor_limit(), wanted = config.max_connections + kOtherDescriptors;
  if (limit < wanted)
    log(Level::warn, "fewer file descriptors may be open than max_connections needs; raise ulimit -n",
        {{"limit", limit}, {"wanted", wanted}});
}

int serve(const ConfigFlags& flags) {
  auto loaded = load_config(flags);
  if (!loaded) return fail(loaded.error().message);
  if (flags.print) {
    fmt::print("{}", print_config(loaded->origins));
    return 0;
  }
  const Config& config = loaded->config;
  start_log(config.log_json, config.log_level);
  warn_of_dangers(config);
  make_room_for_connections(config);
  const StopSignal stop_signal;  // before any thread, so that all inherit the mask
  auto server = Server::open(config, environment_variable("DELTAPOST_MASTER_KEY"), StopSignal::raise);
  if (!server) return fail(server.error().message);
  (*server)->on_first_key([](const std::string& key) {
    fmt::print("admin key: {}\n", key);
    fmt::print(
        "This is the only time it is shown. It may do everything; `deltapost key create` makes lesser "
        "ones.\n");
    std::fflush(stdout);
  });
  if (auto started = (*server)->start(); !started) {
    fail(started.error().message);
    return (*server)->lost() ? kDiskFailed : 1;
  }
  log(Level::info, "listening",
      {{"address", fmt::format("{}:{}", config.listen_address, (*server)->port())}, {"store", config.store}});
  const int signal = stop_signal.wait();
  const auto lost = (*server)->lost();
  log(Level::info, "stopping",
      {{"reason", lost                ? "the disk failed"
                  : signal == SIGTERM ? "SIGTERM"
                                      : "SIGINT"}});
  (*server)->stop();
  log(Level::info, "stopped", {});
  if (!(*server)->lost()) return 0;
  fail((*server)->lost()->message);
  return kDiskFailed;
}

}  // namespace

void add_serve(CLI::App& app, Run& run) {
  auto* command = app.add_subcommand("serve", "run the server");
  auto flags = add_config_flags(*command);
  command->callback([flags, &run] { run = [flags] { return serve(*flags); }; });
}

}  // namespace deltapost::app
