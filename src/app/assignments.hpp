// Assignments: how fields are given on the command line. `name=value` is a text, `name:=json` any JSON;
// dots enter objects: `additionalInfo.insuranceProvider=Aetna isHot:=true additionalInfo.old:=null`.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "record/json.hpp"

namespace deltapost::app {

/// Fault::invalid names the assignment that cannot be read.
Result<JsonObject> parse_assignments(const std::vector<std::string>& assignments);

}  // namespace deltapost::app
