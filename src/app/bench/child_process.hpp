// ChildProcess: this program again, or another, in a process of its own, so that what it costs can be told
// from what the load costs, and so that it can be struck.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace deltapost::app::bench {

/// What a process has used so far.
struct Usage {
  double cpu_s = 0;
  std::uint64_t written_bytes = 0;  // to the disk
  std::uint64_t peak_memory_bytes = 0;
};

class ChildProcess {
 public:
  /// Its output and errors go to the file. It ends with the thread that started it, whatever ends that: the
  /// main one, so that no process is left behind. `program`: this one, or the path of another.
  static Result<std::unique_ptr<ChildProcess>> start(const std::vector<std::string>& words,
                                                     const std::string& output_file,
                                                     const std::string& program = "/proc/self/exe");
  ~ChildProcess();  // kills it if it still runs
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  Usage usage() const;
  /// What it has printed so far.
  std::string output() const;
  /// Whether it has ended by itself.
  bool ended();
  /// Waits for its end: the seconds of CPU that it has used. Fault::unavailable when it failed, with what it
  /// printed.
  Result<double> wait();
  /// SIGTERM, and waits.
  Result<void> stop();
  /// SIGKILL, and waits.
  void kill();
  /// SIGSTOP: it does nothing at all, until SIGCONT.
  void pause();
  void resume();

 private:
  ChildProcess() = default;

  std::string output_file_;
  pid_t pid_ = -1;
};

std::string read_file(const std::string& path);

/// Written beside and renamed, so that a reader never sees half of it.
void write_port_file(const std::string& file, std::uint16_t port);
/// Waits until the child has written it.
Result<std::uint16_t> wait_for_port(ChildProcess& child, const std::string& file);

}  // namespace deltapost::app::bench
