// Runner: the thin part of delivery that waits. It reads the log, renders and signs, sends through the HTTP
// client, tells the engine what happened and hands the engine's progress to the committer. Every decision is
// the engine's (engine.hpp).
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/random.hpp"
#include "base/seal.hpp"
#include "base/time.hpp"
#include "base/unique_function.hpp"
#include "delivery/endpoint.hpp"
#include "delivery/engine_limits.hpp"
#include "net/sender.hpp"
#include "net/turns.hpp"
#include "store/group_committer.hpp"
#include "store/log_tail.hpp"
#include "store/store.hpp"

namespace deltapost::delivery {

/// How an endpoint is doing, for its page and for /metrics.
struct EndpointStatus {
  std::uint64_t behind = 0;        // log entries between its position and the head
  std::uint64_t held_records = 0;  // records that wait for a retry
  std::uint32_t in_flight = 0;
  bool failing = false;  // the breaker is open: only probes are sent
  std::optional<Time> last_success_at;
  std::optional<Time> failing_since;
  std::optional<Time> next_try_at;
};

struct RunnerStats {
  std::uint64_t delivered = 0, retried = 0, dead = 0;  // attempts by outcome since start
  std::uint64_t in_flight = 0;
  std::uint64_t behind =
      0;  // entries between the slowest active endpoint and the head, as of a few seconds ago
  std::uint64_t unreadable = 0;  // changes and endpoints that the store could not make sense of, since start
};

/// How a test request went.
struct TestResult {
  std::string event_id, event_type;
  net::OutResult result;
};

/// Turns an endpoint off for a reason the engine found (410 Gone, failing for too long). Called on the
/// runner's thread; must not block.
using DisableEndpoint = std::function<void(const AccountId&, const EndpointId&, const std::string& reason)>;

/// One wide record per attempt, for the log. Called on the runner's thread.
using AttemptObserver = std::function<void(const store::Attempt&, const Endpoint&)>;

struct RunnerOptions {
  Millis disable_after = std::chrono::hours{120};  // without any success
  /// How long what was delivered may wait to be remembered: what a crash may repeat, beside what is in
  /// flight. The longer, the more attempts of one endpoint share a page.
  Millis progress_every{50};
  std::string owner;  // of the partitions' leases: node and boot id
  /// The store is this process's alone (embedded): the lease of a process that died is taken over at once.
  bool sole_owner = true;
  std::size_t max_in_flight = 2048;  // requests of all endpoints together
  EngineLimits engine{};             // but for the two that are told above
};

struct RunnerParts {  // all outlive the runner
  store::Store& store;
  store::LogTail& tail;
  store::GroupCommitter& committer;
  net::Sender& client;
  net::Turns& loop;  // the client's
  const Clock& clock;
  Random& random;
  const Sealer& sealer;
};

class RunnerCore;

class Runner {
 public:
  Runner(RunnerParts parts, RunnerOptions options);
  ~Runner();

  void on_disable(DisableEndpoint disable);
  void on_attempt(AttemptObserver observer);

  /// Claims the partitions, restores the engine from the store and begins. The loop and the committer are
  /// running.
  Result<void> start();
  /// Starts no new request, waits up to `patience` for those in flight and for a store that cannot be
  /// written, commits the progress. What was not answered or not remembered by then is sent again after the
  /// next start.
  void stop(Millis patience);
  /// The same without waiting: `stopped` is called on the loop's thread; at once, on the caller's, when
  /// nothing was started or the loop does not run.
  void begin_stop(Millis patience, UniqueFunction<void()> stopped);

  // Any thread; `done` is called on the runner's thread.

  /// Sends one event again, outside of its record's order, on a fresh schedule. Fault::not_found when there
  /// is no such change or event.
  void resend(const store::DeliveryKey& delivery, UniqueFunction<void(Result<void>)> done);
  /// Goes back to `since` and sends what was missed: dead deliveries and events never attempted. What
  /// attempts show as delivered is not sent again. Gives the number of log entries that will be looked at.
  void recover(const EndpointId& endpoint, Time since, UniqueFunction<void(Result<std::uint64_t>)> done);
  /// Sends a sample event at once, once.
  void send_test(const EndpointId& endpoint, const std::string& event_type,
                 UniqueFunction<void(Result<TestResult>)> done);
  void status(const EndpointId& endpoint, UniqueFunction<void(std::optional<EndpointStatus>)> done);
  RunnerStats stats() const;

 private:
  std::shared_ptr<RunnerCore> core_;
};

}  // namespace deltapost::delivery
