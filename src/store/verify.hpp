// verify: proves for a whole store that history adds up. It reads everything once and keeps little in memory,
// whatever the store's size.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "store/store.hpp"

namespace deltapost::store {

/// How many problems a report tells; the rest are only counted.
inline constexpr std::size_t kMaxListedProblems = 100;

/// A field whose value a record of this kind holds for itself in its account, as long as it is not deleted;
/// claimed under the scope "<kind>.<field>".
struct UniqueField {
  Kind kind = Kind::lead;
  std::string field;
};

struct VerifyOptions {
  std::vector<UniqueField> unique_fields{{Kind::lead, "phone"}};
};

struct VerifyReport {
  std::uint64_t records = 0;
  std::uint64_t changes = 0;        // entries in the logs
  std::uint64_t snapshots = 0;      // kept documents that were compared
  std::uint64_t unique_values = 0;  // that some record holds
  std::uint64_t problem_count = 0;
  std::vector<std::string> problems;  // the first kMaxListedProblems, a sentence each

  bool sound() const { return problem_count == 0; }
};

/// Checks that each partition's log has no gap and no time that goes back; that each record's versions are 1,
/// 2, 3 …, that its changes folded give the stored document (and each kept snapshot), times and deletion, and
/// that the chain of their hashes holds (store/chain.hpp), naming the first change where it does not; where
/// changes were redacted, it follows their chain and folds on from the next document that is kept; that every
/// log entry belongs to a record; that each unique value is held by the record whose document has it, and the
/// other way round. Nothing should be written meanwhile: what is may be reported as a problem. An error: the
/// store could not be read.
Result<VerifyReport> verify(Store& store, const VerifyOptions& options = {});

}  // namespace deltapost::store
