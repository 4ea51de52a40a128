// The rules for what a user may write into an endpoint's document, a check per member.
#pragma once

#include <string_view>

#include "base/result.hpp"
#include "record/json.hpp"

namespace deltapost::delivery {

/// The value to store, or Fault::invalid that names the member and what would be right.
Result<Json> check_endpoint_member(std::string_view name, const Json& value);

/// Every event that the document lists must be one that its format has a way to write.
Result<void> check_events_fit_format(const JsonObject& document);

}  // namespace deltapost::delivery
