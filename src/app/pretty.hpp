// Pretty: JSON and changes for people to read.
#pragma once

#include <string>

#include "record/json.hpp"

namespace deltapost::app {

/// Indented JSON; short objects and arrays stay on one line.
std::string pretty(const Json& value);

/// `additionalInfo.insuranceProvider: absent -> "Aetna"`, a line per field, from {"path": {"old": …, "new":
/// …}}.
std::string pretty_changes(const JsonObject& changes, const std::string& indent);

/// Whether standard output is a terminal that takes colours (NO_COLOR unset).
bool colours();

}  // namespace deltapost::app
