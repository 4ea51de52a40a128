#include "app/bench/child_process.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

namespace deltapost::app::bench {
namespace {

constexpr std::chrono::seconds kStartPatience{30};
constexpr std::chrono::milliseconds kLookEvery{1};

Error failed(std::string message) {
  return {.fault = Fault::unavailable, .message = std::move(message)};
}

/// The number after `name` in a file of "name: number" lines.
std::uint64_t proc_number(const std::string& text, std::string_view name) {
  const std::size_t at = text.find(name);
  return at == std::string::npos ? 0 : std::strtoull(text.c_str() + at + name.size(), nullptr, 10);
}

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

}  // namespace

std::string read_file(const std::string& path) {
  std::ifstream in(path);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

Result<std::unique_ptr<ChildProcess>> ChildProcess::start(const std::vector<std::string>& words,
                                                          const std::string& output_file,
                                                          const std::string& program) {
  auto child = std::unique_ptr<ChildProcess>(new ChildProcess());
  child->output_file_ = output_file;
  std::vector<char*> arguments{const_cast<char*>("deltapost")};
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  child->pid_ = ::fork();
  if (child->pid_ < 0) return failed("cannot start a process: fork failed");
  if (child->pid_ > 0) return child;
  // Between fork and exec only what is safe beside other threads.
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  const int out = ::open(output_file.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  ::dup2(out, STDOUT_FILENO);
  ::dup2(out, STDERR_FILENO);
  ::execv(program.c_str(), arguments.data());
  ::_exit(127);
}

ChildProcess::~ChildProcess() {
  kill();
}

void ChildProcess::kill() {
  if (pid_ <= 0) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

void ChildProcess::pause() {
  if (pid_ > 0) ::kill(pid_, SIGSTOP);
}

void ChildProcess::resume() {
  if (pid_ > 0) ::kill(pid_, SIGCONT);
}

std::string ChildProcess::output() const {
  return read_file(output_file_);
}

bool ChildProcess::ended() {
  if (pid_ > 0 && ::waitpid(pid_, nullptr, WNOHANG) == pid_) pid_ = -1;
  return pid_ <= 0;
}

Usage ChildProcess::usage() const {
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

Result<double> ChildProcess::wait() {
  int status = 0;
  rusage used{};
  if (pid_ <= 0 || ::wait4(pid_, &status, 0, &used) != pid_) return failed("there is no such process");
  pid_ = -1;
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) return failed("a process failed: " + output());
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

Result<void> ChildProcess::stop() {
  if (pid_ > 0) ::kill(pid_, SIGTERM);
  if (auto ended = wait(); !ended) return ended.error();
  return ok();
}

void write_port_file(const std::string& file, std::uint16_t port) {
  const std::string partial = file + ".partial";
  std::ofstream(partial) << port << '\n';
  std::filesystem::rename(partial, file);
}

Result<std::uint16_t> wait_for_port(ChildProcess& child, const std::string& file) {
  const auto give_up = std::chrono::steady_clock::now() + kStartPatience;
  while (!std::filesystem::exists(file)) {
    if (child.ended()) return failed("a process ended at its start: " + child.output());
    if (std::chrono::steady_clock::now() > give_up)
      return failed("a process did not start: " + child.output());
    std::this_thread::sleep_for(kLookEvery);
  }
  return static_cast<std::uint16_t>(std::strtoul(read_file(file).c_str(), nullptr, 10));
}

}  // namespace deltapost::app::bench
