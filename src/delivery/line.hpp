// Line: what waits for one record at one endpoint, one behind the other: at most one of them is in flight.
// Where order does not matter, and for a resend, a line holds a single delivery.
//
// A line begins in its lane's window. When its delivery fails, or would keep the window's front back for too
// long, the line is held: it leaves the window, a Hold row remembers it, and the endpoint's position moves
// past it. Of what comes behind the front of a held line, memory keeps only a little; the rest is read again
// from the record's history.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

#include "delivery/entry.hpp"
#include "delivery/window.hpp"
#include "store/types.hpp"

namespace deltapost::delivery {

struct Lane;

struct LineKey {
  RecordPtr record;
  store::Part part = 0;
  store::Seq seq = 0;  // 0: the record's line; else that of the one delivery
  std::uint32_t event_index = 0;

  friend bool operator==(const LineKey& a, const LineKey& b) {
    return a.seq == b.seq && a.event_index == b.event_index && a.part == b.part &&
           (a.record == b.record || (a.record->hash == b.record->hash && a.record->key == b.record->key));
  }
};

struct LineKeyHash {
  // Not noexcept: the table then keeps the hash beside each key, and going past another's key looks at no
  // record of it, which lies out of the processor's caches.
  std::size_t operator()(const LineKey& key) const {
    return key.record->hash ^ (key.seq * 0x9e3779b97f4a7c15ULL + key.event_index);
  }
};

/// One delivery that waits in a line.
struct Item {
  store::Seq seq = 0;
  std::uint32_t event_index = 0;
  Version version = 0;    // 0: not known yet (restored from a hold)
  EntryPtr entry;         // null: to be read again when it is sent
  Window::Slot slot = 0;  // where it stands in the window; meaningless once the line is held
};

enum class LinePhase : std::uint8_t {
  ready,      // waits for its turn
  in_flight,  // a request is under way
  waiting,    // held, until due_at
  reading,    // held, its front is settled; the record's history is asked for what comes next
  parked,     // restored from a hold ahead of the lane's position: waits until the lane has read that far
};

struct Line {
  Line() = default;
  Line(const Line&) = delete;
  Line& operator=(const Line&) = delete;

  const LineKey* key = nullptr;  // of the map's node
  Lane* lane = nullptr;
  std::uint64_t id = 0;  // in order of making; breaks ties
  LinePhase phase = LinePhase::ready;
  bool held = false;
  bool truncated = false;  // more follows in the record's history, up to what the lane has read
  bool resend = false;     // asked for by a user
  bool early = false;      // the attempt in flight came before it was due and does not use up the schedule
  bool probe = false;      // the attempt in flight is the one that a failing endpoint gets
  bool retry = false;  // of a probe: it is due by itself, and not the breaker's, which has a time of its own
  bool persisted = false;  // the store has a hold row for it

  Item front;
  std::vector<Item> rest;  // behind the front, ascending

  std::uint32_t tries = 0;     // of the front, those that count for the schedule
  std::uint32_t attempts = 0;  // of the front, all of them as far as this process knows
  std::optional<Time> first_sent_at;
  Time due_at{};
  Time tried_at{};                          // last
  std::optional<std::uint64_t> refused_at;  // Breaker::successes() when it last failed
  Version history_after = 0;                // where reading the record's history goes on
  std::uint32_t history_serial = 0;

  bool alone() const { return key->seq != 0; }
  store::HoldScope scope() const { return alone() ? store::HoldScope::delivery : store::HoldScope::record; }
  /// The last delivery that is in the line's memory.
  const Item& last() const { return rest.empty() ? front : rest.back(); }
};

using LineTable = std::unordered_map<LineKey, Line, LineKeyHash>;

}  // namespace deltapost::delivery
