// Reading: what leads and contacts have in common when they are read: one of them now or at a time, and its
// history.
#pragma once

#include <functional>

#include "api/call.hpp"
#include "base/result.hpp"

namespace deltapost::api {

/// The record, or with `?at=` as it was then. Fault::not_found when it does not exist or did not exist yet.
Result<Record> read_record(Services& services, const Call& call, const RecordKey& key);

/// The record of an endpoint; Fault::not_found when it was deleted, too.
Result<Record> live_endpoint(Services& services, const RecordKey& key);

/// GET …/changes: one page of the record's audit trail.
net::Reply history_page(Services& services, const Call& call, const RecordKey& key);

/// A record's id as JSON shows it: a number for contacts, a text for others.
Json wire_id_json(const RecordKey& key);

/// A log entry as the feed and the history show it; without its position. A redacted one has "redacted":
/// true in place of changes.
Result<JsonObject> present_change(const store::LogEntry& entry);

}  // namespace deltapost::api
