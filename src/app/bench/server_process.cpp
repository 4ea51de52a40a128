#include "app/bench/server_process.hpp"

#include <chrono>
#include <filesystem>
#include <thread>

#include "app/api_client.hpp"
#include "app/bench/arrival_log.hpp"

namespace deltapost::app::bench {
namespace {

constexpr std::chrono::seconds kReadyPatience{60};
constexpr std::chrono::milliseconds kLookEvery{1};

std::filesystem::path store_folder(const std::string& folder) {
  return std::filesystem::path(folder) / "store";
}

}  // namespace

std::string store_file(const std::string& folder) {
  return (store_folder(folder) / "bench.db").string();
}

std::uint64_t store_bytes(const std::string& folder) {
  std::uint64_t bytes = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(store_folder(folder)))
    if (entry.is_regular_file()) bytes += entry.file_size();
  return bytes;
}

std::string port_file(const std::string& folder) {
  return folder + "/port";
}

std::vector<std::string> serve_words(const ServerProcess::Options& options) {
  std::filesystem::create_directories(store_folder(options.folder));
  std::filesystem::remove(port_file(options.folder));
  std::vector<std::string> words{"serve",
                                 "--store",
                                 store_file(options.folder),
                                 "--listen",
                                 "127.0.0.1:0",
                                 "--port-file",
                                 port_file(options.folder),
                                 "--allow-network",
                                 "127.0.0.0/8",
                                 "--log-level",
                                 "error"};
  if (!options.ca_file.empty()) words.insert(words.end(), {"--ca-file", options.ca_file});
  return words;
}

Result<std::unique_ptr<ServerProcess>> ServerProcess::start(const Options& options) {
  auto server = std::unique_ptr<ServerProcess>(new ServerProcess());
  server->key_ = options.key;
  const std::vector<std::string> words = serve_words(options);
  const std::int64_t began = now_ns();
  auto process = ChildProcess::start(words, options.folder + "/output");
  if (!process) return process.error();
  server->process_ = *std::move(process);
  auto port = wait_for_port(*server->process_, port_file(options.folder));
  if (!port) return port.error();
  server->port_ = *port;
  if (auto ready = server->wait_until_ready(); !ready) return ready.error();
  server->ready_ms_ = static_cast<double>(now_ns() - began) / 1e6;
  if (server->key_.empty()) server->key_ = key_in(server->process_->output());
  if (server->key_.empty())
    return Error{.fault = Fault::unavailable,
                 .message = "the server printed no key: " + server->process_->output()};
  return server;
}

Result<void> ServerProcess::wait_until_ready() {
  constexpr int kReady = 200;
  ApiClient client(url(), key_);
  const auto give_up = std::chrono::steady_clock::now() + kReadyPatience;
  for (;;) {
    const auto answer = client.call("GET", "/readyz");
    if (answer && answer->status == kReady) return ok();
    if (process_->ended() || std::chrono::steady_clock::now() > give_up)
      return Error{.fault = Fault::unavailable, .message = "the server is not ready: " + process_->output()};
    std::this_thread::sleep_for(kLookEvery);
  }
}

std::string key_in(const std::string& output) {
  constexpr std::string_view kMark = "admin key: ";
  const std::size_t at = output.find(kMark), end = output.find('\n', at == std::string::npos ? 0 : at);
  if (at == std::string::npos || end == std::string::npos) return {};
  return output.substr(at + kMark.size(), end - at - kMark.size());
}

}  // namespace deltapost::app::bench
