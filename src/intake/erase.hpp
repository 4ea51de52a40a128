// Erasing a person: their values go out of the record, its changes, the receipts and the attempts. What stays
// is that there was a record, when it changed and through whom, and the chain of hashes through its changes.
// Whoever gets its events is told that it was deleted.
#pragma once

#include "base/result.hpp"
#include "store/draft.hpp"

namespace deltapost::intake {

/// What is left of a record's document: its id, when it was made, and when it was deleted and erased.
JsonObject erased_document(const JsonObject& document, Time now);

/// True when this erased it, false when it was erased before. Fault::not_found. After the commit,
/// Store::scrub makes sure that the file holds nothing of it either, and LogTail::forget does so for the
/// memory.
Result<bool> erase(store::Draft& draft, const RecordKey& key, const Origin& origin);

}  // namespace deltapost::intake
