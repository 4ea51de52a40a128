// What a change means to the outside, by rules of the simulation's own (product.md, `events_of`): which
// events go out, and what each must say in its format.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "simulation/core/ledger.hpp"

namespace deltapost::simulation {

/// The types of a change's events, in order; the same type as often as it goes out.
std::vector<std::string> event_types_of(const RecordKey& record, const Known& change);

/// Whether an endpoint with this document is there and gets events.
bool is_active(const JsonObject& endpoint);

/// Whether an endpoint with this document gets events of the type.
bool wants(const JsonObject& endpoint, const std::string& type);

/// Which record a body is about. nullopt: it does not say.
std::optional<std::pair<Kind, std::string>> subject_of(const std::string& format, const Json& body);

/// What is wrong with a body that tells of this change; empty: nothing.
std::string fault_of(const std::string& format, const std::string& type, const Json& body,
                     const Known& change);

}  // namespace deltapost::simulation
