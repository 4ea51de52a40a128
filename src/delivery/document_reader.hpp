// DocumentReader: a record's document after a change. From the entry when it is there; from the record when
// nothing has changed it since; else folded from history. Who reads the changes of some thousand records one
// after the other, as an endpoint does that was away, gets each for one step.
//
// One thread.
#pragma once

#include <list>
#include <unordered_map>

#include "record/record.hpp"
#include "store/store.hpp"

namespace deltapost::delivery {

struct DocumentReaderLimits {
  std::size_t max_records = 4096;     // that are being followed
  std::size_t max_bytes = 32u << 20;  // their documents, about
};

class DocumentReader {
 public:
  explicit DocumentReader(store::Store& store, DocumentReaderLimits limits = {})
      : store_(store), limits_(limits) {}

  Result<JsonObject> document_after(const store::LogEntry& entry);
  /// Something was erased: nothing of it may stay in memory.
  void forget_all();

 private:
  struct Followed {
    Record record;
    std::size_t bytes = 0;
  };
  using Order = std::list<Followed>;  // the one that was asked for last is first

  Result<Record> read(const store::LogEntry& entry);
  void keep(Record record, std::size_t bytes);
  void drop(Order::iterator followed);

  store::Store& store_;
  const DocumentReaderLimits limits_;
  Order followed_;
  std::unordered_map<RecordKey, Order::iterator> by_key_;
  std::size_t bytes_ = 0;
};

}  // namespace deltapost::delivery
