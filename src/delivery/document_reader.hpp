// DocumentReader: a record's document after a change. From the entry when it is there; from the record when
// nothing has changed it since; else folded from history. Who reads the changes of many records one after the
// other, as an endpoint does that was away, gets each for one step. What is followed is kept as text: it
// takes a fifth of the memory, and whoever asks wants a document of his own anyway.
//
// One thread.
#pragma once

#include <list>
#include <optional>
#include <string>
#include <unordered_map>

#include "record/record.hpp"
#include "store/store.hpp"

namespace deltapost::delivery {

struct DocumentReaderLimits {
  std::size_t max_bytes = 32u << 20;  // of the records that are being followed, about
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
    RecordKey key;
    Version version = 0;
    std::string document;
    std::size_t bytes() const;
  };
  using Order = std::list<Followed>;  // the one that was asked for last is first

  /// nullopt: the entry is not the next one of what is being followed.
  std::optional<JsonObject> follow(Followed& followed, const store::LogEntry& entry);
  Result<Record> read(const store::LogEntry& entry);
  void keep(Followed followed);
  void drop(Order::iterator followed);
  void drop_beyond_limit();

  store::Store& store_;
  const DocumentReaderLimits limits_;
  Order followed_;
  std::unordered_map<RecordKey, Order::iterator> by_key_;
  std::size_t bytes_ = 0;
};

}  // namespace deltapost::delivery
