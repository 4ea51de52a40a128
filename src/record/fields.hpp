// Field checks that leads and contacts share: types, lengths, e-mail addresses, time zones, date-times.
//
// Each check takes a value and its field's dotted path and gives the value to store. Every refusal is
// Fault::invalid with that path, and a message that says what is wrong and what would be right. Lengths are
// counted in characters (Unicode code points). Pure functions.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/time.hpp"
#include "record/json.hpp"

namespace deltapost::fields {

inline constexpr std::size_t kMaxEmail = 255;
inline constexpr std::size_t kMaxTimeZone = 64;
inline constexpr std::uint64_t kMaxInteger = (std::uint64_t{1} << 53) - 1;
/// Of the text of a free-form object (an event, a call), so that a record cannot grow without end.
inline constexpr std::size_t kMaxObjectBytes = 32 << 10;

Error invalid(std::string_view field, std::string message);

/// `a number`, `null`, `an array`: what a message calls the value.
std::string_view type_name(const Json& value);
/// The value as a message may show it: JSON text, cut where it gets long.
std::string shown(const Json& value);

/// The name that was probably meant: the same but for case and underscores, the beginning of one of the two,
/// or at most two letters off. Empty when none is close.
std::string_view closest(std::string_view name, std::span<const std::string_view> known);
/// The refusal of a member that does not exist, with the closest name or else all there are.
Error unknown_field(std::string_view name, std::span<const std::string_view> known);

using Check = Result<Json> (*)(const Json& value, std::string_view field);

struct Rule {
  std::string_view name;
  Check check;
};

/// nullptr when no rule has the name.
const Rule* find_rule(std::span<const Rule> rules, std::string_view name);

Result<Json> text(const Json& value, std::string_view field, std::size_t max_characters);
Result<Json> flag(const Json& value, std::string_view field);

/// The checks below take null, too: it clears.
template <std::size_t kMaxCharacters>
Result<Json> nullable_text(const Json& value, std::string_view field) {
  return value.is_null() ? Result<Json>(nullptr) : text(value, field, kMaxCharacters);
}
/// Text that is not empty, such as the id of a record elsewhere.
Result<Json> nullable_reference(const Json& value, std::string_view field);
/// An address of RFC 5321 without quoted parts and address literals; an international domain in its xn--
/// form.
Result<Json> nullable_email(const Json& value, std::string_view field);
/// A name of the form that the tz database uses (`America/New_York`, `UTC`). Only the form is checked: the
/// list of names changes several times a year, and a record must not become invalid with it.
Result<Json> nullable_time_zone(const Json& value, std::string_view field);
/// 0 to 2^53 - 1; 5.0 is stored as 5.
Result<Json> nullable_integer(const Json& value, std::string_view field);
/// An object of at most kMaxObjectBytes of text.
Result<Json> nullable_object(const Json& value, std::string_view field);

/// RFC 3339; stored in UTC with milliseconds.
Result<Json> date_time(const Json& value, std::string_view field);

/// Fault::invalid when the value's text is longer than kMaxObjectBytes.
Result<void> check_size(const Json& value, std::string_view field);
Result<void> check_size(const JsonObject& object, std::string_view field);

}  // namespace deltapost::fields
