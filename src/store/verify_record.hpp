// One record's part of verify: its changes give its document, and their chain holds.
#pragma once

#include <string>
#include <vector>

#include "store/history.hpp"

namespace deltapost::store {

/// "lead 01h… of account acme"
std::string name_of(const RecordKey& key);

struct RecordFindings {
  Record folded;                      // as its changes leave it
  std::vector<std::string> problems;  // a sentence each
  std::uint64_t snapshots = 0;        // kept documents that were compared
};

/// An error: the store could not be read.
Result<RecordFindings> check_record(Store& store, const StoredRecord& stored);

}  // namespace deltapost::store
