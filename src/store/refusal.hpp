// The sentences with which every store refuses a batch, so that they are the same everywhere.
#pragma once

#include "store/store.hpp"

namespace deltapost::store {

/// Fault::conflict; other: the record's id.
Error version_conflict(const RecordKey& key, Version stored, Version offered);
/// Fault::conflict; other: who holds the value. The value itself is not repeated.
Error value_taken(const UniqueValue& unique, const std::string& holder);
/// Fault::stale_epoch.
Error stale_epoch(Part part, Epoch current, Epoch offered);

/// Fault::conflict, all three.
Error number_given(ReceiptNumber last, ReceiptNumber offered);
Error not_resolvable(ReceiptNumber number, bool exists);
Error no_such_record(const RecordKey& key);

}  // namespace deltapost::store
