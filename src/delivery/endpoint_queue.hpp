// EndpointQueue: everything that is under way for one endpoint, and what may be sent next. The engine owns
// one per endpoint and tells it what was read, what was answered and what time it is.
//
// Memory: the window (EngineLimits::window deliveries), and for each held line its front alone.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <unordered_map>
#include <vector>

#include "base/random.hpp"
#include "base/rate.hpp"
#include "delivery/breaker.hpp"
#include "delivery/engine_limits.hpp"
#include "delivery/lane.hpp"
#include "delivery/line.hpp"
#include "delivery/settings.hpp"

namespace deltapost::delivery {

/// A delivery that attempts show as delivered.
struct DeliveredKey {
  store::Part part = 0;
  store::Seq seq = 0;
  std::uint32_t event_index = 0;
  friend auto operator<=>(const DeliveredKey&, const DeliveredKey&) = default;
};
/// Sorted.
using DeliveredSet = std::vector<DeliveredKey>;

/// What the endpoint answered, or that it did not (status 0).
struct Answer {
  int status = 0;
  std::optional<Millis> retry_after;
  store::Attempt
      attempt;  // version, event_type, event_id, at, first_sent_at, latency_ms, error, response are filled
};

class EndpointQueue {
 public:
  EndpointQueue(EndpointHandle handle, EndpointSettings settings, const EngineLimits& limits, Random& jitter);

  EndpointHandle handle() const { return handle_; }
  const EndpointSettings& settings() const { return settings_; }
  const Breaker& breaker() const { return breaker_; }

  // ---- settings and partitions

  void edit(EndpointSettings settings, Time now);
  void restore(Partition& log, const store::Lag& lag);
  void restore(Partition& log, const store::Hold& hold, Time now);
  /// The partition is not ours any more: all of it goes, without a trace in the book.
  void drop_partition(const Partition& log);

  // ---- the log

  /// Null: nothing was ever under way there, the endpoint follows the shared read.
  Lane* find_lane(store::Part part) const;
  Lane& lane(Partition& log);
  /// May take one more entry now.
  bool takes() const;
  /// How many entries a lagging lane may read now; 0: none.
  std::size_t room() const;
  /// Whether this delivery is to be made at all, as far as recovering goes.
  bool wants(const Lane* lane, const Entry& entry, std::uint32_t event_index) const;
  /// Whether a line of its own has this delivery already: a resend, or a hold from a time without order.
  bool has_alone(const Entry& entry, std::uint32_t event_index);
  /// Queues a delivery. The caller asked takes() before the entry's first one.
  void push(Lane& lane, const EntryPtr& entry, std::uint32_t event_index, Time now);
  /// The lane has read up to `seq`: holds that were restored from there take part again.
  void pass(Lane& lane, store::Seq seq);
  /// Lanes that do not follow the shared read.
  const std::vector<Lane*>& detached() const { return detached_; }
  void detach(Lane& lane, store::Seq read_to);
  void attach(Lane& lane);

  // ---- sending

  bool can_send(Time now) const;
  std::uint32_t in_flight() const { return in_flight_; }
  /// The line whose front is to be sent now; can_send() said yes. It is in flight afterwards.
  Line& send_next(Time now);
  /// When can_send() may become true without anything else happening.
  std::optional<Time> wake_at(Time now) const;
  /// Lets held lines whose time has come take their turn.
  void promote_due(Time now);

  /// The answer to the line's request; fills the attempt's outcome. The line may be gone afterwards.
  void answered(Line& line, Answer& answer, Time now);
  /// The front is not for this endpoint any more: it counts as settled, without an attempt.
  void skipped(Line& line, Version version, Time now);

  // ---- history

  /// Lines whose history is to be read; the caller empties it.
  std::vector<Line*>& history_wanted() { return history_wanted_; }
  Line* find_line(const LineKey& key);
  /// What the line's record meant for this endpoint behind its front, as far as it was read. `more`: the
  /// history goes on after `read_version`.
  void history_read(Line& line, std::vector<Item> items, Version read_version, bool more, Time now);

  // ---- asked for by users

  void resend(Partition& log, const EntryPtr& entry, std::uint32_t event_index,
              std::optional<Time> first_sent_at, Time now);
  /// Goes back to `position` in each partition once nothing is in flight.
  void recover(std::vector<std::pair<Partition*, store::Seq>> positions, Time from);
  /// Does what recover() asked for, if nothing is in flight any more.
  void recover_when_idle(Time now);
  /// Since when the runner is to load what was delivered, once everything in flight is answered.
  std::optional<Time> delivered_wanted() const;
  void delivered_loaded(DeliveredSet delivered);
  /// Ends recovering in the lane once everything up to its mark is settled.
  void end_recovery_if_done(Lane& lane);

  /// Gives back to the log what was not begun, and holds the rest: what is remembered then repeats nothing
  /// but what is in flight.
  void put_away(Time now) { rewind(now); }
  /// Why the endpoint is to be disabled, said once, and again when nobody listened.
  std::optional<std::string> take_disable_reason(Time now);

  // ---- state, for status pages and tests

  std::size_t pending() const { return pending_; }
  std::size_t held() const { return held_; }
  /// Deliveries in memory, held ones included.
  std::size_t in_memory() const { return items_; }
  std::optional<Time> next_try_at() const;

 private:
  using Waiting = std::set<std::tuple<Time, std::uint64_t, Line*>>;

  bool active() const;
  bool recovering() const { return recovery_asked_ || delivered_wanted_; }

  // lines
  Line& make_line(LineKey key, Lane& lane, Item front);
  void remove_line(Line& line);
  void append(Line& line, Item item, Time now);
  void drop_rest(Line& line);
  void set_ready(Line& line, bool first);
  void set_waiting(Line& line);
  void leave_waiting(Line& line);
  void leave_parked(Line& line);
  /// Takes the line out of the window; a hold row remembers it.
  void hold(Line& line, bool keep_rest, Time now);
  /// A held line looks after this entry: going back must not go behind it.
  static void mark_settled(Lane& lane, store::Seq seq);
  void hold_stragglers(Lane& lane, Time now);
  /// The line's front is settled: goes on to what is behind it.
  void advance(Line& line, Time now);
  void start_front(Line& line, Item item, Time now);
  void resume(Line& line, bool first);

  // answers
  void land(Line& line, Version version);
  void succeeded(Line& line, Time now);
  void failed(Line& line, bool probe, Answer& answer, Time now);
  void give_up(Line& line, const std::string& reason, Time now);
  bool probe_possible(Time now) const;
  Line* pick_due_retry();
  Line* pick_probe(Time now);
  void disable_if_hopeless(const std::string& last_error, Time now);

  // going back
  /// Gives what was not begun back to the log.
  void rewind(Time now);
  void rebuild_ready();
  void disable(Time now);
  void recover_lane(Lane& lane, store::Seq position, Time from, Time now);

  const EndpointHandle handle_;
  EndpointSettings settings_;
  const EngineLimits& limits_;
  Random& jitter_;
  Breaker breaker_;
  TokenBucket bucket_;

  std::unordered_map<store::Part, std::unique_ptr<Lane>> lanes_;
  std::vector<Lane*> detached_;
  LineTable lines_;
  std::deque<Line*> ready_;
  Waiting waiting_;
  std::vector<Line*> history_wanted_;
  std::uint64_t next_line_id_ = 1;

  std::size_t pending_ = 0;
  std::size_t held_ = 0;
  std::size_t parked_ = 0;  // of those
  std::size_t items_ = 0;
  std::uint32_t in_flight_ = 0;
  std::uint32_t probes_in_flight_ = 0;
  bool probe_hold_next_ = true;
  std::optional<Time> paused_until_;  // the endpoint asked for a pause

  struct Recovery {
    std::vector<std::pair<Partition*, store::Seq>> positions;
    Time from{};
  };
  std::optional<Recovery> recovery_asked_;
  std::optional<Time> delivered_wanted_;
  DeliveredSet delivered_;

  std::string disable_reason_;  // not empty: nothing more is sent
  std::optional<Time> disable_said_at_;
};

}  // namespace deltapost::delivery
