// Contacts, in iClosed's shape: what may be written to one, and what a write makes of it. Pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/time.hpp"
#include "record/json.hpp"

namespace deltapost::contact {

inline constexpr std::uint64_t kMaxId = (std::uint64_t{1} << 53) - 1;

/// The document of a new contact, every field of the shape present, in the order of the vendor's own sample:
/// id, userId, accountId, firstName, lastName, email, phoneNumber, secondary_email, secondary_phoneNumber,
/// status, createdAt, previewId, timeZone, joinedTime, country, ipAddress, questionsAndAnswers, event, tracking,
/// latestCall, disqualifyingGroup, deletedAt.
/// `createdAt` and `joinedTime` may be given (an import keeps them) and default to now.
/// Fault::invalid names the field.
Result<JsonObject> create(const JsonObject& input, std::uint64_t id, std::string_view preview_id, Time now);

/// The document after an update: merge semantics, null clears. id, createdAt and joinedTime may be given only
/// as they are; tracking.first_utm_* is written once; questionsAndAnswers keeps its two spellings consistent.
/// A deleted contact: Fault::not_found.
Result<JsonObject> update(const JsonObject& current, const JsonObject& patch);

/// Soft delete: deletedAt is set, all else stays. Deleting again changes nothing.
JsonObject remove(const JsonObject& current, Time now);

/// questionsAndAnswers holds `N_question`/`N_response` pairs from 1 upward and, beside them, `label: answer`.
/// Given a patch in either spelling (or both), the other follows: a new label gets the next number, a changed
/// answer changes both, a label set to null leaves both. Fault::invalid when both spellings are given and
/// contradict each other.
Result<JsonObject> merge_answers(const JsonObject& current, const JsonObject& patch);

/// The contact as answers show it: the document with `updatedAt` after ipAddress and `version` at the end.
JsonObject present(const JsonObject& document, Time updated_at, std::uint64_t version);

}  // namespace deltapost::contact
