// LogTail: the newest entries of every partition's log, kept in memory with their documents, in front of the
// store. Whoever follows the log from a cursor reads here; only one that is far behind touches the store.
//
// Any thread. `append` is called by the committing thread alone, in log order.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <vector>

#include "store/store.hpp"

namespace deltapost::store {

struct LogTailLimits {
  std::size_t max_entries = 4096;     // per partition
  std::size_t max_bytes = 32u << 20;  // documents and diffs, all partitions together
};

/// As LogPage, with entries that all readers share.
struct TailPage {
  std::vector<LogEntryPtr> entries;
  Seq read_up_to = 0;
};

class LogTail {
 public:
  explicit LogTail(Store& store, LogTailLimits limits = {});

  /// Tells the tail where the log stands before anything is appended. Call once at start.
  Result<void> start();
  /// An entry that arrives redacted tells of an erasure: its record is forgotten.
  void append(std::vector<LogEntry> entries);
  /// Lets go of what memory holds of the record; it is then read from the store, as it stands there now.
  void forget(const RecordKey& record);
  /// How often that happened. Who keeps entries of its own and finds this changed reads them anew: what was
  /// read while it stood at a number holds nothing that was erased before that.
  std::uint64_t erasures() const { return erasures_; }

  /// Like Store::read_log; entries from memory come with their documents and steps.
  Result<TailPage> read(Part part, Seq after, std::size_t limit);
  Seq head(Part part) const;
  Part partitions() const { return store_.partitions(); }

  /// Calls `wake` after each append, on the appending thread. It must be quick and must not subscribe or
  /// unsubscribe. Returns a token for unsubscribe.
  std::size_t subscribe(std::function<void()> wake);
  /// When this has returned, the function is not running and will not be called again.
  void unsubscribe(std::size_t token);

 private:
  struct Tail {
    Seq head = 0;
    std::size_t bytes = 0;
    std::deque<LogEntryPtr> entries;  // the last one is at head
  };

  void push(LogEntryPtr entry);
  void forget_all(Tail& tail);
  void drop_oldest(Tail& tail);

  Store& store_;
  LogTailLimits limits_;
  mutable std::mutex mutex_;
  std::vector<Tail> tails_;
  std::size_t bytes_ = 0;
  std::atomic<std::uint64_t> erasures_{0};
  std::mutex subscribers_mutex_;
  std::vector<std::pair<std::size_t, std::function<void()>>> subscribers_;
  std::size_t next_token_ = 1;
};

}  // namespace deltapost::store
