// Writing: what every changing request has in common: Idempotency-Key, If-Match, the origin, the answer with
// its ETag.
#pragma once

#include "api/call.hpp"
#include "base/result.hpp"
#include "record/json_writer.hpp"

namespace deltapost::api {

/// A JSON text; an object becomes one by itself.
struct AnswerBody {
  AnswerBody(std::string json) : text(std::move(json)) {}          // NOLINT: meant to convert
  AnswerBody(const JsonObject& object) : text(to_text(object)) {}  // NOLINT: likewise
  std::string text;
};

struct RecordWriteSpec {
  RecordKey key;
  intake::Decide decide;
  /// The answer's body; called on the committing thread, before the commit.
  UniqueFunction<AnswerBody(const intake::Written&)> body;
  int status = 200;
  bool confidential = false;  // the answer shows a secret; remembered only sealed
  UniqueFunction<void(const std::string&)> numbered{};
  UniqueFunction<Result<std::string>(const std::optional<std::string>&)> seal{};
  UniqueFunction<Result<void>(store::Draft&, const intake::Written&)> also{};
};

/// Answers the call when the write is durable, or with a problem.
void write_record(Services& services, const Call& call, RecordWriteSpec spec, net::Respond respond);

/// The record as answers show it, as the next value: from the text that was just stored, where there is one.
void write_written(JsonWriter& out, const intake::Written& written);

/// The current record or Fault::not_found; for Decide functions of updates.
Result<const Record*> must_exist(const Record* current, const RecordKey& key);
/// The same, and Fault::not_found when it was deleted, too.
Result<const Record*> must_be_live(const Record* current, const RecordKey& key);

/// DELETE of what has secrets beside it: the record is marked, its secrets go. Answers 204.
void delete_with_secrets(Services& services, const Call& call, const RecordKey& key, net::Respond respond);

/// What lies sealed beside its record would change unseen: these numbers in the document tell of it.
inline constexpr std::string_view kSecretRevision = "secretRevision";
inline constexpr std::string_view kTokenRevision = "tokenRevision";
inline constexpr std::string_view kHeadersRevision = "headersRevision";
void raise_revision(JsonObject& document, std::string_view name);

/// How long a secret that was rotated out is still good, and how many are at once, however often one is
/// rotated.
inline constexpr std::chrono::hours kRotationOverlap{24};
inline constexpr std::size_t kMaxLiveSecrets = 5;

}  // namespace deltapost::api
