// Engine: decides what is sent to whom and when. A plain object: it owns no socket, thread, clock or store.
// It is told what was read, answered and asked for, always with the time, and says what is to be done next.
//
// How a log entry becomes deliveries: each partition's log is read once for all endpoints that keep up (the
// shared read). Every endpoint of the entry's account that wants it gets its events put into its window. An
// endpoint whose window is full, that fails or is paused falls behind: it keeps a position of its own and
// reads the log by itself when it can take more, until it has reached the shared position again. So memory is
// bounded whatever the backlog, and nobody waits for anybody else.
//
// What it promises to its runner: for each endpoint and record, one delivery in flight at a time and the next
// one only when that one has succeeded or is dead (Order::record); progress never covers what is not
// delivered, held or dead. What it expects: each action is carried out once and its result given back, in any
// order; progress is committed in the order in which it was taken.
//
// One thread.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/result.hpp"
#include "delivery/endpoint_queue.hpp"
#include "delivery/pace.hpp"

namespace deltapost::delivery {

/// Names a request in flight. Never 0; not given out again while an answer may still come.
using SendToken = std::uint64_t;

/// Send one event. Answer with answered() or skipped().
struct Send {
  SendToken token = 0;
  EndpointHandle endpoint = 0;
  store::Part part = 0;
  store::Seq seq = 0;
  std::uint32_t event_index = 0;
  std::uint32_t attempt = 1;
  RecordPtr record;
  EntryPtr entry;  // null: read it from the log, it was let go while it waited
  Time first_sent_at{};
  bool maybe_sent_before = false;  // attempts may know an earlier first_sent_at
};

/// Read the log after `after`. Answer with log_read().
struct ReadLog {
  store::Part part = 0;
  store::Seq after = 0;
  std::size_t limit = 0;
  std::optional<EndpointHandle> endpoint;  // none: the shared read
  std::uint32_t serial = 0;
};

/// Read a record's history after a version. Answer with history_read().
struct ReadHistory {
  EndpointHandle endpoint = 0;
  LineKey line;
  Version after = 0;
  std::size_t limit = 0;
  std::uint32_t serial = 0;
};

/// Load what attempts show as delivered to the endpoint since then; what was taken as progress before must be
/// committed first. Answer with delivered_loaded().
struct LoadDelivered {
  EndpointHandle endpoint = 0;
  Time since{};
};

/// Turn the endpoint off for this reason; answered by a put() with that state.
struct Disable {
  EndpointHandle endpoint = 0;
  std::string reason;
};

/// What is to be done now, by kind; the order between kinds does not matter.
struct Actions {
  std::vector<Send> sends;
  std::vector<ReadLog> log_reads;
  std::vector<ReadHistory> history_reads;
  std::vector<LoadDelivered> delivered_loads;
  std::vector<Disable> disables;

  bool empty() const {
    return sends.empty() && log_reads.empty() && history_reads.empty() && delivered_loads.empty() &&
           disables.empty();
  }
  /// Keeps the memory.
  void clear() {
    sends.clear();
    log_reads.clear();
    history_reads.clear();
    delivered_loads.clear();
    disables.clear();
  }
};

struct QueueStatus {
  std::uint64_t behind = 0;  // log entries between its position and the head, all partitions together
  std::uint64_t held = 0;
  std::uint32_t in_flight = 0;
  std::size_t in_memory = 0;  // deliveries
  bool failing = false;
  std::optional<Time> last_success_at;
  std::optional<Time> failing_since;
  std::optional<Time> next_try_at;
};

class Engine {
 public:
  /// `matcher` and `jitter` outlive the engine.
  Engine(EngineLimits limits, Matcher& matcher, Random& jitter);
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  // ---- partitions

  /// Takes up a partition where its state says. The endpoints are put() beforehand; rows of others are
  /// forgotten.
  void open(store::Part part, store::Epoch epoch, const store::DeliveryState& state, store::Seq head,
            Time now);
  /// Gives it up without a trace: its lease is lost, or its progress was taken for the last time.
  void close(store::Part part);
  /// Something was appended.
  void log_grew(store::Part part, store::Seq head);

  // ---- endpoints

  /// A new endpoint, or another setting of one. A new one follows the shared read from where that is now.
  EndpointHandle put(EndpointSettings settings, Time now);
  /// It was deleted; what is in flight is answered into the void.
  void remove(const EndpointId& id);
  std::optional<EndpointHandle> find(const EndpointId& id) const;
  const EndpointSettings& settings(EndpointHandle endpoint) const;

  // ---- what happened

  void log_read(const ReadLog& read, std::span<const EntryPtr> entries, store::Seq read_up_to, Time now);
  /// `more`: the history goes on behind the last of `entries`.
  void history_read(const ReadHistory& read, std::span<const EntryPtr> entries, bool more, Time now);
  /// Whether somebody still waits for its answer: no more once its endpoint is gone, or its partition.
  bool is_awaited(SendToken token) const;
  /// The attempt as it will be remembered; null when nobody is interested any more. Valid until the next
  /// call.
  const store::Attempt* answered(SendToken token, Answer answer, Time now);
  /// The event is not for the endpoint any more (another format), `version` is its change's.
  void skipped(SendToken token, Version version, Time now);
  void delivered_loaded(const LoadDelivered& load, DeliveredSet delivered, Time now);

  // ---- asked for by users

  /// Fault::conflict while the endpoint is disabled.
  Result<void> resend(EndpointHandle endpoint, const EntryPtr& entry, std::uint32_t event_index,
                      std::optional<Time> first_sent_at, Time now);
  /// `positions`: for each open partition, the last seq before `since`. Fault::conflict while it is disabled.
  Result<void> recover(EndpointHandle endpoint,
                       const std::vector<std::pair<store::Part, store::Seq>>& positions, Time since,
                       Time now);

  // ---- what to do

  /// Appends what is to be done now. Call again after each batch of results and at next_wake().
  void poll(Time now, Actions& actions);
  /// Nothing is due before this unless something happens.
  std::optional<Time> next_wake() const;
  /// From now on nothing is sent and the log is not read (the runner stops); answers still count.
  void quiesce() { quiet_ = true; }

  /// The last thing before the last progress is taken: gives back to the log what was not begun, so that a
  /// start from there repeats nothing but what is in flight now.
  void put_away(Time now);

  /// What is to be committed, if anything; at most one per partition at a time. `all`: also a cursor that
  /// moved only past entries that nobody wanted. A hold whose ReadHistory is not answered yet is remembered
  /// at the event that it has just settled, and a crash would repeat that one: answer those first.
  std::optional<store::DeliveryProgress> take_progress(store::Part part, bool all);
  void progress_saved(store::Part part);

  // ---- state

  std::size_t in_flight() const { return in_flight_; }
  QueueStatus status(EndpointHandle endpoint) const;
  /// Entries between the slowest active endpoint and the head.
  std::uint64_t behind() const;

 private:
  struct InFlight {
    EndpointQueue* queue = nullptr;  // null: the endpoint or the partition is gone
    Line* line = nullptr;
    Time begun{};
    std::uint32_t generation = 0;
    bool used = false;
  };

  Partition* partition(store::Part part) const;
  EndpointQueue* queue(EndpointHandle endpoint) const;
  void hand_out(Partition& log, const EntryPtr& entry, Time now);
  void shared_read(Partition& log, std::span<const EntryPtr> entries, store::Seq read_up_to, Time now);
  void own_read(EndpointQueue& queue, Lane& lane, std::span<const EntryPtr> entries, store::Seq read_up_to,
                Time now);
  /// The events of the entry that the endpoint is still to get.
  const std::vector<std::uint32_t>& wanted(const EndpointQueue& queue, const Lane* lane, const Entry& entry);

  /// Brings the endpoint's place in the ready list, the timers and the wishes up to date after anything
  /// happened.
  void settle(EndpointQueue& queue, Time now);
  void set_timer(EndpointHandle endpoint, std::optional<Time> at);
  void fire_timers(Time now);
  void poll_reads(Actions& actions, bool takes_on);
  void poll_sends(Time now, Actions& actions);
  void send(EndpointQueue& queue, Time now, Actions& actions);
  bool overloaded() const;
  bool has_room() const { return in_flight_ < limits_.max_in_flight && pace_.has_room(); }
  bool may_start(const EndpointQueue& queue) const;
  void drop_in_flight(const EndpointQueue* queue, const Partition* log);
  const InFlight& slot_of(SendToken token) const;
  std::optional<InFlight> take_in_flight(SendToken token);

  const EngineLimits limits_;
  Matcher& matcher_;
  Random& jitter_;

  std::unordered_map<store::Part, std::unique_ptr<Partition>> partitions_;
  struct Endpoint {
    std::unique_ptr<EndpointQueue> queue;
    std::optional<Time> timer;
    bool in_turn = false;  // stands in turns_
    bool loading = false;  // LoadDelivered was said
  };
  std::vector<Endpoint> endpoints_;
  std::vector<EndpointHandle> free_handles_;
  std::unordered_map<EndpointId, EndpointHandle> by_id_;
  std::unordered_map<AccountId, std::vector<EndpointHandle>> by_account_;

  std::deque<EndpointHandle> turns_;  // endpoints that can send, round robin
  std::set<std::pair<Time, EndpointHandle>> timers_;
  Actions wishes_;  // what settle() found to be read or said

  std::vector<InFlight> in_flight_slots_;
  std::vector<std::uint32_t> free_slots_;
  std::size_t in_flight_ = 0;
  Pace pace_;
  std::size_t failing_in_flight_ = 0;
  bool quiet_ = false;

  // Kept to keep their memory.
  std::vector<std::uint32_t> events_;
  std::vector<EndpointHandle> touched_;
};

}  // namespace deltapost::delivery
