// Reading the members of an object that says how something is set up, with errors that name the member.
// Private to the room.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "record/fields.hpp"
#include "record/json.hpp"

namespace deltapost::format {

/// `field.name`, or `name` alone where there is no field above it.
inline std::string below(std::string_view field, std::string_view name) {
  return field.empty() ? std::string(name) : std::string(field) + "." + std::string(name);
}

/// Fault::invalid for the first member that is not known, with the name that was probably meant.
inline Result<void> check_members(const JsonObject& object, std::span<const std::string_view> known,
                                  std::string_view field) {
  for (const auto& member : object) {
    const std::string_view name = member.key();
    bool found = false;
    for (const std::string_view candidate : known) found |= candidate == name;
    if (found) continue;
    Error error = fields::unknown_field(name, known);
    error.message = below(field, error.message);
    error.field = below(field, error.field);
    return error;
  }
  return ok();
}

/// A member that is a string of 1 to `max_bytes` bytes; `fallback` when it is left out.
inline Result<std::string> text_member(const JsonObject& object, std::string_view name,
                                       std::string_view field, std::size_t max_bytes,
                                       std::string_view fallback = {}) {
  const Json* value = object.if_contains(name);
  if (value == nullptr) return std::string(fallback);
  if (!value->is_string()) {
    return fields::invalid(below(field, name), "must be a string, not " + fields::shown(*value));
  }
  const std::string_view text = value->get_string();
  if (!text.empty() && text.size() <= max_bytes) return std::string(text);
  return fields::invalid(below(field, name),
                         "must be 1 to " + std::to_string(max_bytes) + " bytes long; leave it out for none");
}

/// A member that is true or false; false when it is left out.
inline Result<bool> flag_member(const JsonObject& object, std::string_view name, std::string_view field) {
  const Json* value = object.if_contains(name);
  if (value == nullptr) return false;
  if (value->is_bool()) return value->get_bool();
  return fields::invalid(below(field, name), "must be true or false, not " + fields::shown(*value));
}

}  // namespace deltapost::format
