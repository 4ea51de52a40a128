// The log's way through the engine: handed out, read by who lags behind, sent in turn.
#include <algorithm>
#include <iterator>

#include "base/check.hpp"
#include "delivery/engine.hpp"

namespace deltapost::delivery {

// ---- reading

const std::vector<std::uint32_t>& Engine::wanted(const EndpointQueue& queue, const Lane* lane,
                                                 const Entry& entry) {
  events_.clear();
  if (entry.record->key.account != queue.settings().account) return events_;
  const bool for_it =
      entry.at >= queue.settings().starts_at || (lane != nullptr && entry.seq <= lane->recover_until);
  if (!for_it) return events_;
  matcher_.match(queue.handle(), entry, events_);
  std::erase_if(events_, [&](std::uint32_t event_index) { return !queue.wants(lane, entry, event_index); });
  return events_;
}

void Engine::hand_out(Partition& log, const EntryPtr& entry, Time now) {
  const auto account = by_account_.find(entry->record->key.account);
  if (account == by_account_.end()) return;
  for (const EndpointHandle handle : matcher_.narrow(*entry, account->second)) {
    EndpointQueue& queue = *endpoints_[handle].queue;
    if (queue.settings().state == EndpointState::disabled) continue;
    const Lane* lane = queue.find_lane(log.part);
    if (lane != nullptr && !lane->attached) continue;
    const auto& events = wanted(queue, lane, *entry);
    if (events.empty()) continue;
    Lane& own = queue.lane(log);
    touched_.push_back(handle);
    if (!queue.takes()) {
      queue.detach(own, entry->seq - 1);
      continue;
    }
    for (const std::uint32_t event_index : events) queue.push(own, entry, event_index, now);
  }
}

void Engine::shared_read(Partition& log, std::span<const EntryPtr> entries, store::Seq read_up_to, Time now) {
  for (const EntryPtr& entry : entries) {
    if (entry->seq <= log.shared) continue;
    hand_out(log, entry, now);
    log.shared = entry->seq;
  }
  log.shared = std::max(log.shared, read_up_to);
  std::sort(touched_.begin(), touched_.end());
  touched_.erase(std::unique(touched_.begin(), touched_.end()), touched_.end());
  for (const EndpointHandle handle : touched_) settle(*endpoints_[handle].queue, now);
  touched_.clear();
}

void Engine::own_read(EndpointQueue& queue, Lane& lane, std::span<const EntryPtr> entries,
                      store::Seq read_up_to, Time now) {
  const store::Seq shared = lane.partition->shared;
  bool full = false;
  for (const EntryPtr& entry : entries) {
    if (entry->seq <= lane.own_read_to) continue;
    if (entry->seq > shared) break;
    const auto& events = wanted(queue, &lane, *entry);
    if (!events.empty()) {
      full = !queue.takes();
      if (full) break;
      for (const std::uint32_t event_index : events) queue.push(lane, entry, event_index, now);
    }
    lane.own_read_to = entry->seq;
    queue.pass(lane, entry->seq);
  }
  if (!full) lane.own_read_to = std::max(lane.own_read_to, std::min(read_up_to, shared));
  queue.pass(lane, lane.own_read_to);
  lane.partition->book.lane_changed(lane);
  if (lane.own_read_to >= shared) queue.attach(lane);
  settle(queue, now);
}

void Engine::log_read(const ReadLog& read, std::span<const EntryPtr> entries, store::Seq read_up_to,
                      Time now) {
  Partition* log = partition(read.part);
  if (log == nullptr) return;
  if (!read.endpoint) {
    if (read.serial != log->read_serial) return;
    log->reading = false;
    if (entries.empty() && read_up_to <= log->shared) {
      log->at_end = log->head <= log->shared;
      return;
    }
    shared_read(*log, entries, read_up_to, now);
    return;
  }
  EndpointQueue* queue = this->queue(*read.endpoint);
  Lane* lane = queue == nullptr ? nullptr : queue->find_lane(read.part);
  if (lane == nullptr || lane->attached || lane->read_serial != read.serial) return;
  lane->reading = false;
  own_read(*queue, *lane, entries, read_up_to, now);
}

void Engine::history_read(const ReadHistory& read, std::span<const EntryPtr> entries, bool more, Time now) {
  EndpointQueue* queue = this->queue(read.endpoint);
  Line* line = queue == nullptr ? nullptr : queue->find_line(read.line);
  if (line == nullptr || line->phase != LinePhase::reading || line->history_serial != read.serial) return;
  const Lane& lane = *line->lane;
  std::vector<Item> items;
  Version read_version = 0;
  for (const EntryPtr& entry : entries) {
    if (entry->seq > lane.read_to()) {  // the log will bring it
      more = false;
      break;
    }
    read_version = entry->version;
    if (entry->seq < line->front.seq) continue;
    for (const std::uint32_t event_index : wanted(*queue, &lane, *entry)) {
      if (entry->seq == line->front.seq && event_index <= line->front.event_index) continue;
      if (queue->has_alone(*entry, event_index)) continue;
      items.push_back(
          Item{.seq = entry->seq, .event_index = event_index, .version = entry->version, .entry = entry});
    }
  }
  queue->history_read(*line, std::move(items), read_version, more, now);
  settle(*queue, now);
}

// ---- what is due

void Engine::set_timer(EndpointHandle endpoint, std::optional<Time> at) {
  std::optional<Time>& timer = endpoints_[endpoint].timer;
  if (timer == at) return;
  if (timer) timers_.erase({*timer, endpoint});
  timer = at;
  if (timer) timers_.emplace(*timer, endpoint);
}

void Engine::settle(EndpointQueue& queue, Time now) {
  const EndpointHandle handle = queue.handle();
  Endpoint& endpoint = endpoints_[handle];
  queue.recover_when_idle(now);
  queue.promote_due(now);
  const bool can_send = queue.can_send(now);
  if (can_send && !endpoint.in_turn) {
    endpoint.in_turn = true;
    turns_.push_back(handle);
  }
  for (Line* line : queue.history_wanted()) {
    line->truncated = false;
    wishes_.history_reads.push_back(
        ReadHistory{handle, *line->key, line->history_after, limits_.history_page, ++line->history_serial});
  }
  queue.history_wanted().clear();
  if (auto reason = queue.take_disable_reason(now))
    wishes_.disables.push_back(Disable{handle, std::move(*reason)});
  if (const auto since = queue.delivered_wanted(); since && !endpoint.loading) {
    endpoint.loading = true;
    wishes_.delivered_loads.push_back(LoadDelivered{handle, *since});
  }
  for (Lane* lane : queue.detached()) {
    const std::size_t room = lane->reading ? 0 : queue.room();
    if (room == 0) continue;
    lane->reading = true;
    wishes_.log_reads.push_back(
        ReadLog{lane->partition->part, lane->own_read_to, room, handle, ++lane->read_serial});
  }
  const auto wake = queue.wake_at(now);
  // One that is due but has no turn yet waits for an answer, not for the time.
  set_timer(handle, wake && *wake > now ? wake : std::nullopt);
}

void Engine::fire_timers(Time now) {
  while (!timers_.empty() && timers_.begin()->first <= now) {
    const EndpointHandle handle = timers_.begin()->second;
    set_timer(handle, std::nullopt);
    settle(*endpoints_[handle].queue, now);
  }
}

std::optional<Time> Engine::next_wake() const {
  const auto room_at = turns_.empty() ? std::nullopt : pace_.room_at();
  if (timers_.empty()) return room_at;
  const Time timer = timers_.begin()->first;
  return room_at ? std::min(timer, *room_at) : timer;
}

void Engine::poll(Time now, Actions& actions) {
  fire_timers(now);
  pace_.pass(now);
  const bool takes_on = !quiet_ && !overloaded();
  if (takes_on) poll_sends(now, actions);
  poll_reads(actions, takes_on);
}

void Engine::poll_reads(Actions& actions, bool takes_on) {
  const auto move_all = [](auto& from, auto& to) {
    to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
    from.clear();
  };
  // A record's history is read even at the end: until it is, its hold names an event that was delivered.
  move_all(wishes_.history_reads, actions.history_reads);
  move_all(wishes_.delivered_loads, actions.delivered_loads);
  move_all(wishes_.disables, actions.disables);
  if (!takes_on) return;
  move_all(wishes_.log_reads, actions.log_reads);
  for (const auto& [part, log] : partitions_) {
    if (log->reading || log->at_end) continue;
    log->reading = true;
    actions.log_reads.push_back(
        ReadLog{part, log->shared, limits_.log_page, std::nullopt, ++log->read_serial});
  }
}

bool Engine::may_start(const EndpointQueue& queue) const {
  // What is free is shared: no endpoint takes more than half of it, so that however many hang, another can
  // begin.
  const std::size_t free = limits_.max_in_flight - in_flight_;
  if (queue.breaker().failing())
    return failing_in_flight_ < std::max<std::size_t>(1, limits_.max_in_flight / 2);
  return queue.in_flight() < std::max<std::size_t>(1, free / 2);
}

void Engine::poll_sends(Time now, Actions& actions) {
  constexpr std::size_t kMostVisits = 256;
  for (std::size_t visits = std::min(turns_.size(), kMostVisits); visits > 0 && !turns_.empty(); --visits) {
    if (!has_room()) return;
    const EndpointHandle handle = turns_.front();
    turns_.pop_front();
    endpoints_[handle].in_turn = false;
    EndpointQueue& queue = *endpoints_[handle].queue;
    std::size_t sent = 0;
    while (sent < limits_.send_burst && has_room() && queue.can_send(now) && may_start(queue)) {
      send(queue, now, actions);
      ++sent;
    }
    if (sent > 0) ++visits;  // only those that could not begin use up the visits
    settle(queue, now);      // takes its next turn, or sets its timer
  }
}

void Engine::send(EndpointQueue& queue, Time now, Actions& actions) {
  Line& line = queue.send_next(now);
  if (free_slots_.empty()) {
    free_slots_.push_back(static_cast<std::uint32_t>(in_flight_slots_.size()));
    in_flight_slots_.emplace_back();
  }
  const std::uint32_t index = free_slots_.back();
  free_slots_.pop_back();
  InFlight& slot = in_flight_slots_[index];
  slot.queue = &queue;
  slot.line = &line;
  slot.begun = now;
  slot.used = true;
  ++in_flight_;
  pace_.began(now);
  if (line.probe) ++failing_in_flight_;
  actions.sends.push_back(
      Send{.token = (SendToken{slot.generation} << 32) | (index + 1),
           .endpoint = queue.handle(),
           .part = line.key->part,
           .seq = line.front.seq,
           .event_index = line.front.event_index,
           .attempt = line.attempts,
           .record = line.key->record,
           .entry = line.front.entry,
           .first_sent_at = *line.first_sent_at,
           .maybe_sent_before =
               line.attempts == 1 && (line.resend || line.front.seq <= line.lane->recover_until)});
}

}  // namespace deltapost::delivery
