// Audit: what is done through the API that no change of a record tells goes into the account's audit log
// first. What changes a record is logged where it is written (intake/audit.hpp).
#pragma once

#include "api/call.hpp"
#include "intake/audit.hpp"

namespace deltapost::api {

/// Who calls, as changes and the audit log name it.
Origin origin_of(const Call& call);

/// Notes the action in the caller's audit log and, once that is on disk, goes on with `then`, on the
/// committing thread. What cannot be noted is not done: the answer is the problem then.
void audited(Services& services, const Call& call, intake::AuditEntry entry, net::Respond respond,
             UniqueFunction<void(net::Respond)> then);

}  // namespace deltapost::api
