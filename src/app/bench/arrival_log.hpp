// ArrivalLog: notes every webhook that comes in, as cheaply as can be; judged when the run is over.
#pragma once

#include <atomic>
#include <string>
#include <string_view>
#include <vector>

#include "app/bench/judge.hpp"

namespace deltapost::app::bench {

/// Nanoseconds of the steady clock, on which all of a run's times are.
std::int64_t now_ns();

class ArrivalLog {
 public:
  /// `id_mark`: the text in a webhook's body behind which the record's number stands. `counted`: the
  /// endpoints (0 to counted-1) whose arrivals count().
  ArrivalLog(std::string id_mark, std::uint32_t counted);

  /// One thread. `path`: "/<endpoint>".
  void note(std::string_view path, std::uint64_t version, std::string_view body);

  /// Any thread.
  std::uint64_t count() const { return count_.load(std::memory_order_relaxed); }
  std::int64_t last_ns() const { return last_ns_.load(std::memory_order_relaxed); }

  /// When nobody notes any more.
  const std::vector<Arrival>& all() const { return all_; }

 private:
  std::string id_mark_;
  std::uint32_t counted_;
  std::vector<Arrival> all_;
  std::atomic<std::uint64_t> count_ = 0;
  std::atomic<std::int64_t> last_ns_ = 0;
};

}  // namespace deltapost::app::bench
