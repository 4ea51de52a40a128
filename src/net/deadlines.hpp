// Deadlines: time limits of thousands of connections and exchanges at the price of one timer. A tick walks
// all that are set and calls those that are over; setting or clearing one costs next to nothing. They are
// late by at most a tick.
#pragma once

#include <boost/intrusive/list.hpp>
#include <chrono>
#include <memory>

#include "base/unique_function.hpp"
#include "net/types.hpp"

namespace deltapost::net {

/// One limit. It leaves the list by itself when it is destroyed.
class Deadline
    : public boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
 public:
  /// `on_expired` runs at most once per set(), on the loop's thread. It may set, clear and destroy other
  /// deadlines, and this one as its last act.
  explicit Deadline(UniqueFunction<void()> on_expired) : on_expired_(std::move(on_expired)) {}

  void clear() { unlink_if_set(); }

 private:
  friend class Deadlines;
  void unlink_if_set() {
    if (is_linked()) unlink();
  }

  SteadyClock::time_point due_{};
  UniqueFunction<void()> on_expired_;
};

/// The loop's thread alone.
class Deadlines {
 public:
  Deadlines(asio::io_context& context, std::chrono::milliseconds tick) : timer_(context), tick_(tick) {}

  void set(Deadline& deadline, SteadyClock::time_point due);

 private:
  using List = boost::intrusive::list<Deadline, boost::intrusive::constant_time_size<false>>;
  void arm();
  void expire(SteadyClock::time_point now);

  Timer timer_;
  std::chrono::milliseconds tick_;
  bool armed_ = false;
  List set_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace deltapost::net
