// History: a record as it was, folded from its changes.
#pragma once

#include "base/result.hpp"
#include "record/record.hpp"
#include "store/store.hpp"

namespace deltapost::store {

/// The record as its version `version` left it. Fault::not_found when the record has no such version, or the
/// changes that led to it were redacted (store/chain.hpp); Fault::corrupt when a change does not fit what
/// came before it.
Result<Record> at_version(Store& store, const RecordKey& key, Version version);

/// The record as it was at `time` (the last change committed at or before it). nullopt: it did not exist yet.
Result<std::optional<Record>> at_time(Store& store, const RecordKey& key, Time time);

/// The record as it was where its partition's log stood at `seq`; nullopt: it did not exist yet. Goes back
/// from `newest`, which it is now, a change at a time, so it is meant for places near the log's end.
/// Fault::not_found when a change on the way was redacted, Fault::corrupt when one does not fit.
Result<std::optional<Record>> at_seq(Store& store, const StoredRecord& newest, Seq seq);

/// One step forward: `record` as its next version leaves it. An entry of the version that it already stands
/// at only tells its times. Fault::corrupt when the change does not fit, Fault::not_found when it was
/// redacted.
Result<void> follow(Record& record, const LogEntry& entry);

/// What was stored was within the limits of its day; reading it back asks less.
inline constexpr JsonLimits kStoredJsonLimits{.max_depth = 64, .max_bytes = 64u << 20};

/// Parses a stored row.
Result<Record> to_record(StoredRecord stored);
/// Parses a log entry. Fault::not_found when it was redacted.
Result<Change> to_change(const LogEntry& entry);

}  // namespace deltapost::store
