// How JavaScript, and so JsonLogic, turns one type into another (ECMA-262, 7.1 and 7.2). NaN and the
// infinities are doubles here and leave a rule as null.
#pragma once

#include <string>

#include "record/json.hpp"

namespace deltapost::condition {

/// False: null, false, 0, NaN, "" and [].
bool truthy(const Json& value);

/// Number(value).
double to_number(const Json& value);
/// parseFloat(value): the number at the beginning of the value's text.
double leading_number(const Json& value);
/// An integer where the double is one that doubles hold exactly.
Json from_number(double number);

/// String(value).
std::string to_string(const Json& value);

/// ==, but arrays and objects by what they hold.
bool loosely_equal(const Json& a, const Json& b);
/// a < b and a <= b; false where a value is no number.
bool less(const Json& a, const Json& b);
bool less_or_equal(const Json& a, const Json& b);

}  // namespace deltapost::condition
