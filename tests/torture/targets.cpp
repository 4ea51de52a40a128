#include "torture/targets.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "app/bench/arrival_log.hpp"
#include "app/bench/channel.hpp"
#include "app/bench/server_process.hpp"

namespace deltapost::torture {
namespace {

namespace bench = app::bench;

Error failed(std::string message) {
  return {.fault = Fault::unavailable, .message = std::move(message)};
}

/// Bound, and listened on by nobody: connections are refused, and the port is given to nobody else.
Result<int> bound_socket() {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return socket;
  ::close(socket);
  return failed("no port of 127.0.0.1 is free");
}

std::string receiver_name(std::uint32_t number) {
  return fmt::format("receiver-{}", number);
}

}  // namespace

Targets::Targets(std::string program, std::string folder)
    : program_(std::move(program)), folder_(std::move(folder)) {}

Targets::~Targets() {
  for (const Receiver& receiver : receivers_)
    if (receiver.reservation >= 0) ::close(receiver.reservation);
}

std::string Targets::output_file(const std::string& name, std::uint32_t life) const {
  return fmt::format("{}/{}-{}.output", folder_, name, life);
}

std::string Targets::arrivals_file(std::uint32_t receiver) const {
  return fmt::format("{}/{}.arrivals", folder_, receiver_name(receiver));
}

// ---- starting

Result<void> Targets::start_server() {
  port_ = 0;
  server_.starts_ns = 0;
  const auto words = bench::serve_words({.folder = folder_});
  started_ns_ = bench::now_ns();
  auto process = bench::ChildProcess::start(words, output_file("server", ++server_.lives), program_);
  if (!process) return process.error();
  server_.process = *std::move(process);
  return ok();
}

Result<std::string> Targets::key() const {
  for (std::uint32_t life = server_.lives; life > 0; --life)
    if (std::string key = bench::key_in(bench::read_file(output_file("server", life))); !key.empty())
      return key;
  return failed("there is a store, and no start has shown its key");
}

Result<std::uint16_t> Targets::reserve_port() {
  auto socket = bound_socket();
  if (!socket) return socket.error();
  Receiver& receiver = receivers_.emplace_back();
  receiver.reservation = *socket;
  receiver.port = bench::port_of(*socket);
  return receiver.port;
}

Result<void> Targets::start_receiver(const Endpoint& endpoint, const std::string& secret) {
  Receiver& receiver = receivers_.at(endpoint.receiver);
  receiver.endpoint = endpoint;
  std::ofstream(folder_ + "/" + receiver_name(endpoint.receiver) + ".secret") << secret;
  return launch(receiver);
}

Result<void> Targets::launch(Receiver& receiver) {
  receiver.starts_ns = 0;
  const std::string name = receiver_name(receiver.endpoint.receiver);
  auto process = bench::ChildProcess::start(
      {"receiver", "--port", std::to_string(receiver.port), "--secret-file", folder_ + "/" + name + ".secret",
       "--arrivals-file", arrivals_file(receiver.endpoint.receiver), "--format",
       std::string(format::to_string(receiver.endpoint.format)), "--takes-us",
       std::to_string(receiver.endpoint.takes.count())},
      output_file(name, ++receiver.lives));
  if (!process) return process.error();
  receiver.process = *std::move(process);
  return ok();
}

// ---- seeing to them

Result<void> Targets::look(Target& target, const std::string& name) {
  if (target.process && target.process->ended())
    return failed(fmt::format("{} ended by itself: {}", name, target.process->output()));
  if (target.resumes_ns != 0 && bench::now_ns() >= target.resumes_ns) {
    target.process->resume();
    target.resumes_ns = 0;
    blows_[target.blow].to_ns = bench::now_ns();
  }
  return ok();
}

Result<void> Targets::look() {
  if (auto looked = look(server_, "the server"); !looked) return looked;
  if (port_ == 0 && std::filesystem::exists(bench::port_file(folder_)))
    port_ = static_cast<std::uint16_t>(std::stoul(bench::read_file(bench::port_file(folder_))));
  for (Receiver& receiver : receivers_) {
    if (auto looked = look(receiver, receiver_name(receiver.endpoint.receiver)); !looked) return looked;
    if (receiver.starts_ns != 0 && bench::now_ns() >= receiver.starts_ns)
      if (auto launched = launch(receiver); !launched) return launched;
  }
  return ok();
}

bool Targets::all_well() const {
  const auto well = [](const Target& target) { return target.process && target.resumes_ns == 0; };
  return server_ready() && std::ranges::all_of(receivers_, well);
}

// ---- striking

Targets::Target& Targets::target(const Blow& blow) {
  if (blow.victim == Victim::server) return server_;
  return receivers_.at(blow.number);
}

Result<bool> Targets::strike(const Blow& blow) {
  Target& victim = target(blow);
  if (!victim.process || victim.resumes_ns != 0) return false;
  const std::int64_t lasts_ns = std::chrono::nanoseconds(blow.lasts).count();
  Struck struck{.blow = blow, .from_ns = bench::now_ns()};
  if (blow.deed == Deed::stop) {
    ++counts_.stops;
    victim.process->pause();
    victim.resumes_ns = struck.from_ns + lasts_ns;
    victim.blow = blows_.size();
    blows_.push_back(struck);
    return true;
  }
  victim.process->kill();
  victim.process.reset();
  struck.to_ns = bench::now_ns();
  blows_.push_back(struck);
  if (blow.victim == Victim::receiver) {
    ++counts_.receiver_kills;
    victim.starts_ns = struck.to_ns + lasts_ns;
    return true;
  }
  ++counts_.server_kills;
  if (port_ == 0) ++counts_.in_recovery;
  if (auto started = start_server(); !started) return started.error();
  return true;
}

// ---- ending

Result<void> Targets::end() {
  if (auto stopped = server_.process->stop(); !stopped) return stopped.error();
  server_.process.reset();
  for (Receiver& receiver : receivers_) {
    if (auto stopped = receiver.process->stop(); !stopped) return stopped.error();
    receiver.process.reset();
  }
  return ok();
}

Result<std::string> Targets::verify() {
  auto process = bench::ChildProcess::start({"verify", "--store", bench::store_file(folder_)},
                                            folder_ + "/verify.output", program_);
  if (!process) return process.error();
  if (auto ended = (*process)->wait(); !ended) return ended.error();
  return (*process)->output();
}

}  // namespace deltapost::torture
