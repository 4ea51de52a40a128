// Partitions, endpoints, and what is due. The log's way through the engine is in engine_log.cpp.
#include "delivery/engine.hpp"

#include <algorithm>

#include "base/check.hpp"

namespace deltapost::delivery {

Engine::Engine(EngineLimits limits, Matcher& matcher, Random& jitter)
    : limits_(limits), matcher_(matcher), jitter_(jitter), pace_(limits.max_fresh) {}

Engine::~Engine() = default;

Partition* Engine::partition(store::Part part) const {
  const auto found = partitions_.find(part);
  return found == partitions_.end() ? nullptr : found->second.get();
}

EndpointQueue* Engine::queue(EndpointHandle endpoint) const {
  return endpoint < endpoints_.size() ? endpoints_[endpoint].queue.get() : nullptr;
}

// ---- partitions

void Engine::open(store::Part part, store::Epoch epoch, const store::DeliveryState& state, store::Seq head,
                  Time now) {
  auto& log = partitions_[part];
  DP_CHECK(log == nullptr);
  log = std::make_unique<Partition>();
  log->part = part;
  log->epoch = epoch;
  log->shared = log->saved_cursor = state.cursor;
  log->head = head;
  const auto known = [&](const EndpointId& id) {
    const auto found = by_id_.find(id);
    if (found != by_id_.end()) return endpoints_[found->second].queue.get();
    log->book.forget(id);
    return static_cast<EndpointQueue*>(nullptr);
  };
  for (const store::Lag& lag : state.lags) {
    if (EndpointQueue* queue = known(lag.endpoint)) queue->restore(*log, lag);
  }
  for (const store::Hold& hold : state.holds) {
    if (EndpointQueue* queue = known(hold.delivery.endpoint)) queue->restore(*log, hold, now);
  }
  for (const Endpoint& endpoint : endpoints_) {
    if (endpoint.queue && endpoint.queue->find_lane(part) != nullptr) settle(*endpoint.queue, now);
  }
}

void Engine::close(store::Part part) {
  const auto found = partitions_.find(part);
  if (found == partitions_.end()) return;
  drop_in_flight(nullptr, found->second.get());
  for (const Endpoint& endpoint : endpoints_) {
    if (endpoint.queue) endpoint.queue->drop_partition(*found->second);
  }
  partitions_.erase(found);
}

void Engine::log_grew(store::Part part, store::Seq head) {
  Partition* log = partition(part);
  if (log == nullptr) return;
  log->head = std::max(log->head, head);
  log->at_end = false;
}

// ---- endpoints

EndpointHandle Engine::put(EndpointSettings settings, Time now) {
  if (const auto found = by_id_.find(settings.id); found != by_id_.end()) {
    EndpointQueue& queue = *endpoints_[found->second].queue;
    queue.edit(std::move(settings), now);
    settle(queue, now);
    return found->second;
  }
  EndpointHandle handle = static_cast<EndpointHandle>(endpoints_.size());
  if (free_handles_.empty()) {
    endpoints_.emplace_back();
  } else {
    handle = free_handles_.back();
    free_handles_.pop_back();
  }
  by_id_.emplace(settings.id, handle);
  by_account_[settings.account].push_back(handle);
  endpoints_[handle] = Endpoint{};
  endpoints_[handle].queue = std::make_unique<EndpointQueue>(handle, std::move(settings), limits_, jitter_);
  return handle;
}

void Engine::remove(const EndpointId& id) {
  const auto found = by_id_.find(id);
  if (found == by_id_.end()) return;
  const EndpointHandle handle = found->second;
  EndpointQueue& queue = *endpoints_[handle].queue;
  for (const auto& [part, log] : partitions_) log->book.forget(id);
  drop_in_flight(&queue, nullptr);
  set_timer(handle, std::nullopt);
  std::erase(turns_, handle);
  const auto its_own = [&](const auto& wish) { return wish.endpoint == handle; };
  std::erase_if(wishes_.log_reads, its_own);
  std::erase_if(wishes_.history_reads, its_own);
  std::erase_if(wishes_.delivered_loads, its_own);
  std::erase_if(wishes_.disables, its_own);
  const auto account = by_account_.find(queue.settings().account);
  if (account != by_account_.end() && std::erase(account->second, handle) > 0 && account->second.empty()) {
    by_account_.erase(account);
  }
  by_id_.erase(found);
  endpoints_[handle] = Endpoint{};
  free_handles_.push_back(handle);
}

std::optional<EndpointHandle> Engine::find(const EndpointId& id) const {
  const auto found = by_id_.find(id);
  if (found == by_id_.end()) return std::nullopt;
  return found->second;
}

const EndpointSettings& Engine::settings(EndpointHandle endpoint) const {
  DP_CHECK(queue(endpoint) != nullptr);
  return queue(endpoint)->settings();
}

// ---- answers

const Engine::InFlight& Engine::slot_of(SendToken token) const {
  const std::size_t index = token & 0xffffffffu;
  DP_CHECK(index >= 1 && index <= in_flight_slots_.size());
  const InFlight& slot = in_flight_slots_[index - 1];
  DP_CHECK(slot.used && slot.generation == static_cast<std::uint32_t>(token >> 32));
  return slot;
}

bool Engine::is_awaited(SendToken token) const {
  return slot_of(token).queue != nullptr;
}

std::optional<Engine::InFlight> Engine::take_in_flight(SendToken token) {
  const InFlight taken = slot_of(token);
  const auto index = static_cast<std::uint32_t>(token & 0xffffffffu) - 1;
  in_flight_slots_[index] = InFlight{.generation = taken.generation + 1};
  free_slots_.push_back(index);
  --in_flight_;
  pace_.ended(taken.begun);
  if (taken.queue == nullptr) return std::nullopt;
  if (taken.line->probe) --failing_in_flight_;
  return taken;
}

const store::Attempt* Engine::answered(SendToken token, Answer answer, Time now) {
  const auto in_flight = take_in_flight(token);
  if (!in_flight) return nullptr;
  ProgressBook& book = in_flight->line->lane->partition->book;
  in_flight->queue->answered(*in_flight->line, answer, now);
  const store::Attempt& attempt = book.attempt(std::move(answer.attempt));
  settle(*in_flight->queue, now);
  return &attempt;
}

void Engine::skipped(SendToken token, Version version, Time now) {
  const auto in_flight = take_in_flight(token);
  if (!in_flight) return;
  in_flight->queue->skipped(*in_flight->line, version, now);
  settle(*in_flight->queue, now);
}

void Engine::drop_in_flight(const EndpointQueue* queue, const Partition* log) {
  for (InFlight& slot : in_flight_slots_) {
    if (slot.queue == nullptr) continue;
    if (slot.queue != queue && slot.line->lane->partition != log) continue;
    if (slot.line->probe) --failing_in_flight_;
    slot.queue = nullptr;
    slot.line = nullptr;
  }
}

// ---- asked for by users

Result<void> Engine::resend(EndpointHandle endpoint, const EntryPtr& entry, std::uint32_t event_index,
                            std::optional<Time> first_sent_at, Time now) {
  EndpointQueue* queue = this->queue(endpoint);
  Partition* log = partition(entry->part);
  if (queue == nullptr) return Error{Fault::not_found, "there is no such endpoint"};
  if (log == nullptr) return Error{Fault::unavailable, "another node delivers this partition"};
  if (queue->settings().state == EndpointState::disabled) {
    return Error{Fault::conflict, "the endpoint is disabled; set its state to active first"};
  }
  queue->resend(*log, entry, event_index, first_sent_at, now);
  settle(*queue, now);
  return ok();
}

Result<void> Engine::recover(EndpointHandle endpoint,
                             const std::vector<std::pair<store::Part, store::Seq>>& positions, Time since,
                             Time now) {
  EndpointQueue* queue = this->queue(endpoint);
  if (queue == nullptr) return Error{Fault::not_found, "there is no such endpoint"};
  if (queue->settings().state == EndpointState::disabled) {
    return Error{Fault::conflict, "the endpoint is disabled; set its state to active first"};
  }
  std::vector<std::pair<Partition*, store::Seq>> places;
  for (const auto& [part, position] : positions) {
    if (Partition* log = partition(part)) places.emplace_back(log, position);
  }
  queue->recover(std::move(places), since);
  settle(*queue, now);
  return ok();
}

void Engine::delivered_loaded(const LoadDelivered& load, DeliveredSet delivered, Time now) {
  EndpointQueue* queue = this->queue(load.endpoint);
  if (queue == nullptr || !endpoints_[load.endpoint].loading) return;
  endpoints_[load.endpoint].loading = false;
  // When it was asked to go back further meanwhile, settle() asks again.
  const auto wanted = queue->delivered_wanted();
  if (wanted && load.since <= *wanted) queue->delivered_loaded(std::move(delivered));
  settle(*queue, now);
}

// ---- progress

bool Engine::overloaded() const {
  return std::any_of(partitions_.begin(), partitions_.end(), [&](const auto& entry) {
    return entry.second->unsaved_attempts + entry.second->book.attempts() >= limits_.max_unsaved;
  });
}

std::optional<store::DeliveryProgress> Engine::take_progress(store::Part part, bool all) {
  Partition* log = partition(part);
  if (log == nullptr) return std::nullopt;
  const bool cursor_moved = log->shared != log->saved_cursor;
  const bool worth_it = all ? cursor_moved : log->shared - log->saved_cursor >= limits_.cursor_stride;
  if (!log->book.dirty() && !worth_it) return std::nullopt;

  std::vector<store::Lag> lags;
  std::vector<EndpointId> lags_removed;
  for (Lane* lane : log->book.changed_lanes()) {
    lane->owner->end_recovery_if_done(*lane);
    const EndpointId& id = lane->owner->settings().id;
    const store::Lag now{id, lane->position(), lane->recover_until, lane->recover_from};
    // One that reads by itself needs its row even where the shared read stands, for that moves on without it.
    const bool needs_row = !lane->attached || now.position < log->shared || now.recover_until != 0;
    if (!needs_row) {
      if (lane->saved) lags_removed.push_back(id);
      lane->saved.reset();
    } else if (!lane->saved || lane->saved->position != now.position ||
               lane->saved->recover_until != now.recover_until) {
      lags.push_back(now);
      lane->saved = now;
    }
  }
  store::DeliveryProgress progress = log->book.take();
  progress.part = part;
  progress.epoch = log->epoch;
  if (cursor_moved) progress.cursor = log->shared;
  log->saved_cursor = log->shared;
  progress.lags_put = std::move(lags);
  progress.lags_removed = std::move(lags_removed);
  log->unsaved_attempts += progress.attempts.size();
  return progress;
}

void Engine::put_away(Time now) {
  quiesce();
  for (const Endpoint& endpoint : endpoints_) {
    if (endpoint.queue) endpoint.queue->put_away(now);
  }
}

void Engine::progress_saved(store::Part part) {
  if (Partition* log = partition(part)) log->unsaved_attempts = 0;
}

// ---- state

QueueStatus Engine::status(EndpointHandle endpoint) const {
  const EndpointQueue* queue = this->queue(endpoint);
  DP_CHECK(queue != nullptr);
  QueueStatus status{.held = queue->held(),
                     .in_flight = queue->in_flight(),
                     .in_memory = queue->in_memory(),
                     .failing = queue->breaker().failing(),
                     .last_success_at = queue->breaker().last_success_at(),
                     .failing_since = queue->breaker().failing_since(),
                     .next_try_at = queue->next_try_at()};
  for (const auto& [part, log] : partitions_) {
    const Lane* lane = queue->find_lane(part);
    const store::Seq position = lane == nullptr ? log->shared : lane->position();
    status.behind += log->head > position ? log->head - position : 0;
  }
  return status;
}

std::uint64_t Engine::behind() const {
  std::uint64_t worst = 0;
  for (const Endpoint& endpoint : endpoints_) {
    if (!endpoint.queue || endpoint.queue->settings().state != EndpointState::active) continue;
    worst = std::max(worst, status(endpoint.queue->handle()).behind);
  }
  return worst;
}

}  // namespace deltapost::delivery
