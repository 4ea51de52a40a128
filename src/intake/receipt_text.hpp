// What of a request is kept as JSON in its receipt.
#pragma once

#include <optional>
#include <string>

#include "intake/outcome.hpp"
#include "intake/source.hpp"
#include "net/http.hpp"

namespace deltapost::intake {

/// What of a request's headers is kept: all but those that carry a secret. A JSON object as text.
std::string kept_headers(const net::Request& request, const Source& source);

/// The request without its content, and what came of it, see intake/outcome.hpp. `releases`: the quarantined
/// receipt that was processed again.
std::string kept_outcome(const net::Request& request, const Source& source, const Outcome& outcome,
                         std::optional<store::ReceiptNumber> releases);

}  // namespace deltapost::intake
