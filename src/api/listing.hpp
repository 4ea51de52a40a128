// Listing: records in the order of time. The log already is that order, so no index on times is kept: a
// record stands where its creation, or its last change, stands in the log.
//
// A page looks at a bounded stretch of the log and may therefore be short, even empty, and still have a next
// one.
#pragma once

#include <optional>
#include <vector>

#include "api/call.hpp"
#include "base/result.hpp"

namespace deltapost::api {

struct LogListing {
  enum class By { last_change, creation };
  Kind kind = Kind::lead;
  By by = By::last_change;
  Time since{};                         // inclusive
  std::optional<Time> created_since{};  // a filter when the order is that of changes
  std::size_t limit = 100;
};

struct LogListingPage {
  std::vector<store::StoredRecord> records;
  Json next;  // the cursor as text, or null at the end
};

/// Continues at the call's `nextToken` when it has one; the token then says the order and the filter, not
/// `listing`.
Result<LogListingPage> list_by_log(Services& services, const Call& call, LogListing listing);

/// Reads the logs of all partitions as one, by commit time.
class MergedLog {
 public:
  /// `positions`: one per partition.
  MergedLog(store::LogTail& tail, std::vector<store::Seq> positions);
  /// The next entry, or null at the end of all logs.
  Result<store::LogEntryPtr> next();
  /// Behind the last entry that next() gave.
  const std::vector<store::Seq>& positions() const { return positions_; }

 private:
  Result<void> fill(store::Part part);

  store::LogTail& tail_;
  std::vector<store::Seq> positions_;
  struct Buffer {
    std::vector<store::LogEntryPtr> entries;
    std::size_t at = 0;
    bool ended = false;
  };
  std::vector<Buffer> buffers_;
};

/// Positions as a cursor holds them, and back; nullopt when they do not fit the store.
JsonArray positions_to_json(const std::vector<store::Seq>& positions);
std::optional<std::vector<store::Seq>> positions_from_json(const Json& value, store::Part partitions);

}  // namespace deltapost::api
