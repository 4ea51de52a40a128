// The judge: what was acknowledged against what arrived. A run that lost or reordered something has no speed.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace deltapost::app::bench {

/// A change that was answered as durable. Times are nanoseconds of the steady clock.
struct Acknowledged {
  std::int64_t answered_ns = 0;
  std::uint32_t record = 0;  // 0, 1, 2 …
  std::uint32_t version = 0;
  float waited_ms = 0;  // from when it was (to be) sent
};

/// A webhook that came to an endpoint.
struct Arrival {
  std::int64_t at_ns = 0;
  std::uint32_t endpoint = 0;
  std::uint32_t record = 0;
  std::uint32_t version = 0;
};

struct Verdict {
  std::uint64_t lost = 0;       // versions that some endpoint never got
  std::uint64_t reordered = 0;  // came after a newer one of their record
  std::uint64_t repeated = 0;   // came again
  std::uint64_t unasked = 0;    // came to an endpoint that was to get nothing of the kind

  bool void_run() const { return lost > 0 || reordered > 0; }
};

struct Owed {
  std::uint32_t endpoints = 1;      // 0 to endpoints-1 get every change
  std::uint32_t excused = 0;        // the next so many may miss some (slow, dead), but not mix them up
  std::uint32_t first_version = 2;  // what a record has before it is not waited for
};

class Judge {
 public:
  /// `arrivals` in their order. Owed are all versions of a record from the first to its greatest acknowledged
  /// one: no version is skipped, so one without an acknowledgement (its answer was lost) is owed, too.
  Judge(std::span<const Acknowledged> acknowledged, std::span<const Arrival> arrivals, const Owed& owed);

  const Verdict& verdict() const { return verdict_; }
  /// From when to the first arrival of a change at each endpoint that is owed it.
  enum class Since { request, answer };
  /// Sorted. A receipt that overtook its answer was not late at all: 0 since the answer.
  std::vector<float> delays_ms(std::span<const Acknowledged> acknowledged, Since since) const;

 private:
  static constexpr std::size_t kNowhere = ~std::size_t{0};
  void give_places(std::span<const Acknowledged> acknowledged);
  std::size_t place(std::uint32_t record, std::uint32_t version) const;

  Owed owed_;
  Verdict verdict_;
  // Every owed version has a place: those of record 0, then those of record 1 …
  std::vector<std::uint32_t> last_;  // by record: its greatest acknowledged version
  std::vector<std::size_t> begin_;   // by record: the place of its first owed version
  std::size_t places_ = 0;
  std::vector<std::int64_t> first_arrival_;  // by endpoint, by place; 0: none
};

}  // namespace deltapost::app::bench
