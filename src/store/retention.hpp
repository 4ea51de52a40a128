// What redacting old changes means in every store alike: a walk along a partition's log in steps, each
// planned from reads and then written at once.
#pragma once

#include <functional>

#include "store/store.hpp"

namespace deltapost::store {

/// Changes of one record to be redacted: that at `seq` and all before it.
struct Redaction {
  RecordKey record;
  Version up_to = 0;  // less than the record's newest
  Seq seq = 0;        // of that version
  /// The record as that version leaves it, to be kept in place of what led there; nullopt when that cannot be
  /// told any more.
  std::optional<std::string> document{};
};

struct RedactionStep {
  Part part = 0;
  Seq up_to = 0;  // the log was gone through up to here
  std::vector<Redaction> redactions{};
};

/// Up to where every endpoint of the partition has got what it should, as its delivery state tells.
Seq delivered_up_to(const DeliveryState& state);

/// How a store does its part.
struct Redactor {
  /// How far a partition's log was gone through for the account.
  std::function<Result<Seq>(Part)> gone_through;
  /// In one transaction: makes sure that the partition is still delivered up to the step's end (nullopt
  /// otherwise), redacts, keeps the documents and drops snapshots before them, and remembers how far it got.
  /// A record whose change at `seq` is redacted already is left alone. How many changes were redacted.
  std::function<Result<std::optional<std::size_t>>(const RedactionStep&)> write;
};

/// How many changes were redacted.
Result<std::size_t> redact_old_changes(Store& store, const AccountId& account, Time before,
                                       const Redactor& redactor);

}  // namespace deltapost::store
