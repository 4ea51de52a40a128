// ServerProcess: a Deltapost server of its own on a store of its own.
#pragma once

#include <string>
#include <vector>

#include "app/bench/child_process.hpp"

namespace deltapost::app::bench {

class ServerProcess {
 public:
  /// Starts `serve` on the store in the folder (made when it is not there) and waits until it is ready. Only
  /// the first start of a store prints its key; later ones are given it.
  struct Options {
    std::string folder, key{}, ca_file{};
  };
  static Result<std::unique_ptr<ServerProcess>> start(const Options& options);

  std::uint16_t port() const { return port_; }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
  const std::string& key() const { return key_; }
  /// How long the start took until /readyz said so.
  double ready_ms() const { return ready_ms_; }
  ChildProcess& process() { return *process_; }

 private:
  ServerProcess() = default;
  Result<void> wait_until_ready();

  std::unique_ptr<ChildProcess> process_;
  std::string key_;
  std::uint16_t port_ = 0;
  double ready_ms_ = 0;
};

/// What starts a server on the folder's store, which is made when it is not there. What an earlier one wrote
/// about its port is gone afterwards: the file (port_file) is there again when the server answers.
std::vector<std::string> serve_words(const ServerProcess::Options& options);
std::string port_file(const std::string& folder);
/// The key that the first start of a store prints before it listens; empty where it printed none.
std::string key_in(const std::string& output);

/// Where the server keeps its store, in a folder of its own.
std::string store_file(const std::string& folder);
/// The size of all that the server keeps.
std::uint64_t store_bytes(const std::string& folder);

}  // namespace deltapost::app::bench
