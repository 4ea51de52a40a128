// What a webhook says happened, as a short digest: made of its body by who receives it, and of the log's
// change by who judges. When the two are the same, what was posted is exactly what was committed.
#pragma once

#include <string>
#include <string_view>

#include "format/format.hpp"
#include "torture/facts.hpp"

namespace deltapost::torture {

/// Of a body in the format; "?" where nothing of the kind is in it.
std::string said_by_body(format::Format format, std::string_view body);
/// Of the webhook that the change means in the format.
std::string said_by_change(format::Format format, const StoredChange& change);

}  // namespace deltapost::torture
