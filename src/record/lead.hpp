// Leads, in Apten's shape: what may be written to one, and what a write makes of it. Pure functions; the
// caller has the id, the time and the other records (a phone's uniqueness is decided where all leads can be
// seen).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/time.hpp"
#include "record/edit.hpp"
#include "record/json.hpp"

namespace deltapost::lead {

inline constexpr std::size_t kMaxInfoKeys = 500;
inline constexpr std::size_t kMaxInfoKeyBytes = 256;
inline constexpr std::size_t kMaxInfoValueBytes = 16 << 10;
inline constexpr std::size_t kMaxNameCharacters = 255;  // of a name, a customer profile, a tag
inline constexpr std::size_t kMaxSummaryCharacters = 64 << 10;
inline constexpr std::size_t kMaxTags = 100;

/// The document of a new lead. Only `phone` is required. Every field of the shape is present afterwards
/// (null, false, {} or [] where nothing was given), in the order of the shape. Shape: id, firstName,
/// lastName, phone, email, timeZone, customerProfile, additionalInfo, tags, hasReplied, isHot, isQualified,
/// isUnsubscribed, isAiOn, summary, externalLeadId, close_crm_leadId, createdAt, deleted, deletedAt.
/// Writable: firstName, lastName, phone, email, timeZone, customerProfile, additionalInfo, hasReplied, isHot,
/// isQualified, isUnsubscribed, isAiOn, summary, externalLeadId, close_crm_leadId; on creation also tags
/// (names, or {"id", "name"} as answers show them). Fault::invalid names the field by its dotted path:
/// unknown (with the closest name), of the wrong type, too long, a phone that is none, a value of
/// additionalInfo that is no string. A null in additionalInfo adds nothing.
Result<JsonObject> create(const JsonObject& input, std::string_view id, Time now);

/// What update takes; create takes tags, too.
std::span<const std::string_view> writable_fields();

/// The document after an update: merge semantics; in additionalInfo null deletes a key, elsewhere null
/// clears. A phone and the flags are never without a value: null is refused there, as for additionalInfo as a
/// whole. `id`, `createdAt`, `deleted` and `deletedAt` cannot be written, and tags only through replace_tags.
/// What the patch gives is normalised first, so an equal phone in another spelling changes nothing.
/// A deleted lead: Fault::not_found.
Result<Edited> update(JsonObject current, const JsonObject& patch);

/// The same in place, also on a deleted lead. Refused, it may leave a part of the patch.
Result<void> apply(JsonObject& lead, const JsonObject& patch);

/// Soft delete: deleted and deletedAt are set, all else stays. Deleting again changes nothing.
JsonObject remove(const JsonObject& current, Time now);

/// addContext: `context` (free text) is appended to the summary on a line of its own, `additionalInfo` is
/// merged as in update, `command` is refused (Deltapost sends no messages to leads). The same context added
/// again is added again: it is a note, not a state.
Result<Edited> add_context(JsonObject current, const JsonObject& input);

/// Replaces the tags: `tagIds`, an array of non-empty strings; repeated ones count once. A tag is kept as
/// {"id": …, "name": …}; an id that the lead had keeps its name.
Result<Edited> replace_tags(JsonObject current, const JsonObject& input);

/// The same in place, also on a deleted lead; `field`: where the array stands.
Result<void> set_tags(JsonObject& lead, const Json& tags, std::string_view field);

/// +15555555555 (E.164) from a number that starts with `+` and may hold digits, spaces, parentheses, dots and
/// hyphens; 7 to 15 digits, the first not 0. Fault::invalid otherwise, field `phone`.
Result<std::string> normalise_phone(std::string_view text);

/// The lead as answers show it: the document with `updatedAt` after createdAt and `version` at the end.
JsonObject present(const JsonObject& document, Time updated_at, std::uint64_t version);

}  // namespace deltapost::lead
