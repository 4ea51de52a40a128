// A record's timeline: its changes, and beside them what sources said about it that changed nothing (a
// message, a call, a duplicate), in the order in which they came to be known.
#pragma once

#include "api/call.hpp"

namespace deltapost::api {

/// GET …/timeline: newest first; limit, nextToken. A record that we do not have may still have one.
net::Reply timeline_page(Services& services, const Call& call, const RecordKey& key);

}  // namespace deltapost::api
