// Lane: where one endpoint stands in one partition's log.
#pragma once

#include <optional>
#include <vector>

#include "delivery/progress_book.hpp"
#include "delivery/window.hpp"
#include "store/types.hpp"

namespace deltapost::delivery {

class EndpointQueue;

/// A partition that this node delivers for. `shared` is how far the engine has handed its log out to the
/// endpoints that keep up; they have no position of their own.
struct Partition {
  store::Part part = 0;
  store::Epoch epoch = 0;
  store::Seq shared = 0;
  store::Seq head = 0;  // of the log, as far as the engine was told
  store::Seq saved_cursor = 0;
  bool reading = false;
  bool at_end = false;  // the last shared read came back empty and nothing was appended since
  std::uint32_t read_serial = 0;
  std::size_t unsaved_attempts = 0;  // taken, not yet known to be committed
  ProgressBook book;
};

struct Lane {
  Lane(EndpointQueue& queue, Partition& log) : owner(&queue), partition(&log) {}
  Lane(const Lane&) = delete;
  Lane& operator=(const Lane&) = delete;

  EndpointQueue* const owner;
  Partition* const partition;
  Window window;

  bool attached = true;        // follows the shared read; else reads the log by itself, from read_to
  store::Seq own_read_to = 0;  // while detached
  bool reading = false;
  std::uint32_t read_serial = 0;

  std::vector<Line*> parked;  // the one with the smallest seq last

  store::Seq recover_until = 0;  // while not 0: what was delivered up to here is not sent again
  Time recover_from{};
  std::optional<store::Lag> saved;  // the row that the store has

  /// Every entry up to here was looked at.
  store::Seq read_to() const { return attached ? partition->shared : own_read_to; }
  /// Everything up to here is delivered, held, dead or not for this endpoint.
  store::Seq position() const { return window.empty() ? read_to() : window.front_seq() - 1; }
  void detach(store::Seq at) {
    attached = false;
    own_read_to = at;
    partition->book.lane_changed(*this);
  }
};

}  // namespace deltapost::delivery
