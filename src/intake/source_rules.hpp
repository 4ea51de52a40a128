// What may stand in the members of a source's document.
#pragma once

#include "base/result.hpp"
#include "intake/source.hpp"
#include "record/json.hpp"

namespace deltapost::intake {

/// The value to store. Fault::invalid names the member, or says that there is none of that name.
Result<Json> check_source_member(std::string_view name, const Json& value);

/// What several members say together: a mapping for the formats that need one, and only for them; it is
/// stored in its full form.
Result<void> check_source_whole(JsonObject& document);

/// One rule of `validation`. Fault::invalid, below `field`.
Result<ValidationRule> parse_rule(const Json& value, std::string_view field);

}  // namespace deltapost::intake
