// Contacts, in iClosed's shape: what may be written to one, and what a write makes of it. Pure functions.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "record/edit.hpp"
#include "record/json.hpp"

namespace deltapost::contact {

inline constexpr std::array<std::string_view, 5> kStatuses{"POTENTIAL", "QUALIFIED", "DISQUALIFIED",
                                                           "STRATEGY_CALL_BOOKED", "DISCOVERY_CALL_BOOKED"};

inline constexpr std::uint64_t kMaxId = (std::uint64_t{1} << 53) - 1;
inline constexpr std::size_t kMaxNameCharacters = 25;
inline constexpr std::size_t kMaxPhoneCharacters = 20;
inline constexpr std::size_t kMaxAnswers = 500;
inline constexpr unsigned kMaxAnswerNumber = 9999;
inline constexpr std::size_t kMaxLabelCharacters = 500;
inline constexpr std::size_t kMaxAnswerCharacters = 16 << 10;
inline constexpr std::size_t kMaxTrackingMembers = 200;
inline constexpr std::size_t kMaxQueryBytes = 8 << 10;

/// The document of a new contact, every field of the shape present, in the order of the vendor's own sample:
/// id, userId, accountId, firstName, lastName, email, phoneNumber, secondary_email, secondary_phoneNumber,
/// status, createdAt, previewId, timeZone, joinedTime, country, ipAddress, questionsAndAnswers, event,
/// tracking, latestCall, disqualifyingGroup, deletedAt. `createdAt` and `joinedTime` may be given (an import
/// keeps them) and default to now; so may `previewId`. Where nothing is given: status POTENTIAL,
/// questionsAndAnswers and tracking {}, disqualifyingGroup [], else null. The vendor's extras of creation are
/// taken, too: `utm` (a query string such as utm_source=a&utm_medium=b, each parameter a member of tracking),
/// `eventName`, `eventId` and `linkPrefix` (name, id and linkPrefix of event); Fault::invalid when one
/// contradicts what tracking or event say. `referrerUrl` and `tag` have no place in the shape and are
/// refused; tracking can hold them. Fault::invalid names the field by its dotted path.
Result<JsonObject> create(const JsonObject& input, std::uint64_t id, std::string_view preview_id, Time now);

/// What update and create take, but for the extras of creation.
std::span<const std::string_view> writable_fields();

/// The document after an update: merge semantics, null clears. Of the members that are objects
///   tracking             merges member by member, null removes one; first_utm_* is written once
///   event, latestCall    merge member by member, but one with another `id` is another one and replaces the
///   whole disqualifyingGroup   array or object; objects merge, all else replaces questionsAndAnswers  keeps
///   its two spellings consistent, see merge_answers
/// id, previewId, createdAt, joinedTime and deletedAt may be given only as they are. status cannot be null.
/// A deleted contact: Fault::not_found.
Result<Edited> update(JsonObject current, const JsonObject& patch);

/// The same in place, also on a deleted contact. Refused, it may leave a part of the patch.
Result<void> apply(JsonObject& contact, const JsonObject& patch);

/// Soft delete: deletedAt is set, all else stays. Deleting again changes nothing.
JsonObject remove(const JsonObject& current, Time now);

/// What `12_question` and `12_response` name; nullopt: the key of questionsAndAnswers is a label.
struct NumberedKey {
  unsigned number = 0;  // 0: not one that can be used
  bool question = false;
};
std::optional<NumberedKey> parse_numbered(std::string_view key);

/// questionsAndAnswers holds `N_question`/`N_response` pairs from 1 upward and, beside them, `label: answer`.
/// Answers are strings. Given a patch in either spelling (or both), the other follows:
///   a new label gets the number after the greatest, a changed answer changes both spellings;
///   N_question for a number that exists renames the question and keeps its answer unless N_response comes
///   along; a null for a label, for N_question or for N_response removes the question in both spellings; the
///   other numbers stay, so a gap can remain.
/// A whole set that was numbered by someone else is best given by its labels alone.
/// Fault::invalid when both spellings are given and contradict each other, when two questions would have one
/// label, when a new number lacks its question or its response.
/// The result holds the pairs by number, then the labels in the same order.
Result<JsonObject> merge_answers(const JsonObject& current, const JsonObject& patch);
/// The same in place.
Result<void> merge_into_answers(JsonObject& answers, const JsonObject& patch);

/// Whether a member of tracking is the first attribution, which is written once.
bool is_first_touch(std::string_view name);

/// The value of createdAt, joinedTime, previewId or deletedAt as it is kept.
Result<Json> check_fixed(std::string_view name, const Json& value);

/// The names of those first_utm_* members that a patch of `tracking` would alter although they were written
/// before: where the first attribution would get lost. update refuses them.
std::vector<std::string> rewritten_first_touch(const JsonObject& tracking, const JsonObject& patch);

/// tracking with the patch merged in. Fault::invalid for a nested value, too many members and
/// rewritten_first_touch.
Result<JsonObject> merge_tracking(const JsonObject& tracking, const JsonObject& patch);
/// The same in place. Refused, it may leave the patch merged.
Result<void> merge_into_tracking(JsonObject& tracking, const JsonObject& patch);

/// The members that a query string (`utm_source=a&utm_medium=b`, percent-encoded, + for a space) gives
/// tracking. Fault::invalid, field `utm`.
Result<JsonObject> tracking_from_query(std::string_view query);

/// The contact as answers show it: the document with `updatedAt` after ipAddress and `version` at the end.
JsonObject present(const JsonObject& document, Time updated_at, std::uint64_t version);

}  // namespace deltapost::contact
