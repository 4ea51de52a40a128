// assign: fields of a lead or contact set to values that somebody else has chosen already. Where update
// merges what a caller wrote, assign takes each field by itself, as finely as fields are merged, and trusts
// its caller with what may be overwritten; the rules about values (types, lengths, forms) are the same. Pure.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "record/json.hpp"
#include "record/path.hpp"
#include "record/record.hpp"

namespace deltapost {

/// One field. Fine are the members of additionalInfo and tracking; all else is a top-level member whole:
/// event, latestCall and disqualifyingGroup are replaced, not merged; tags is an array as the document holds
/// it.
struct Assignment {
  FieldPath path;
  std::optional<Json> value;  // nullopt: it goes (a top-level member becomes null)
};

/// A question of a contact with its answer. Both lie elsewhere and have to outlive it.
struct Answer {
  std::string_view label;
  const Json* text = nullptr;  // a string
  unsigned number = 0;         // 1 to 9999, each once
};

/// The document with the fields set, also on a deleted record. Beyond what update takes: createdAt,
/// joinedTime, previewId, first_utm_*, deleted and deletedAt. Fault::invalid names the field by its dotted
/// path.
Result<JsonObject> assign(Kind kind, JsonObject document, const std::vector<Assignment>& fields);

/// Replaces questionsAndAnswers, in both spellings. `answers` stand by number and do not lie in `contact`.
Result<void> assign_answers(JsonObject& contact, const std::vector<Answer>& answers);
/// What questionsAndAnswers holds, by number.
std::vector<Answer> answers_of(const JsonObject& contact);

/// The field's value; nullptr when it or something above it is absent. Fine paths of tags ({"tags", id}) give
/// the tag.
const Json* find_value(const JsonObject& document, const FieldPath& path);
/// A copy of it; nullopt when it is absent.
std::optional<Json> value_at(const JsonObject& document, const FieldPath& path);

}  // namespace deltapost
