// What every store must understand alike in a ReceiptQuery.
#pragma once

#include "store/store.hpp"

namespace deltapost::store {

/// Whether the query asks for this receipt; its account and place are the caller's to see to.
inline bool asks_for(const ReceiptQuery& query, const Receipt& receipt) {
  return (query.source.empty() || query.source == receipt.source) &&
         (!query.verdict || *query.verdict == receipt.verdict) &&
         (!query.unresolved || (receipt.verdict == Verdict::quarantined && receipt.resolution.empty())) &&
         (!query.since || receipt.at >= *query.since) && (!query.until || receipt.at < *query.until);
}

}  // namespace deltapost::store
