// Replay: records rebuilt from the raw receipts they came from, in the order in which those were processed.
//
// Each item is about the record that it was about then, and what was judged then (a repetition, a broken
// rule) is not judged anew. Into the store that holds the receipts it changes nothing, unless a record is
// behind the version that its receipts tell of. Into an empty store it gives the same records: ids, documents
// and updatedAt; only when they were committed differs. What other doors than sources wrote (the API, an
// import) is not in receipts and not rebuilt.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "store/group_committer.hpp"
#include "store/store.hpp"

namespace deltapost::intake {

struct ReplayReport {
  std::uint64_t receipts = 0;            // that were looked at
  std::uint64_t processed = 0;           // of these: all but those that were rejected or wait for a person
  std::uint64_t changes = 0;             // that this replay made
  std::uint64_t differing = 0;           // came to another verdict than at first, when into an empty store
  std::vector<std::string> differences;  // the first of them, a sentence each
};

inline constexpr std::size_t kMaxListedDifferences = 20;

/// Processes the receipts of `store` again, against itself.
Result<ReplayReport> replay(store::Store& store, store::GroupCommitter& committer);

/// Copies accounts, keys, sources and receipts of `from` into an empty store and processes the receipts
/// there. Fault::conflict when the store holds records already. Endpoints are not copied: nothing is sent
/// again.
Result<ReplayReport> replay_into(store::Store& from, store::Store& into, store::GroupCommitter& committer);

/// What tells the leads and contacts of two stores apart, a sentence each, at most `limit` of them. A person
/// whose data was erased may be missing in one: nothing is left to rebuild them from.
Result<std::vector<std::string>> differing_records(store::Store& a, store::Store& b, std::size_t limit);

}  // namespace deltapost::intake
