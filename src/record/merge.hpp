// JSON Merge Patch (RFC 7396): a member that is given replaces, null removes, what is not mentioned stays,
// objects merge member by member, arrays are replaced whole.
#pragma once

#include "record/json.hpp"

namespace deltapost {

/// Idempotent: merging the same patch twice gives what merging it once gives. New keys go to the end, in the
/// patch's order.
void merge_patch(JsonObject& target, const JsonObject& patch);

}  // namespace deltapost
