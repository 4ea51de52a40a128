// ProgressBook: what delivery has to remember of one partition since it was last written down. Collects, and
// settles what cancels itself out, so that a hold that comes and goes between two writes costs nothing.
#pragma once

#include <cstddef>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "delivery/line.hpp"
#include "store/types.hpp"

namespace deltapost::delivery {

/// The row that remembers a held line.
store::Hold hold_of(const Line& line);

class ProgressBook {
 public:
  const store::Attempt& attempt(store::Attempt attempt);
  void dead(store::DeadDelivery dead);
  /// The delivery is no longer dead, if it was.
  void not_dead(const store::DeliveryKey& delivery);

  /// The held line is new or has changed.
  void hold_changed(Line& line);
  /// The line is no longer held, or about to go. Also for lines that never were.
  void hold_gone(Line& line);
  /// The lane's position may have changed.
  void lane_changed(Lane& lane) { lanes_.insert(&lane); }

  /// The endpoint was deleted: nothing of it is written any more, and what the store has goes.
  void forget(const EndpointId& endpoint);

  /// Something other than the cursor has to be written.
  bool dirty() const;
  std::size_t attempts() const { return rows_.attempts.size(); }
  const std::unordered_set<Lane*>& changed_lanes() const { return lanes_; }

  /// Everything but cursor and lags, which the caller adds; the book is empty afterwards.
  store::DeliveryProgress take();

 private:
  struct GoneKey {
    EndpointId endpoint;
    LineKey line;
    friend bool operator==(const GoneKey&, const GoneKey&) = default;
  };
  struct GoneHash {
    std::size_t operator()(const GoneKey& key) const noexcept {
      return LineKeyHash{}(key.line) ^ std::hash<EndpointId>{}(key.endpoint);
    }
  };

  store::DeliveryProgress rows_;
  std::unordered_set<Line*> holds_;
  std::unordered_set<Lane*> lanes_;
  std::unordered_map<GoneKey, store::Hold, GoneHash> gone_;  // rows in the store whose line is no longer held
};

}  // namespace deltapost::delivery
