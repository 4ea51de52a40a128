// What a lead's change did to additionalInfo, key by key. Private to the room: it decides both whether
// lead.additionalInfo.updated goes out and what it says.
#pragma once

#include <string_view>
#include <vector>

#include "record/record.hpp"

namespace deltapost::format {

/// One key of additionalInfo. A side is null where the key was absent or held null, which on this wire look
/// the same.
struct InfoChange {
  std::string_view key;
  const Json* old_value = nullptr;
  const Json* new_value = nullptr;
};

/// In the order of the change's fields; where the whole object came or went, one for each of its keys. Points
/// into the change.
std::vector<InfoChange> additional_info_changes(const Change& change);

}  // namespace deltapost::format
