// Setting: what must be there before the traffic begins. Made over the API, at a server that is not struck
// yet.
#pragma once

#include <vector>

#include "app/api_client.hpp"
#include "torture/oracle.hpp"
#include "torture/targets.hpp"
#include "torture/writer.hpp"

namespace deltapost::torture {

/// One for each format that says what changed, each with a receiver of its own, which is started.
inline constexpr std::uint32_t kEndpoints = 3;
Result<std::vector<Endpoint>> make_endpoints(app::ApiClient& api, Targets& targets);

/// A source in this format, signed as Apten signs.
Result<SourceAddress> make_source(app::ApiClient& api, std::string_view format);

/// The lead that everybody writes, and a contact with a great number.
Result<RecordName> make_first_records(app::ApiClient& api, Oracle& oracle);

}  // namespace deltapost::torture
