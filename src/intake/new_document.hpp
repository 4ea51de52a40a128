// What a record begins as that a source is the first to tell of. Private to the room.
#pragma once

#include <span>
#include <vector>

#include "base/result.hpp"
#include "format/inbound.hpp"
#include "intake/clocks.hpp"
#include "record/record.hpp"

namespace deltapost::intake {

/// All that the sender knows of the record, not only what has changed for him.
std::vector<format::StatedField> all_known(const format::Statement& statement);

/// The document before `stated` is put into it. What nobody has said, like when it was made, counts in the
/// clocks as implied by this statement. Fault::invalid when a lead would have no phone.
Result<JsonObject> new_document(const RecordKey& key, const format::Statement& statement,
                                std::span<const format::StatedField> stated, Stamp stamp, Clocks& clocks);

}  // namespace deltapost::intake
