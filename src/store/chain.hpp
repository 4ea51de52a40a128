// The chain: each change carries a hash that covers the change before it on its record, so that who alters a
// kept change, even one that adds up, is found out by verify.
//
//   content = SHA-256(salt, changes)                      the salt is the record's own, random
//   hash    = SHA-256(hash before, kind, account, id, version, at, updated_at, deleted, actor, source,
//                     receipt, content)                   each with its length; both cut to 16 bytes
//
// The salt is made with a record's version 1, or with its next change when there is none: after an erasure,
// and on a file from before there was a chain. The changes of such a file carry no hash; the chain begins
// with the first that does, and none after it may lack one.
//
// A change whose values were taken out (erased, or past its retention) keeps its content hash in their place:
// `{"redacted": "<32 hex digits>"}`. The chain through it can still be followed. With its salt gone (an
// erasure removes it) the hash does not give the values away, however few values are possible.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/random.hpp"
#include "store/types.hpp"

namespace deltapost::store {

inline constexpr std::size_t kHashBytes = 16;

std::string new_salt(Random& random);

std::string content_hash(std::string_view salt, std::string_view changes);
/// `before`: empty for version 1. Of entry: everything but part, seq, document and hash. `salt` is not needed
/// for a redacted entry.
std::string chain_hash(std::string_view before, std::string_view salt, const LogEntry& entry);

/// What stands in place of the changes.
std::string redacted(std::string_view content_hash);
bool is_redacted(std::string_view changes);
/// The content hash; nullopt when the changes are there.
std::optional<std::string> redacted_content(std::string_view changes);

}  // namespace deltapost::store
