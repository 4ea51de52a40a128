// What holds for every document and every two of them.
#pragma once

#include "record/json.hpp"

namespace deltapost::fuzz {

void check_text_round_trip(const Json& value);

/// A diff is empty exactly for the same JSON, leads from one to the other and back, and survives being
/// written.
void check_diff(const JsonObject& before, const JsonObject& after);

}  // namespace deltapost::fuzz
