// Going back: giving deliveries back to the log, reading a held record's history, resending and recovering.
#include <algorithm>

#include "base/check.hpp"
#include "delivery/endpoint_queue.hpp"

namespace deltapost::delivery {

void EndpointQueue::rewind(Time now) {
  // What was begun is never sent again, so each lane goes back no further than the last of it; what is older
  // and was not begun is held.
  std::unordered_map<const Lane*, store::Seq> read_to;
  for (const auto& [part, lane] : lanes_) {
    if (lane->window.empty()) continue;
    const store::Seq begun = lane->window.last_begun([](const Line& line, Window::Slot slot) {
      return line.phase == LinePhase::in_flight && line.front.slot == slot;
    });
    read_to[lane.get()] = std::max(begun, lane->position());
  }
  for (auto it = lines_.begin(); it != lines_.end();) {
    Line& line = it->second;
    ++it;
    if (line.held) {
      drop_rest(line);
      continue;
    }
    if (line.phase == LinePhase::in_flight || line.front.seq <= read_to.at(line.lane)) {
      hold(line, false, now);
    } else {
      items_ -= 1 + line.rest.size();
      remove_line(line);
    }
  }
  for (const auto& [lane, seq] : read_to) {
    Lane& own = *find_lane(lane->partition->part);
    pending_ -= own.window.pending();
    own.window.clear();
    detach(own, seq);
  }
  rebuild_ready();
}

void EndpointQueue::rebuild_ready() {
  ready_.clear();
  std::vector<Line*> lines;
  for (auto& [key, line] : lines_) {
    if (line.phase == LinePhase::ready) lines.push_back(&line);
  }
  std::sort(lines.begin(), lines.end(), [](const Line* a, const Line* b) {
    return std::tuple{a->front.seq, a->id} < std::tuple{b->front.seq, b->id};
  });
  for (Line* line : lines) resume(*line, false);
}

void EndpointQueue::disable(Time now) {
  recovery_asked_.reset();
  delivered_wanted_.reset();
  delivered_.clear();
  history_wanted_.clear();
  for (const auto& [part, lane] : lanes_) {
    lane->recover_until = 0;
    lane->recover_from = {};
  }
  for (auto& [key, line] : lines_) {
    if (line.phase != LinePhase::in_flight) continue;
    hold(line, false, now);  // its answer decides
  }
  for (const auto& [part, lane] : lanes_) {
    pending_ -= lane->window.pending();
    lane->window.clear();
    ++lane->read_serial;
    lane->reading = false;
    attach(*lane);
  }
  for (auto it = lines_.begin(); it != lines_.end();) {
    Line& line = it->second;
    ++it;
    items_ -= line.rest.size();
    line.rest.clear();
    line.truncated = false;
    if (line.phase == LinePhase::in_flight) continue;
    if (line.phase == LinePhase::waiting) leave_waiting(line);
    if (line.phase == LinePhase::parked) leave_parked(line);
    if (line.held && line.phase != LinePhase::reading) {
      give_up(line, "endpoint disabled", now);
    } else {
      if (line.phase != LinePhase::reading) --items_;
      remove_line(line);
    }
  }
  ready_.clear();
}

// ---- history

void EndpointQueue::history_read(Line& line, std::vector<Item> items, Version read_version, bool more,
                                 Time now) {
  DP_CHECK(line.phase == LinePhase::reading);
  line.history_after = std::max(line.history_after, read_version);
  if (more) line.truncated = true;
  if (items.empty()) {
    if (line.truncated) {
      history_wanted_.push_back(&line);
    } else {
      remove_line(line);
    }
    return;
  }
  start_front(line, std::move(items.front()), now);
  ++items_;
  items.erase(items.begin());
  if (!items.empty() && items_ + items.size() > limits_.window) {
    items.clear();  // no room: what follows is read again when its turn comes
    line.truncated = true;
    line.history_after = 0;
  }
  items_ += items.size();
  line.rest = std::move(items);
  resume(line, false);
}

// ---- asked for by users

void EndpointQueue::resend(Partition& log, const EntryPtr& entry, std::uint32_t event_index,
                           std::optional<Time> first_sent_at, Time now) {
  const auto make_due = [&](Line& line) {
    if (line.phase != LinePhase::waiting) return;
    leave_waiting(line);
    resume(line, false);
    if (line.phase == LinePhase::waiting) {  // the endpoint fails or is paused: the next thing to try
      leave_waiting(line);
      line.due_at = std::min(line.due_at, now);
      set_waiting(line);
    }
  };
  const LineKey record_key{.record = entry->record, .part = log.part};
  if (Line* line = find_line(record_key); line != nullptr && line->held && line->front.seq == entry->seq &&
                                          line->front.event_index == event_index &&
                                          line->phase != LinePhase::reading) {
    make_due(*line);  // it is the one that holds its record back
    return;
  }
  const LineKey key{.record = entry->record, .part = log.part, .seq = entry->seq, .event_index = event_index};
  if (Line* line = find_line(key)) {
    make_due(*line);
    return;
  }
  Line& line = make_line(
      key, lane(log),
      Item{.seq = entry->seq, .event_index = event_index, .version = entry->version, .entry = entry});
  line.held = true;
  ++held_;
  line.resend = true;
  line.first_sent_at = first_sent_at;
  line.due_at = now;
  log.book.hold_changed(line);
  resume(line, false);
}

void EndpointQueue::recover(std::vector<std::pair<Partition*, store::Seq>> positions, Time from) {
  if (recovery_asked_) {
    // Both were asked for: the earlier place serves both.
    from = std::min(from, recovery_asked_->from);
    for (auto& [log, position] : positions) {
      for (const auto& [other, before] : recovery_asked_->positions) {
        if (log == other) position = std::min(position, before);
      }
    }
  }
  recovery_asked_ = Recovery{std::move(positions), from};
}

void EndpointQueue::recover_when_idle(Time now) {
  if (!recovery_asked_ || in_flight_ > 0) return;
  const Recovery recovery = *std::exchange(recovery_asked_, std::nullopt);
  for (const auto& [log, position] : recovery.positions)
    recover_lane(lane(*log), position, recovery.from, now);
  rebuild_ready();
  delivered_wanted_ = recovery.from;
  for (const auto& [part, lane] : lanes_) {
    if (lane->recover_until != 0) delivered_wanted_ = std::min(*delivered_wanted_, lane->recover_from);
  }
}

void EndpointQueue::recover_lane(Lane& lane, store::Seq position, Time from, Time now) {
  // Also what was committed before the endpoint began, but is not handed out yet.
  const store::Seq until = std::max(lane.read_to(), lane.partition->head);
  position = std::min(position, lane.read_to());
  for (auto it = lines_.begin(); it != lines_.end();) {
    Line& line = it->second;
    ++it;
    if (line.lane != &lane) continue;
    if (!line.held && line.front.seq <= position) hold(line, false, now);
    if (line.held && (line.resend || line.front.seq <= position)) {
      drop_rest(line);
      continue;
    }
    // The log brings it again.
    std::erase(history_wanted_, &line);
    if (line.phase == LinePhase::waiting) leave_waiting(line);
    if (line.phase == LinePhase::parked) leave_parked(line);
    items_ -= line.rest.size() + (line.phase == LinePhase::reading ? 0 : 1);
    remove_line(line);
  }
  pending_ -= lane.window.pending();
  lane.window.clear();
  lane.recover_from = lane.recover_until == 0 ? from : std::min(from, lane.recover_from);
  lane.recover_until = std::max(lane.recover_until, until);
  detach(lane, position);
}

std::optional<Time> EndpointQueue::delivered_wanted() const {
  return delivered_wanted_;
}

void EndpointQueue::delivered_loaded(DeliveredSet delivered) {
  delivered_wanted_.reset();
  delivered_ = std::move(delivered);
}

void EndpointQueue::end_recovery_if_done(Lane& lane) {
  if (lane.recover_until == 0 || recovering() || lane.position() < lane.recover_until) return;
  for (const auto& [key, line] : lines_) {
    if (line.lane == &lane && line.held && line.front.seq <= lane.recover_until) return;
  }
  lane.recover_until = 0;
  lane.recover_from = {};
  const bool others = std::any_of(lanes_.begin(), lanes_.end(),
                                  [](const auto& entry) { return entry.second->recover_until != 0; });
  if (!others) DeliveredSet{}.swap(delivered_);
}

}  // namespace deltapost::delivery
