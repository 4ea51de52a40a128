// What erasing means in every store alike.
#pragma once

#include <string>
#include <string_view>

#include "store/chain.hpp"

namespace deltapost::store {

/// What stands in place of a receipt's outcome, and of its resolution if it had one or waited for one.
inline constexpr std::string_view kErasedNote = R"({"erased":true})";

/// The changes without their values, their content hash in place; nothing where there is no salt, which is
/// where there is no chain either.
inline std::string without_values(std::string_view salt, const std::string& changes) {
  if (is_redacted(changes)) return changes;
  return redacted(salt.empty() ? std::string(kHashBytes, '\0') : content_hash(salt, changes));
}

/// Takes from a receipt what it said.
inline void erase_content(Receipt& receipt) {
  const bool waits = receipt.verdict == Verdict::quarantined;
  if (waits || !receipt.resolution.empty()) receipt.resolution = kErasedNote;
  receipt.headers = "{}";
  receipt.body.clear();
  receipt.outcome = kErasedNote;
}

/// The same for what a commit hands on: entries that an erasure of this batch has redacted in the log.
/// `newest`: the record's newest version, whose document alone stays.
inline void erase_values(std::vector<LogEntry>& entries, const Erasure& erasure, std::string_view salt,
                         Version newest) {
  for (auto& entry : entries) {
    if (entry.key != erasure.record || entry.version > erasure.up_to) continue;
    entry.changes = without_values(salt, entry.changes);
    entry.step = nullptr;
    if (entry.version < newest)
      entry.document = nullptr;
    else if (entry.document != nullptr)  // its text may lie in the step
      entry.document = std::make_shared<const std::string>(*entry.document);
  }
}

/// Takes from a remembered answer what it said, and of which request it was.
inline void erase_answer(IdempotencyRow& row) {
  row.fingerprint.clear();
  row.reply.clear();
}

}  // namespace deltapost::store
