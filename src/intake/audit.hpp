// Audit: who changed what of an account's configuration (endpoints, sources, keys, the account itself), and
// who did what no change of a record tells: viewed a secret, sent a delivery again, decided about a receipt,
// erased a person. Leads and contacts have their own trails, their histories.
//
// An account's audit log is the history of one record of kind audit: entry n is its change to version n. So
// it is committed together with what it tells of, it is chained and proved by `deltapost verify` like any
// other history, and actor, source and time are the change's own. No secret and no value of a person is in
// it.
#pragma once

#include <optional>
#include <string>

#include "base/result.hpp"
#include "record/record.hpp"
#include "store/draft.hpp"

namespace deltapost::intake {

struct AuditEntry {
  std::string action;    // "endpoint.updated", "source.secret.viewed"
  std::string kind, id;  // of what: a record's kind and id on the wire, or "receipt", "delivery" and its id
  JsonObject details{};  // what else is to be known, in words that are the action's own
  Version version = 0;   // of the record, when the action changed it; 0: it did not
  JsonObject changes{};  // then: {"dotted.path": {"old": …, "new": …}}
};

/// The record whose history is the audit log of an account.
RecordKey audit_key(const AccountId& account);

/// Adds the entry to the account's log, in the commit of the draft.
Result<void> put_audit(store::Draft& draft, const AccountId& account, AuditEntry entry, const Origin& origin);

/// What the log tells of a step: nullopt for leads, contacts and the log itself. Changes of hashes are left
/// out; of values that lie sealed beside the record, the revisions tell.
std::optional<AuditEntry> audit_of(const Step& step);
/// Adds it, if there is any.
Result<void> audit_step(store::Draft& draft, const Step& step, const Origin& origin);

/// The newest entry, from the document that a change of the log left; an empty object: it holds none.
JsonObject audit_entry(const JsonObject& document);

}  // namespace deltapost::intake
