// ChangeReader: the changes of the log as the runner looks at them. Keeps those of a partition that were read
// last, so that an endpoint that lags a little has none read anew; what was read before something was erased
// is not given out again.
//
// One thread, the runner's.
#pragma once

#include <memory>
#include <vector>

#include "delivery/document_reader.hpp"
#include "delivery/logged_change.hpp"
#include "store/log_tail.hpp"

namespace deltapost::delivery {

using ChangePtr = std::shared_ptr<const LoggedChange>;

class ChangeReader {
 public:
  struct Page {
    std::vector<EntryPtr> entries;
    store::Seq read_up_to = 0;
  };

  /// Both outlive it, and it outlives the changes that it gives out.
  ChangeReader(store::LogTail& tail, store::Store& store);

  /// From now on changes of the partition are kept; until then, and after close, they are only read.
  void open(store::Part part);
  void close(store::Part part);

  /// As LogTail::read.
  Result<Page> read(store::Part part, store::Seq after, std::size_t limit);
  /// As Store::history.
  Result<std::vector<EntryPtr>> history(const RecordKey& record, const store::HistoryQuery& query);
  /// Fault::not_found.
  Result<ChangePtr> at(store::Part part, store::Seq seq);

  /// Whether nothing was erased since it was read.
  bool is_current(const LoggedChange& change) const;

 private:
  ChangePtr known(store::Part part, store::Seq seq) const;
  ChangePtr keep(store::LogEntryPtr row, std::uint64_t erasures);

  store::LogTail& tail_;
  store::Store& store_;
  DocumentReader documents_;
  std::uint64_t erasures_seen_ = 0;
  std::vector<std::vector<ChangePtr>> recent_;  // by partition: a ring, by seq; empty: closed
};

}  // namespace deltapost::delivery
