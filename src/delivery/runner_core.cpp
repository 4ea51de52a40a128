// Reading and stopping. Starting is in runner_start.cpp, sending in runner_send.cpp, remembering in
// runner_progress.cpp.
#include "delivery/runner_core.hpp"

#include <algorithm>
#include <future>

namespace deltapost::delivery {

namespace {

constexpr Millis kReadAgainAfter{1'000};  // when the store could not be read
constexpr Millis kLongestNap{60'000};     // the wall clock may be set meanwhile
constexpr int kRoundsPerTurn = 16;        // before the loop gets to its sockets again

EngineLimits limits_of(const RunnerOptions& options) {
  EngineLimits limits = options.engine;
  limits.disable_after = options.disable_after;
  limits.max_in_flight = options.max_in_flight;
  return limits;
}

}  // namespace

RunnerCore::RunnerCore(RunnerParts parts, RunnerOptions options)
    : parts_(parts),
      options_(std::move(options)),
      changes_(parts.tail, parts.store),
      directory_(parts.store, parts.sealer),
      engine_(limits_of(options_), directory_, parts.random),
      partitions_(parts.store.partitions()) {}

// ---- doing what the engine says

void RunnerCore::log_grew() {
  log_grew_ = false;
  for (store::Part part = 0; part < partitions_.size(); ++part) {
    if (partitions_[part].lease) engine_.log_grew(part, parts_.tail.head(part));
  }
  drive();
}

void RunnerCore::drive_soon() {
  if (std::exchange(driving_soon_, true)) return;
  on_loop([this] { drive(); });
}

void RunnerCore::drive() {
  driving_soon_ = false;
  for (int round = 0; round < kRoundsPerTurn; ++round) {
    actions_.clear();
    engine_.poll(now(), actions_);
    if (actions_.empty()) {
      wake_later();
      return;
    }
    Actions actions = std::exchange(actions_, {});
    for (const auto& action : actions.sends) perform(action);
    for (const auto& action : actions.log_reads) perform(action);
    for (const auto& action : actions.history_reads) perform(action);
    for (const auto& action : actions.delivered_loads) perform(action);
    for (const auto& action : actions.disables) perform(action);
    actions.clear();
    actions_ = std::move(actions);  // its memory serves again
  }
  in_flight_ = engine_.in_flight();
  save_later();
  drive_soon();
}

void RunnerCore::wake_later() {
  in_flight_ = engine_.in_flight();
  unreadable_ = directory_.unreadable() + unreadable_endpoints_;
  save_later();
  stop_when_idle();
  const auto wake = engine_.next_wake();
  if (!wake || (timer_at_ && *timer_at_ <= *wake)) return;
  timer_at_ = wake;
  const Millis nap = std::clamp(Millis{*wake - now()}, Millis{0}, kLongestNap);
  parts_.loop.after(nap, [self = shared_from_this(), at = *wake] {
    if (self->stopped_) return;
    if (self->timer_at_ == at) self->timer_at_.reset();
    self->drive();
  });
}

void RunnerCore::try_again(UniqueFunction<void()> again) {
  parts_.loop.after(kReadAgainAfter, [self = shared_from_this(), again = std::move(again)]() mutable {
    if (self->stopped_) return;
    again();
    self->drive();
  });
}

void RunnerCore::perform(const ReadLog& read) {
  auto page = changes_.read(read.part, read.after, read.limit);
  if (!page) return try_again([this, read] { perform(read); });
  hand_over(read, page->entries, page->read_up_to);
}

void RunnerCore::hand_over(const ReadLog& read, std::span<const EntryPtr> entries, store::Seq read_up_to) {
  // An endpoint's setting counts from its own place in the log on: what comes before it is handed out first.
  std::size_t begin = 0;
  for (std::size_t i = 0; !read.endpoint && i < entries.size(); ++i) {
    if (entries[i]->record->key.kind != Kind::endpoint) continue;
    const RecordKey& key = entries[i]->record->key;
    const auto endpoint = endpoint_at(key, entries[i]->seq);
    if (!endpoint && endpoint.error().fault == Fault::unavailable) {
      // What follows is for an endpoint that nobody knows yet: it waits until the store can be read.
      if (i == 0) return try_again([this, read] { perform(read); });
      if (i > begin) engine_.log_read(read, entries.subspan(begin, i - begin), entries[i]->seq - 1, now());
      return drive_soon();
    }
    engine_.log_read(read, entries.subspan(begin, i + 1 - begin), entries[i]->seq, now());
    take_endpoint(EndpointId{key.id}, endpoint, entries[i]->seq);
    begin = i + 1;
  }
  if (begin == 0 || begin < entries.size()) {
    engine_.log_read(read, entries.subspan(begin), read_up_to, now());
  }
}

Result<EndpointPtr> RunnerCore::endpoint_at(const RecordKey& key, store::Seq place) {
  auto stored = parts_.store.find(key);
  if (!stored) return stored.error();
  return *stored ? directory_.load(**stored, place) : Result<EndpointPtr>(EndpointPtr{});
}

void RunnerCore::take_endpoint(const EndpointId& id, const Result<EndpointPtr>& endpoint, store::Seq place) {
  if (!endpoint) {  // it goes on as it was set before
    ++unreadable_endpoints_;
    return;
  }
  if (*endpoint == nullptr) {
    if (const auto handle = engine_.find(id)) directory_.remove(*handle);
    engine_.remove(id);
  } else {
    const EndpointHandle handle = engine_.put(**endpoint, now());
    const QueueStatus status = engine_.status(handle);
    const bool is_behind = status.in_memory + status.held + status.behind > 0;
    directory_.put(handle, *endpoint, is_behind && has_one_log() ? place : 0);
  }
  if (*endpoint == nullptr || (*endpoint)->state == EndpointState::disabled) {
    answer_recoveries(id, Error{Fault::conflict, "the endpoint was disabled or deleted meanwhile"});
  }
  save(true);
}

void RunnerCore::perform(const ReadHistory& read) {
  auto entries = changes_.history(read.line.record->key, {.after = read.after, .limit = read.limit});
  if (!entries) return try_again([this, read] { perform(read); });
  const bool more = entries->size() == read.limit;
  engine_.history_read(read, *entries, more, now());
}

void RunnerCore::perform(const Disable& disable) {
  const EndpointPtr& endpoint = directory_.at(disable.endpoint);
  if (on_disable) on_disable(endpoint->account, endpoint->id, disable.reason);
}

// ---- stopping

void RunnerCore::stop(Millis patience) {
  std::promise<void> stopped;
  auto done = stopped.get_future();
  begin_stop(patience, [stopped = std::move(stopped)]() mutable { stopped.set_value(); });
  done.wait();
}

void RunnerCore::begin_stop(Millis patience, UniqueFunction<void()> stopped) {
  const bool was_started = std::exchange(started_, false);
  if (was_started) parts_.tail.unsubscribe(subscription_);
  if (!parts_.loop.running()) {  // nothing is left to it but to be dropped
    for (Part& part : partitions_)
      part.after_save.clear();  // of a stop that was cut off; they hold this object
    return stopped();
  }
  if (!was_started) return stopped();
  when_stopped_ = std::move(stopped);
  parts_.loop.post([self = shared_from_this(), patience] { self->quiesce(patience); });
}

void RunnerCore::quiesce(Millis patience) {
  stopping_ = true;
  engine_.quiesce();
  for (auto& [endpoint, waiting] : std::exchange(recoveries_, {})) {
    for (Recovery& recovery : waiting)
      recovery.done(Error{Fault::unavailable, "the server is shutting down"});
  }
  parts_.loop.after(patience, [self = shared_from_this()] {
    self->out_of_patience_ = true;
    if (!self->stopped_) self->finish_stop();
  });
  drive();
}

void RunnerCore::stop_when_idle() {
  if (stopping_ && !stopped_ && engine_.in_flight() == 0) finish_stop();
}

void RunnerCore::finish_stop() {
  engine_.put_away(now());
  when_all_saved([self = shared_from_this()](const Result<void>&) {
    if (std::exchange(self->stopped_, true)) return;
    for (Part& part : self->partitions_) {
      if (part.lease) static_cast<void>(self->parts_.store.release_lease(*part.lease));
      part.after_save.clear();  // of a second try to stop; they hold this object
    }
    self->when_stopped_();
  });
}

RunnerStats RunnerCore::stats() const {
  return {.delivered = delivered_,
          .retried = retried_,
          .dead = dead_,
          .in_flight = in_flight_,
          .behind = behind_,
          .unreadable = unreadable_};
}

}  // namespace deltapost::delivery
