#include "app/bench/server_process.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

namespace deltapost::app::bench {
namespace {

constexpr std::chrono::seconds kStartPatience{20};
constexpr std::chrono::milliseconds kLookEvery{10};
constexpr const char *kStore = "/bench.db", *kPortFile = "/port", *kOutput = "/output";

std::string read_file(const std::string& path) {
  std::ifstream in(path);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

Error failed(std::string message) {
  return {.fault = Fault::unavailable, .message = std::move(message)};
}

/// The number after `name` in a file of "name: number" lines.
std::uint64_t proc_number(const std::string& text, std::string_view name) {
  const std::size_t at = text.find(name);
  return at == std::string::npos ? 0 : std::strtoull(text.c_str() + at + name.size(), nullptr, 10);
}

}  // namespace

Result<std::unique_ptr<ServerProcess>> ServerProcess::start(const std::string& folder,
                                                            const std::string& key) {
  auto process = std::unique_ptr<ServerProcess>(new ServerProcess());
  process->folder_ = folder;
  process->key_ = key;
  const std::string store = folder + kStore, port_file = folder + kPortFile, output = folder + kOutput;
  std::filesystem::remove(port_file);
  process->pid_ = ::fork();
  if (process->pid_ < 0) return failed("cannot start the server: fork failed");
  if (process->pid_ == 0) {
    const int out = ::open(output.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    ::dup2(out, STDOUT_FILENO);
    ::dup2(out, STDERR_FILENO);
    ::execl("/proc/self/exe", "deltapost", "serve", "--store", store.c_str(), "--listen", "127.0.0.1:0",
            "--port-file", port_file.c_str(), "--allow-network", "127.0.0.0/8", "--log-level", "error",
            nullptr);
    ::_exit(127);
  }
  if (auto listening = process->wait_until_listening(); !listening) return listening.error();
  if (key.empty())
    if (auto read = process->read_key(); !read) return read.error();
  return process;
}

Result<void> ServerProcess::wait_until_listening() {
  const std::string port_file = folder_ + kPortFile;
  const auto give_up = std::chrono::steady_clock::now() + kStartPatience;
  while (!std::filesystem::exists(port_file)) {
    const bool ended = ::waitpid(pid_, nullptr, WNOHANG) == pid_;
    if (ended) pid_ = -1;
    if (ended || std::chrono::steady_clock::now() > give_up)
      return failed("the server did not start: " + read_file(folder_ + kOutput));
    std::this_thread::sleep_for(kLookEvery);
  }
  url_ = "http://127.0.0.1:" + std::to_string(std::stoi(read_file(port_file)));
  return ok();
}

Result<void> ServerProcess::read_key() {
  // It is printed right after the server began to listen.
  constexpr std::string_view kMark = "admin key: ";
  const auto give_up = std::chrono::steady_clock::now() + kStartPatience;
  while (std::chrono::steady_clock::now() < give_up) {
    const std::string text = read_file(folder_ + kOutput);
    const std::size_t at = text.find(kMark), end = text.find('\n', at == std::string::npos ? 0 : at);
    if (at != std::string::npos && end != std::string::npos) {
      key_ = text.substr(at + kMark.size(), end - at - kMark.size());
      return ok();
    }
    std::this_thread::sleep_for(kLookEvery);
  }
  return failed("the server printed no key: " + read_file(folder_ + kOutput));
}

ServerProcess::~ServerProcess() {
  if (pid_ <= 0) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

Usage ServerProcess::usage() const {
  Usage usage;
  const std::string proc = "/proc/" + std::to_string(pid_);
  const std::string stat = read_file(proc + "/stat");
  // Fields 14 and 15 after the command's name, which is in parentheses.
  std::istringstream fields(stat.substr(std::min(stat.rfind(')') + 2, stat.size())));
  std::string skipped;
  for (int i = 3; i < 14; ++i) fields >> skipped;
  double user = 0, system = 0;
  fields >> user >> system;
  usage.cpu_s = (user + system) / static_cast<double>(::sysconf(_SC_CLK_TCK));
  usage.written_bytes = proc_number(read_file(proc + "/io"), "\nwrite_bytes:");
  usage.peak_memory_bytes = proc_number(read_file(proc + "/status"), "VmHWM:") * 1024;
  return usage;
}

Result<std::uint64_t> ServerProcess::stop() {
  ::kill(pid_, SIGTERM);
  int status = 0;
  ::waitpid(pid_, &status, 0);
  pid_ = -1;
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) return failed("the server did not end well");
  // A clean end has folded the -wal file into the main one.
  std::error_code error;
  const auto bytes = std::filesystem::file_size(folder_ + kStore, error);
  if (error) return failed("the store is gone");
  return bytes;
}

}  // namespace deltapost::app::bench
