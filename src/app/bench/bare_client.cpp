#include "app/bench/bare_client.hpp"

#include "app/bench/child_process.hpp"
#include "app/bench/load.hpp"
#include "app/bench/receiver.hpp"
#include "app/bench/samples.hpp"
#include "app/commands.hpp"
#include "app/temporary_folder.hpp"

namespace deltapost::app::bench {
namespace {

constexpr std::uint32_t kRecords = 10'000, kConnections = 256;

}  // namespace

Result<BareClientResult> measure_bare_client(std::chrono::seconds duration) {
  const TemporaryFolder folder("deltapost-bare");
  ArrivalLog arrivals(id_mark(Kind::lead), 1);
  Receiver receiver(arrivals);
  if (auto started = receiver.start(); !started) return started.error();
  auto client =
      ChildProcess::start({"bench", "bare-client", "--receiver-port", std::to_string(receiver.port()),
                           "--seconds", std::to_string(duration.count())},
                          folder.path() + "/output");
  if (!client) return client.error();
  auto cpu_s = (*client)->wait();
  if (!cpu_s) return cpu_s.error();
  receiver.stop();
  return BareClientResult{.requests = static_cast<double>(arrivals.count()), .cpu_s = *cpu_s};
}

int run_bare_client(std::uint16_t receiver_port, std::chrono::seconds duration) {
  const auto script = ready_webhooks(Kind::lead, kRecords);
  auto load = play({.port = receiver_port, .connections = kConnections, .duration = duration}, *script);
  return load ? 0 : fail(load.error().message);
}

}  // namespace deltapost::app::bench
