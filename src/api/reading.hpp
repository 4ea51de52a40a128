// Reading: what leads and contacts have in common when they are read: one of them now or at a time, and its
// history.
#pragma once

#include <functional>

#include "api/call.hpp"
#include "base/result.hpp"

namespace deltapost::api {

/// The record, or with `?at=` as it was then. Fault::not_found when it does not exist or did not exist yet.
Result<Record> read_record(Services& services, const Call& call, const RecordKey& key);

/// The record; Fault::not_found when it was deleted, too.
Result<Record> live_record(Services& services, const RecordKey& key);

/// How a list of an account's endpoints, sources … is called and paged.
struct ListShape {
  std::string_view listing;  // what its cursors are signed for
  std::string_view member;   // of the answer
  std::size_t default_page = 20, max_page = 100;
};
/// One page of an account's records of a kind that are not deleted, by id.
net::Reply list_kind(Services& services, const Call& call, Kind kind, const ListShape& shape,
                     const std::function<JsonObject(const Record&)>& present);

/// GET …/changes: one page of the record's audit trail.
net::Reply history_page(Services& services, const Call& call, const RecordKey& key);

/// A record's id as JSON shows it: a number for contacts, a text for others.
Json wire_id_json(const RecordKey& key);

/// A log entry as the feed and the history show it; without its position. A redacted one has "redacted":
/// true in place of changes.
Result<JsonObject> present_change(const store::LogEntry& entry);

}  // namespace deltapost::api
