// Writing: what every changing request has in common: Idempotency-Key, If-Match, the origin, the answer with
// its ETag.
#pragma once

#include "api/call.hpp"
#include "base/result.hpp"

namespace deltapost::api {

struct RecordWriteSpec {
  RecordKey key;
  intake::Decide decide;
  /// The answer's body; called on the committing thread, before the commit.
  UniqueFunction<JsonObject(const intake::Written&)> body;
  int status = 200;
  bool confidential = false;  // the answer shows a secret; remembered only sealed
  UniqueFunction<void(const std::string&)> numbered{};
  UniqueFunction<Result<std::string>(const std::optional<std::string>&)> seal{};
  UniqueFunction<Result<void>(store::Draft&, const intake::Written&)> also{};
};

/// Answers the call when the write is durable, or with a problem.
void write_record(Services& services, const Call& call, RecordWriteSpec spec, net::Respond respond);

/// The current record or Fault::not_found; for Decide functions of updates.
Result<const Record*> must_exist(const Record* current, const RecordKey& key);

}  // namespace deltapost::api
