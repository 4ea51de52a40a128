// Upkeep: what has to be forgotten is forgotten now and then, in small steps beside the work: remembered
// answers and seen statements that expired, and what is past its account's retention.
#pragma once

#include "app/config.hpp"
#include "net/loop.hpp"
#include "store/store.hpp"

namespace deltapost::app {

/// An account's own retention, from its document; what it does not set is the configuration's.
RetentionDays retention_of(const JsonObject& account, const RetentionDays& fallback);

/// Once: all that may be forgotten by now.
Result<void> keep_up(store::Store& store, Time now, const RetentionDays& fallback);

/// Every few minutes on the loop, until that stops.
void start_upkeep(store::Store& store, const Clock& clock, net::Loop& loop, const RetentionDays& fallback);

}  // namespace deltapost::app
