// Values of fields, as what is stated is held against what is there. nullptr: absent, which is nothing, as
// null is.
#pragma once

#include <string>

#include "record/json.hpp"

namespace deltapost::intake {

bool is_nothing(const Json* value);

/// Equal as JSON, or one moment in two spellings.
bool same(const Json* a, const Json* b);

/// The same to the byte: setting one where the other is changes nothing.
bool identical(const Json& a, const Json& b);

/// As a message may show it.
std::string shown(const Json* value);

}  // namespace deltapost::intake
