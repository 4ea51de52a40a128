// What may be sent next, and what an answer means.
#include <algorithm>

#include "base/check.hpp"
#include "delivery/endpoint_queue.hpp"
#include "delivery/retry_policy.hpp"

namespace deltapost::delivery {

bool EndpointQueue::can_send(Time now) const {
  if (!active() || recovering()) return false;
  if (in_flight_ >= std::max<std::uint32_t>(1, settings_.concurrency)) return false;
  if (paused_until_ && *paused_until_ > now) return false;
  if (breaker_.failing() ? !probe_possible(now) : ready_.empty()) return false;
  return bucket_.has_token(now);
}

bool EndpointQueue::probe_possible(Time now) const {
  if (probes_in_flight_ > 0) return false;
  if (!waiting_.empty() && std::get<Time>(*waiting_.begin()) <= now) return true;
  return breaker_.probe_at() <= now && (!waiting_.empty() || !ready_.empty());
}

Line* EndpointQueue::pick_due_retry() {
  Line* line = std::get<Line*>(*waiting_.begin());
  leave_waiting(*line);
  return line;
}

Line* EndpointQueue::pick_probe(Time now) {
  // Holds and fresh deliveries in turn: when it is only some records that the endpoint refuses, a fresh one
  // proves that it is well.
  const bool hold_first = probe_hold_next_ || ready_.empty();
  probe_hold_next_ = !hold_first;
  if (!hold_first || waiting_.empty()) {
    Line* fresh = ready_.front();
    ready_.pop_front();
    return fresh;
  }
  Line* line = std::get<Line*>(*waiting_.begin());
  if (line->due_at > now) {
    for (const auto& [due_at, id, other] : waiting_) {
      if (std::pair{other->tried_at, other->id} < std::pair{line->tried_at, line->id}) line = other;
    }
  }
  leave_waiting(*line);
  return line;
}

Line& EndpointQueue::send_next(Time now) {
  Line* line = nullptr;
  if (breaker_.failing()) {
    // Before its probe's time a failing endpoint gets only the retries that are due. They draw nobody in:
    // each fresh one that is refused is one more that comes due.
    const bool retry = breaker_.probe_at() > now;
    line = retry ? pick_due_retry() : pick_probe(now);
    line->probe = true;
    line->retry = retry;
    ++probes_in_flight_;
  } else {
    line = ready_.front();
    ready_.pop_front();
    line->probe = false;
  }
  bucket_.take(now);
  ++in_flight_;
  line->phase = LinePhase::in_flight;
  line->early = line->held && line->tries > 0 && now < line->due_at;
  line->tried_at = now;
  ++line->attempts;
  if (!line->first_sent_at) {
    line->first_sent_at = now;
    if (line->held) line->lane->partition->book.hold_changed(*line);
  }
  return *line;
}

std::optional<Time> EndpointQueue::wake_at(Time now) const {
  if (!disable_reason_.empty() && disable_said_at_) return *disable_said_at_ + limits_.disable_again;
  if (!active() || recovering()) return std::nullopt;
  if (in_flight_ >= std::max<std::uint32_t>(1, settings_.concurrency)) return std::nullopt;
  if (waiting_.empty() && ready_.empty()) return std::nullopt;
  Time at = now;
  if (breaker_.failing()) {
    if (probes_in_flight_ > 0) return std::nullopt;
    at = breaker_.probe_at();
    if (!waiting_.empty()) at = std::min(at, std::get<Time>(*waiting_.begin()));
  } else if (ready_.empty()) {
    at = std::get<Time>(*waiting_.begin());
  }
  if (paused_until_) at = std::max(at, *paused_until_);
  return std::max(at, bucket_.next_token(now));
}

void EndpointQueue::promote_due(Time now) {
  if (breaker_.failing() || !active()) return;
  while (!waiting_.empty() && std::get<Time>(*waiting_.begin()) <= now) {
    Line& line = *std::get<Line*>(*waiting_.begin());
    waiting_.erase(waiting_.begin());
    set_ready(line, false);
  }
}

std::optional<Time> EndpointQueue::next_try_at() const {
  if (!ready_.empty() || waiting_.empty() || !active()) return std::nullopt;
  Time at = std::get<Time>(*waiting_.begin());
  if (breaker_.failing()) at = std::min(at, breaker_.probe_at());
  return paused_until_ ? std::max(at, *paused_until_) : at;
}

// ---- answers

void EndpointQueue::land(Line& line, Version version) {
  DP_CHECK(line.phase == LinePhase::in_flight);
  --in_flight_;
  if (line.probe) --probes_in_flight_;
  line.probe = line.retry = false;
  if (line.front.version == 0) line.front.version = version;
}

void EndpointQueue::skipped(Line& line, Version version, Time now) {
  land(line, version);
  advance(line, now);
}

void EndpointQueue::answered(Line& line, Answer& answer, Time now) {
  store::Attempt& attempt = answer.attempt;
  const bool probe = line.probe && !line.retry;
  land(line, attempt.version);
  attempt.delivery = {settings_.id, line.key->part, line.front.seq, line.front.event_index};
  attempt.record = line.key->record->key;
  attempt.attempt = line.attempts;
  attempt.status = static_cast<std::uint16_t>(answer.status);
  line.first_sent_at = attempt.first_sent_at;
  if (is_success(answer.status)) {
    attempt.outcome = store::Outcome::delivered;
    if (line.resend || line.front.seq <= line.lane->recover_until) {
      line.lane->partition->book.not_dead(attempt.delivery);
    }
    succeeded(line, now);
    return;
  }
  if (attempt.error.empty()) attempt.error = describe_failure(answer.status);
  failed(line, probe, answer, now);
}

void EndpointQueue::succeeded(Line& line, Time now) {
  const bool closed = breaker_.succeeded(now);
  advance(line, now);
  if (!closed) return;
  // It is well again: everything held takes its turn at once. What is refused before its due time keeps its
  // schedule.
  for (const auto& [due_at, id, held] : waiting_) set_ready(*held, false);
  waiting_.clear();
}

void EndpointQueue::failed(Line& line, bool probe, Answer& answer, Time now) {
  store::Attempt& attempt = answer.attempt;
  // Refused before, and others succeeded since: this delivery is the culprit, not the endpoint.
  const bool culprit = line.refused_at && *line.refused_at != breaker_.successes();
  line.refused_at = breaker_.successes();
  if (!line.early) ++line.tries;

  std::optional<Time> due;
  if (line.early) {
    due = std::max(line.due_at, now + std::min(answer.retry_after.value_or(Millis{0}), kMaxRetryAfter));
  } else {
    due = next_try(settings_.retry_schedule, line.tries, now, answer.retry_after, jitter_.unit());
  }
  if (settings_.state == EndpointState::disabled) {
    attempt.outcome = store::Outcome::dead;
    give_up(line, "endpoint disabled", now);
    return;
  }
  if (is_gone(answer.status)) {
    disable_reason_ = "the endpoint answered 410 Gone";
    due.reset();
  }
  if (due) {
    attempt.outcome = store::Outcome::retrying;
    hold(line, false, now);
    drop_rest(line);
    line.due_at = *due;
    set_waiting(line);
    line.lane->partition->book.hold_changed(line);
    hold_stragglers(*line.lane, now);
  } else {
    attempt.outcome = store::Outcome::dead;
    give_up(line, attempt.error, now);
  }

  if (pauses_endpoint(answer.status) && answer.retry_after) {
    const Time until = now + std::min(*answer.retry_after, kMaxRetryAfter);
    paused_until_ = std::max(paused_until_.value_or(until), until);
  }
  if (breaker_.failing() && !probe) {
    // Sent before the endpoint was known to fail, or for its own sake: says nothing new.
  } else if (culprit) {
    breaker_.failed_again(now, jitter_.unit());
  } else if (breaker_.failed(now, jitter_.unit())) {
    rewind(now);
  }
  disable_if_hopeless(attempt.error, now);
}

void EndpointQueue::give_up(Line& line, const std::string& reason, Time now) {
  line.lane->partition->book.dead(
      store::DeadDelivery{.delivery = {settings_.id, line.key->part, line.front.seq, line.front.event_index},
                          .record = line.key->record->key,
                          .tries = line.tries,
                          .first_sent_at = line.first_sent_at,
                          .died_at = now,
                          .reason = reason});
  advance(line, now);
}

void EndpointQueue::disable_if_hopeless(const std::string& last_error, Time now) {
  if (!disable_reason_.empty() || !breaker_.failing()) return;
  const Time since = *breaker_.failing_since();
  if (now - since < limits_.disable_after) return;
  disable_reason_ = "no success since " + iso_seconds(breaker_.last_success_at().value_or(since)) +
                    ", last failure: " + last_error;
}

std::optional<std::string> EndpointQueue::take_disable_reason(Time now) {
  if (disable_reason_.empty()) return std::nullopt;
  if (disable_said_at_ && now - *disable_said_at_ < limits_.disable_again) return std::nullopt;
  disable_said_at_ = now;
  return disable_reason_;
}

}  // namespace deltapost::delivery
