// The routes, a function per file of handlers.
#pragma once

#include <vector>

#include "api/call.hpp"

namespace deltapost::api {

std::vector<Route> lead_routes();
std::vector<Route> contact_routes();
std::vector<Route> endpoint_routes();
std::vector<Route> endpoint_action_routes();
std::vector<Route> delivery_routes();
std::vector<Route> source_routes();
std::vector<Route> source_secret_routes();
std::vector<Route> receive_routes();
std::vector<Route> receipt_routes();
std::vector<Route> receipt_decision_routes();
std::vector<Route> timeline_routes();
std::vector<Route> erasure_routes();
std::vector<Route> audit_routes();
std::vector<Route> feed_routes();
std::vector<Route> account_routes();
std::vector<Route> operation_routes();

}  // namespace deltapost::api
