// ServerProcess: a Deltapost server of its own, so that what it costs can be told from what the load costs.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <string>

#include "base/result.hpp"

namespace deltapost::app::bench {

/// What a process has used so far.
struct Usage {
  double cpu_s = 0;
  std::uint64_t written_bytes = 0;  // to the disk
  std::uint64_t peak_memory_bytes = 0;
};

class ServerProcess {
 public:
  /// Starts this program again as `serve` on the store in `folder` and waits until it listens. A new store
  /// prints its key; for one that was there before, `key` is passed on.
  static Result<std::unique_ptr<ServerProcess>> start(const std::string& folder, const std::string& key = "");
  ~ServerProcess();  // kills it if it still runs

  const std::string& url() const { return url_; }
  const std::string& key() const { return key_; }
  Usage usage() const;
  /// SIGTERM, and waits. The size of the store afterwards, in bytes.
  Result<std::uint64_t> stop();

 private:
  ServerProcess() = default;
  Result<void> wait_until_listening();
  Result<void> read_key();

  std::string folder_, url_, key_;
  pid_t pid_ = -1;
};

}  // namespace deltapost::app::bench
