// History: a record as it was, folded from its changes.
#pragma once

#include "base/result.hpp"
#include "record/record.hpp"
#include "store/store.hpp"

namespace deltapost::store {

/// The record as its version `version` left it. Fault::not_found when the record has no such version,
/// Fault::corrupt when a change does not fit what came before it.
Result<Record> at_version(Store& store, const RecordKey& key, Version version);

/// The record as it was at `time` (the last change committed at or before it). nullopt: it did not exist yet.
Result<std::optional<Record>> at_time(Store& store, const RecordKey& key, Time time);

/// Parses a stored row.
Result<Record> to_record(const StoredRecord& stored);
/// Parses a log entry.
Result<Change> to_change(const LogEntry& entry);

}  // namespace deltapost::store
