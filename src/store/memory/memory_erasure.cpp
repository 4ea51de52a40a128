// MemoryStore's erasing of a record's values.
#include <unordered_set>

#include "store/erasure.hpp"
#include "store/memory/memory_store.hpp"
#include "store/refusal.hpp"

namespace deltapost::store {

Result<void> MemoryStore::check_owners(const Batch& batch) const {
  if (batch.clocks.empty() && batch.erasures.empty()) return ok();
  std::unordered_set<RecordKey> written;
  for (const auto& write : batch.writes) written.insert(write.entry.key);
  const auto exists = [&](const RecordKey& key) { return records_.contains(key) || written.contains(key); };
  for (const auto& row : batch.clocks)
    if (!exists(row.owner)) return no_such_record(row.owner);
  for (const auto& erasure : batch.erasures)
    if (!exists(erasure.record)) return no_such_record(erasure.record);
  return ok();
}

void MemoryStore::apply(const Erasure& erasure, std::vector<LogEntry>& committed) {
  KeptRecord& record = records_.at(erasure.record);
  const Version newest = record.row.version;
  erase_values(committed, erasure, record.chain.salt, newest);
  auto& log = parts_[partition_of(erasure.record, partitions())].log;
  for (Version version = 1; version <= std::min(erasure.up_to, newest); ++version) {
    LogEntry& entry = log[record.seqs[version - 1] - 1];
    entry.changes = without_values(record.chain.salt, entry.changes);
    if (auto brought = receipts_.find(entry.origin.receipt); brought != receipts_.end())
      erase_content(brought->second);
    for (auto& [endpoint, attempts] : attempts_)
      for (auto& [number, attempt] : attempts.all)
        if (attempt.delivery.part == entry.part && attempt.delivery.seq == entry.seq)
          attempt.response.clear();
  }
  for (auto it = about_.lower_bound({erasure.record, 0}); it != about_.end() && it->first == erasure.record;
       ++it)
    erase_content(receipts_.at(it->second));
  for (auto& [key, row] : idempotency_)
    if (row.about == erasure.record) row.fingerprint = row.reply = "";
  std::erase_if(record.snapshots, [&](const auto& kept) { return kept.first <= erasure.up_to; });
  record.snapshots[newest] = record.row.document;
  record.clocks.clear();
  if (erasure.up_to >= newest) record.chain.salt.clear();
}

}  // namespace deltapost::store
