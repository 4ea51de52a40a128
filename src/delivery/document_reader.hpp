// DocumentReader: a record's document after a change. From the entry when it is there, else folded from
// history; who reads a record's changes one after the other gets each for one step.
//
// One thread.
#pragma once

#include <unordered_map>

#include "record/record.hpp"
#include "store/store.hpp"

namespace deltapost::delivery {

class DocumentReader {
 public:
  explicit DocumentReader(store::Store& store) : store_(store) {}

  Result<JsonObject> document_after(const store::LogEntry& entry);

 private:
  static constexpr std::size_t kMaxKept = 256;  // records that are being followed

  store::Store& store_;
  std::unordered_map<RecordKey, Record> kept_;
};

}  // namespace deltapost::delivery
