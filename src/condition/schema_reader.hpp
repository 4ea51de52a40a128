// Reads a JSON Schema (draft 7) before the validator sees it: what is sound and bounded is rewritten into the
// little that the validator needs, all else is refused. Private to the room.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "record/json.hpp"

namespace deltapost::condition {

/// A member that the rewriting adds to each subschema, first of its allOf: what one evaluation of it costs
/// (cost_of in schema_keywords.hpp).
inline constexpr std::string_view kMeter = "deltapost:meter";

/// {"$ref": "#/definitions/0", "definitions": {…}}: one definition for the root and for each subschema that
/// something refers to. Annotations and unknown members are gone, numbers are as validated_form makes them.
/// Fault::invalid below `field`.
Result<Json> rewritten_schema(const Json& schema, std::string_view field);

}  // namespace deltapost::condition
