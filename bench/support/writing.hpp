// Updates, written the way requests write them.
#pragma once

#include <cstddef>

#include "record/record.hpp"
#include "store/store.hpp"
#include "tests/support/manual_clock.hpp"

namespace deltapost::bench {

/// Changes in a group: what a server under load commits at once.
inline constexpr std::size_t kGroup = 64;

class Writing {
 public:
  /// Puts kGroup records of the kind into the store, which outlives this.
  Writing(store::Store& store, Kind kind);

  /// One update of each record: its body parsed, decided, merged and compared by intake::Writer, committed in
  /// one group of kGroup, answered with the record as text. All wait before the committing thread starts, so
  /// that the group is always the same.
  void update_all();

 private:
  void write_all(bool create);

  store::Store& store_;
  const Kind kind_;
  testing::ManualClock clock_;
  std::size_t turn_ = 0;
};

}  // namespace deltapost::bench
