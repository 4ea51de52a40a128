// Samples: a realistic change for each event type, for trying out an endpoint before anything real happened.
#pragma once

#include <string_view>

#include "format/event.hpp"

namespace deltapost::format {

/// A change made at `now` whose events_of include one of the given canonical type: of lead "lead_sample",
/// contact 1 or endpoint "endpoint_sample" in account "account_sample". The same for the same input, so that
/// the event ids repeat: who sends several must give each an id of its own.
ChangeView sample_view(std::string_view event_type, Time now);

}  // namespace deltapost::format
