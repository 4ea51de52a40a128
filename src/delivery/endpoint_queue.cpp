// Settings, lanes and lines. Sending is in endpoint_queue_send.cpp, going back in endpoint_queue_rewind.cpp.
#include "delivery/endpoint_queue.hpp"

#include <algorithm>

#include "base/check.hpp"

namespace deltapost::delivery {

EndpointQueue::EndpointQueue(EndpointHandle handle, EndpointSettings settings, const EngineLimits& limits,
                             Random& jitter)
    : handle_(handle),
      settings_(std::move(settings)),
      limits_(limits),
      jitter_(jitter),
      breaker_(limits.breaker),
      bucket_(settings_.rate_per_second) {}

bool EndpointQueue::active() const {
  return settings_.state == EndpointState::active && disable_reason_.empty();
}

void EndpointQueue::edit(EndpointSettings settings, Time now) {
  const EndpointState before = settings_.state;
  const bool order_changed = settings.order != settings_.order;
  settings_ = std::move(settings);
  bucket_.set_rate(settings_.rate_per_second, now);
  disable_reason_.clear();
  disable_said_at_.reset();
  const EndpointState state = settings_.state;
  if (state == EndpointState::disabled) {
    if (before != EndpointState::disabled) disable(now);
    return;
  }
  if (before == EndpointState::disabled) {
    breaker_ = Breaker(limits_.breaker);
    paused_until_.reset();
  }
  if (order_changed || (state == EndpointState::paused && before == EndpointState::active)) rewind(now);
  if (breaker_.failing()) breaker_.probe_now(now);
}

// ---- lanes

Lane* EndpointQueue::find_lane(store::Part part) const {
  const auto found = lanes_.find(part);
  return found == lanes_.end() ? nullptr : found->second.get();
}

Lane& EndpointQueue::lane(Partition& log) {
  auto& lane = lanes_[log.part];
  if (!lane) lane = std::make_unique<Lane>(*this, log);
  return *lane;
}

void EndpointQueue::detach(Lane& lane, store::Seq read_to) {
  if (lane.attached) detached_.push_back(&lane);
  lane.detach(read_to);
  lane.reading = false;  // what a read under way brings no longer fits
  ++lane.read_serial;
}

void EndpointQueue::attach(Lane& lane) {
  if (!lane.attached) std::erase(detached_, &lane);
  lane.attached = true;
  lane.partition->book.lane_changed(lane);
}

void EndpointQueue::restore(Partition& log, const store::Lag& lag) {
  Lane& lane = this->lane(log);
  lane.saved = lag;
  log.book.lane_changed(lane);
  if (settings_.state == EndpointState::disabled)
    return;  // it has no place; the row goes with the next progress
  if (lag.position < log.shared) detach(lane, lag.position);
  lane.recover_until = lag.recover_until;
  lane.recover_from = lag.recover_from;
  if (lane.recover_until != 0) {
    delivered_wanted_ = delivered_wanted_ ? std::min(*delivered_wanted_, lag.recover_from) : lag.recover_from;
  }
}

void EndpointQueue::restore(Partition& log, const store::Hold& hold, Time now) {
  const bool alone = hold.scope == store::HoldScope::delivery;
  LineKey key{.record = std::make_shared<const RecordRef>(hold.record),
              .part = log.part,
              .seq = alone ? hold.delivery.seq : 0,
              .event_index = alone ? hold.delivery.event_index : 0};
  Line& line =
      make_line(std::move(key), lane(log),
                Item{.seq = hold.delivery.seq, .event_index = hold.delivery.event_index, .entry = nullptr});
  line.held = true;
  ++held_;
  line.persisted = true;
  line.truncated = !alone;  // whatever followed up to the position is implied by the row
  line.resend = alone && settings_.order == Order::record;
  line.tries = hold.tries;
  line.attempts = hold.tries;
  line.first_sent_at = hold.first_sent_at;
  line.due_at = hold.due_at;
  if (settings_.state == EndpointState::disabled) {
    line.truncated = false;
    give_up(line, "endpoint disabled", now);
  } else if (line.front.seq > line.lane->position()) {
    // The log will bring this event, and earlier ones of its record, once more. The line must be there to
    // meet them, or they would be sent twice.
    line.phase = LinePhase::parked;
    ++parked_;
    auto& parked = line.lane->parked;
    const auto after = [](const Line* a, const Line* b) { return a->front.seq > b->front.seq; };
    parked.insert(std::upper_bound(parked.begin(), parked.end(), &line, after), &line);
  } else {
    set_waiting(line);
  }
}

void EndpointQueue::leave_parked(Line& line) {
  std::erase(line.lane->parked, &line);
  --parked_;
}

void EndpointQueue::mark_settled(Lane& lane, store::Seq seq) {
  if (!lane.window.empty()) lane.window.push_settled(seq);
}

void EndpointQueue::pass(Lane& lane, store::Seq seq) {
  while (!lane.parked.empty() && lane.parked.back()->front.seq <= seq) {
    Line& line = *lane.parked.back();
    leave_parked(line);
    set_waiting(line);
    mark_settled(lane, line.front.seq);
  }
}

void EndpointQueue::drop_partition(const Partition& log) {
  const auto found = lanes_.find(log.part);
  if (found == lanes_.end()) return;
  Lane& lane = *found->second;
  for (auto it = lines_.begin(); it != lines_.end();) {
    Line& line = it->second;
    if (line.lane != &lane) {
      ++it;
      continue;
    }
    if (line.phase == LinePhase::waiting) leave_waiting(line);
    if (line.phase == LinePhase::parked) leave_parked(line);
    if (line.phase == LinePhase::in_flight) {
      --in_flight_;
      if (line.probe) --probes_in_flight_;
    }
    if (line.held) --held_;
    items_ -= line.rest.size() + (line.phase == LinePhase::reading ? 0 : 1);
    std::erase(history_wanted_, &line);
    std::erase(ready_, &line);
    it = lines_.erase(it);
  }
  pending_ -= lane.window.pending();
  std::erase(detached_, &lane);
  lanes_.erase(found);
}

// ---- taking from the log

bool EndpointQueue::takes() const {
  if (!active() || recovering() || held_ - parked_ >= limits_.max_holds) return false;
  return breaker_.failing() ? pending_ == 0 : pending_ < limits_.window;
}

std::size_t EndpointQueue::room() const {
  if (!takes()) return 0;
  if (breaker_.failing()) return limits_.history_page;
  // Half of the window at a time, so that a lagging endpoint reads pages and not single entries.
  if (pending_ > limits_.window / 2) return 0;
  return std::min(limits_.log_page, limits_.window - pending_);
}

bool EndpointQueue::wants(const Lane* lane, const Entry& entry, std::uint32_t event_index) const {
  if (lane != nullptr && entry.seq <= lane->recover_until) {
    return !std::binary_search(delivered_.begin(), delivered_.end(),
                               DeliveredKey{entry.part, entry.seq, event_index});
  }
  return entry.at >= settings_.starts_at;
}

void EndpointQueue::push(Lane& lane, const EntryPtr& entry, std::uint32_t event_index, Time now) {
  Item item{.seq = entry->seq, .event_index = event_index, .version = entry->version, .entry = entry};
  LineKey key{.record = entry->record, .part = entry->part};
  // Without order each delivery is on its own, except behind a hold from a time when there was order: that
  // one's history ends only when it has caught up.
  if (settings_.order == Order::none && (held_ == 0 || find_line(key) == nullptr)) {
    key.seq = entry->seq;
    key.event_index = event_index;
  }
  lane.partition->book.lane_changed(lane);
  if (key.seq == 0 && has_alone(*entry, event_index)) {
    mark_settled(lane, entry->seq);
    return;
  }
  if (const auto found = lines_.find(key); found != lines_.end()) {
    append(found->second, std::move(item), now);
    return;
  }
  Line& line = make_line(std::move(key), lane, std::move(item));
  line.front.slot = lane.window.push(line.front.seq, &line);
  ++pending_;
  set_ready(line, false);
}

bool EndpointQueue::has_alone(const Entry& entry, std::uint32_t event_index) {
  return held_ > 0 && find_line(LineKey{entry.record, entry.part, entry.seq, event_index}) != nullptr;
}

void EndpointQueue::append(Line& line, Item item, Time now) {
  const auto place = [](const Item& it) { return std::pair{it.seq, it.event_index}; };
  if (line.alone() || place(item) <= place(line.last())) return;
  if (line.held) {
    mark_settled(*line.lane, item.seq);
    hold_stragglers(*line.lane, now);
    if (line.phase == LinePhase::reading || line.truncated || line.rest.size() >= limits_.line_items ||
        items_ >= limits_.window) {
      line.truncated = true;
      return;
    }
  } else {
    item.slot = line.lane->window.push(item.seq, &line);
    ++pending_;
  }
  line.rest.push_back(std::move(item));
  ++items_;
  // A busy record must not fill the window: others would wait for it.
  if (!line.held && line.rest.size() >= limits_.line_items) hold(line, true, now);
}

// ---- lines

Line& EndpointQueue::make_line(LineKey key, Lane& lane, Item front) {
  auto [node, made] = lines_.try_emplace(std::move(key));
  DP_CHECK(made);
  Line& line = node->second;
  line.key = &node->first;
  line.lane = &lane;
  line.id = next_line_id_++;
  line.front = std::move(front);
  ++items_;
  return line;
}

void EndpointQueue::remove_line(Line& line) {
  if (line.held) {
    --held_;
    line.lane->partition->book.hold_gone(line);
    line.lane->partition->book.lane_changed(*line.lane);
  }
  lines_.erase(lines_.find(*line.key));
}

void EndpointQueue::drop_rest(Line& line) {
  line.history_after = 0;
  if (line.rest.empty()) return;
  items_ -= line.rest.size();
  line.rest.clear();
  line.truncated = true;
}

void EndpointQueue::set_ready(Line& line, bool first) {
  line.phase = LinePhase::ready;
  if (first) {
    ready_.push_front(&line);
  } else {
    ready_.push_back(&line);
  }
}

void EndpointQueue::set_waiting(Line& line) {
  line.phase = LinePhase::waiting;
  line.front.entry.reset();  // it may wait for days
  waiting_.emplace(line.due_at, line.id, &line);
}

void EndpointQueue::leave_waiting(Line& line) {
  waiting_.erase({line.due_at, line.id, &line});
}

void EndpointQueue::hold(Line& line, bool keep_rest, Time now) {
  if (line.held) return;
  Window& window = line.lane->window;
  window.settle(line.front.slot);
  for (const Item& item : line.rest) window.settle(item.slot);
  pending_ -= 1 + line.rest.size();
  line.held = true;
  ++held_;
  line.due_at = now;
  if (!keep_rest || items_ > limits_.window) drop_rest(line);
  line.lane->partition->book.hold_changed(line);
  line.lane->partition->book.lane_changed(*line.lane);
}

void EndpointQueue::hold_stragglers(Lane& lane, Time now) {
  while (lane.window.settled_behind() > limits_.stragglers) hold(*lane.window.front_line(), true, now);
}

void EndpointQueue::advance(Line& line, Time now) {
  --items_;
  line.front.entry.reset();
  Lane& lane = *line.lane;
  if (!line.held) {
    lane.window.settle(line.front.slot);
    --pending_;
    lane.partition->book.lane_changed(lane);
  }
  if (!line.rest.empty()) {
    Item next = std::move(line.rest.front());
    line.rest.erase(line.rest.begin());
    start_front(line, std::move(next), now);
    resume(line, true);
  } else if (line.held && line.truncated) {
    line.phase = LinePhase::reading;
    line.history_after = std::max(line.history_after, line.front.version > 0 ? line.front.version - 1 : 0);
    history_wanted_.push_back(&line);
  } else {
    remove_line(line);
  }
  hold_stragglers(lane, now);
}

void EndpointQueue::start_front(Line& line, Item item, Time now) {
  line.front = std::move(item);
  line.tries = 0;
  line.attempts = 0;
  line.first_sent_at.reset();
  line.refused_at.reset();
  line.due_at = now;
  if (line.held) line.lane->partition->book.hold_changed(line);
}

void EndpointQueue::resume(Line& line, bool first) {
  if (line.held && (breaker_.failing() || !active())) {
    set_waiting(line);
  } else {
    set_ready(line, first);
  }
}

Line* EndpointQueue::find_line(const LineKey& key) {
  const auto found = lines_.find(key);
  return found == lines_.end() ? nullptr : &found->second;
}

}  // namespace deltapost::delivery
