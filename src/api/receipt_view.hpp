// A receipt as the API shows it.
#pragma once

#include "api/call.hpp"
#include "base/result.hpp"

namespace deltapost::api {

/// id, source, at, verdict, what it said and what came of it, what became of it if it was quarantined.
JsonObject present(const store::Receipt& receipt);

/// The same with headers and body (a text, or base64 when it is none), and the records that it is about as
/// they are now, to be looked at beside it.
Result<JsonObject> present_whole(Services& services, const store::Receipt& receipt);

/// The number that an id in a path stands for. Fault::not_found.
Result<store::ReceiptNumber> receipt_number(std::string_view id);
Error no_such_receipt(store::ReceiptNumber number);

}  // namespace deltapost::api
