// The fields of a document as finely as they are merged: its members, and those of its containers each by
// itself.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "record/json.hpp"
#include "record/path.hpp"

namespace deltapost::intake {

/// Whether the member's own members are merged each by itself: additionalInfo, tags, tracking,
/// questionsAndAnswers.
bool is_container(std::string_view member);

/// Written once: createdAt, joinedTime, previewId, tracking.first_utm_*.
bool is_write_once(const FieldPath& path);

/// null, false, and what is empty: what a field holds that nobody has set.
bool is_blank(const Json& value);

/// A member, or one of a container's own.
using VisitField = std::function<void(std::string_view name, std::optional<std::string_view> below)>;

/// Those with a value, in the document's order, but for the id and what is written once.
void for_each_field(const JsonObject& document, const VisitField& visit);
/// The paths of a container's members that are not written once.
std::vector<FieldPath> members_of(const std::string& container, const Json& value);

}  // namespace deltapost::intake
