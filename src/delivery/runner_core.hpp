// RunnerCore: the inside of Runner. Everything but the counters belongs to the loop's thread; callbacks that
// may come after the runner is gone hold a share of it and find it stopped.
#pragma once

#include <array>
#include <atomic>
#include <map>
#include <unordered_map>

#include "delivery/change_reader.hpp"
#include "delivery/endpoint_directory.hpp"
#include "delivery/engine.hpp"
#include "delivery/outgoing.hpp"
#include "delivery/runner.hpp"

namespace deltapost::delivery {

class RunnerCore : public std::enable_shared_from_this<RunnerCore> {
 public:
  RunnerCore(RunnerParts parts, RunnerOptions options);

  // Before start(), on the caller's thread.
  DisableEndpoint on_disable;
  AttemptObserver on_attempt;

  Result<void> start();
  void stop(Millis patience);
  void begin_stop(Millis patience, UniqueFunction<void()> stopped);
  RunnerStats stats() const;

  // On the loop's thread.
  void resend(const store::DeliveryKey& delivery, UniqueFunction<void(Result<void>)> done);
  void recover(const EndpointId& endpoint, Time since, UniqueFunction<void(Result<std::uint64_t>)> done);
  void send_test(const EndpointId& endpoint, const std::string& event_type,
                 UniqueFunction<void(Result<TestResult>)> done);
  void status(const EndpointId& endpoint, UniqueFunction<void(std::optional<EndpointStatus>)> done);
  bool stopping() const { return stopping_; }

  net::Turns& loop() { return parts_.loop; }

 private:
  using Saved = UniqueFunction<void(const Result<void>&)>;

  /// What the runner keeps of a partition.
  struct Part {
    std::optional<store::Lease> lease;  // none: another node has it
    std::vector<Saved> after_save;      // to be called when what is in the book now is committed
    bool saving = false;
  };

  // starting (runner_start.cpp)
  Result<void> load_endpoints(const std::vector<std::optional<store::DeliveryState>>& states);
  /// As it was set at `place`, and for what it still reads from `oldest` on as it was set there.
  Result<void> load_endpoint(const store::StoredRecord& stored, store::Seq oldest, store::Seq place);
  /// Where there are several, none says where another one stood; there, times alone tell (starts_at).
  bool has_one_log() const { return partitions_.size() == 1; }
  Result<bool> claim(store::Part part);
  /// nullopt: another node has the partition.
  Result<std::optional<store::DeliveryState>> take_up(store::Part part);
  void open(store::Part part, const store::DeliveryState& state);
  /// Without a trace; whoever waits for its progress is told why.
  void close(store::Part part, const Error& why);
  static Error taken_over();
  void keep_leases();

  // stopping (runner_core.cpp)
  void quiesce(Millis patience);
  void stop_when_idle();
  void finish_stop();

  // doing what the engine says (runner_core.cpp)
  void log_grew();
  void drive();
  void drive_soon();
  void wake_later();
  void perform(const ReadLog& read);
  void perform(const ReadHistory& read);
  void perform(const LoadDelivered& load);
  void perform(const Disable& disable);
  void hand_over(const ReadLog& read, std::span<const EntryPtr> entries, store::Seq read_up_to);
  /// As it was set at that place of its log; null: it is deleted.
  Result<EndpointPtr> endpoint_at(const RecordKey& key, store::Seq place);
  void take_endpoint(const EndpointId& id, const Result<EndpointPtr>& endpoint, store::Seq place);
  void try_again(UniqueFunction<void()> again);

  // sending (runner_send.cpp)
  void perform(const Send& send);
  /// Once more when the store can be read again, without a try counted.
  void send_later(const Send& send);
  void first_sent_before(const Send& send, Answer& answer);
  void answered(SendToken token, Answer answer, const EndpointPtr& endpoint);

  // progress (runner_progress.cpp)
  void save_later();
  void save(bool all);
  void save(store::Part part, bool all);
  void submit(store::Part part, std::shared_ptr<const store::DeliveryProgress> progress,
              std::vector<Saved> saved);
  void committed(store::Part part, std::vector<Saved> saved, const Result<void>& result);
  /// Calls `saved` once everything that is in the partition's book is committed.
  void when_saved(store::Part part, Saved saved);
  void when_all_saved(Saved saved);

  // asked for by users (runner_requests.cpp)
  void load_delivered(const LoadDelivered& load, std::uint64_t before, DeliveredSet delivered);
  Result<EndpointHandle> handle_of(const EndpointId& endpoint) const;
  void answer_recoveries(const EndpointId& endpoint, const Result<void>& result);

  Time now() const { return parts_.clock.now(); }
  template <class F>
  void on_loop(F function);

  RunnerParts parts_;
  RunnerOptions options_;
  ChangeReader changes_;
  EndpointDirectory directory_;
  Engine engine_;
  std::vector<Part> partitions_;
  std::uint64_t unreadable_endpoints_ = 0;

  Actions actions_;
  bool driving_soon_ = false;
  bool saving_later_ = false;
  std::optional<Time> timer_at_;
  std::atomic<bool> log_grew_{false};
  std::size_t subscription_ = 0;

  struct Recovery {
    std::uint64_t entries = 0;
    UniqueFunction<void(Result<std::uint64_t>)> done;
  };
  std::unordered_map<EndpointId, std::vector<Recovery>> recoveries_;  // asked for, not yet committed

  bool started_ = false;
  bool stopping_ = false;
  bool out_of_patience_ = false;  // what cannot be written now is given up
  bool stopped_ = false;
  UniqueFunction<void()> when_stopped_;

  std::atomic<std::uint64_t> delivered_{0}, retried_{0}, dead_{0}, in_flight_{0}, behind_{0}, unreadable_{0};
};

template <class F>
void RunnerCore::on_loop(F function) {
  parts_.loop.post([self = shared_from_this(), function = std::move(function)]() mutable {
    if (!self->stopped_) function();
  });
}

}  // namespace deltapost::delivery
