// The keywords of JSON Schema, draft 7: what each may hold, and costs. Private to the room.
#pragma once

#include <string>
#include <string_view>

#include "record/json.hpp"

namespace deltapost::condition {

enum class Holds { value, schema, list, schema_or_list, map, dependencies, annotation, refused };

struct Keyword {
  std::string_view name;
  Holds holds;
  bool in_place = false;  // what it holds is applied to the same value
};

/// nullptr for annotations and for what is no keyword.
const Keyword* find_keyword(std::string_view name);

/// The keyword that was probably meant; empty when the name is just another member.
std::string_view misspelt(std::string_view name);

/// What the value of a keyword must be, where it is not; empty: it is right. For keywords that hold a value,
/// and for $schema.
std::string_view wrong_value(std::string_view keyword, const Json& value);

/// What one evaluation of a subschema's own keywords costs:
///   {"cost": n, "texts": whether it looks at every byte of a string, "pairs": whether it compares all pairs}
JsonObject cost_of(const JsonObject& schema);

/// The value as the validator compares it: a double without a fraction is the integer (draft 7 says that 1.0
/// is one), an integer beyond 2^63 a double.
Json validated_form(const Json& value);

}  // namespace deltapost::condition
