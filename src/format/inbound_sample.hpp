// A request that a source of a format would understand, for trying it out before its sender is set up.
#pragma once

#include <string>
#include <string_view>

#include "format/inbound.hpp"

namespace deltapost::format {

struct InboundSample {
  std::string content_type;
  std::string body;
};

/// About lead "lead_sample" (+15555550100) or contact 1, as of `now`. What it states is valid for the
/// source's format and mapping.
InboundSample inbound_sample(InboundFormat format, const Mapping& mapping, Time now);

/// Percent-encoded (RFC 3986), as a form and a query want it.
std::string url_encoded(std::string_view text);

}  // namespace deltapost::format
