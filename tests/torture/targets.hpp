// Targets: the processes that are struck, a server and its receivers, and the striking. They are started
// again on what they left. One thread, the one that lives longest: processes end with the thread that started
// them.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "app/bench/child_process.hpp"
#include "torture/deliveries.hpp"

namespace deltapost::torture {

struct BlowCounts {
  std::uint64_t server_kills = 0;
  std::uint64_t in_recovery = 0;  // of these, before the server answered
  std::uint64_t receiver_kills = 0, stops = 0;
};

class Targets {
 public:
  /// `program`: the deltapost that is tried. Everything is kept in the folder.
  Targets(std::string program, std::string folder);
  ~Targets();

  Result<void> start_server();
  /// The key that it showed last, before it answered for the first time.
  Result<std::string> key() const;
  /// A port for a receiver, which nobody else gets even while the receiver is gone.
  Result<std::uint16_t> reserve_port();
  Result<void> start_receiver(const Endpoint& endpoint, const std::string& secret);

  /// Sees to what is due: who was stopped goes on, who was killed starts again, the server's port is known.
  /// Fault::unavailable when a process has ended by itself. To be called every few milliseconds.
  Result<void> look();

  /// Whether it is up and well, so that a blow meets it.
  bool server_ready() const { return port_ != 0 && !server_.resumes_ns; }
  bool all_well() const;
  /// 0 until it answers.
  std::uint16_t port() const { return port_; }
  std::int64_t server_started_ns() const { return started_ns_; }

  /// Does it. One who is down or stopped already is spared: false.
  Result<bool> strike(const Blow& blow);
  const std::vector<Struck>& blows() const { return blows_; }
  const BlowCounts& counts() const { return counts_; }

  /// SIGTERM to all; the server must end well.
  Result<void> end();
  /// `deltapost verify` on the store: what it says when all is well.
  Result<std::string> verify();
  std::string arrivals_file(std::uint32_t receiver) const;

 private:
  struct Target {
    std::unique_ptr<app::bench::ChildProcess> process{};  // null: it was killed
    std::uint32_t lives = 0;
    std::int64_t resumes_ns = 0;  // stopped until then
    std::int64_t starts_ns = 0;   // killed, to be started then
    std::size_t blow = 0;         // the stop in blows_ that lasts
  };
  struct Receiver : Target {
    Endpoint endpoint;
    std::uint16_t port = 0;
    int reservation = -1;
  };
  Target& target(const Blow& blow);
  Result<void> look(Target& target, const std::string& name);
  Result<void> launch(Receiver& receiver);
  std::string output_file(const std::string& name, std::uint32_t life) const;

  std::string program_, folder_;
  Target server_;
  std::uint16_t port_ = 0;
  std::int64_t started_ns_ = 0;
  std::vector<Receiver> receivers_;
  std::vector<Struck> blows_;
  BlowCounts counts_;
};

}  // namespace deltapost::torture
