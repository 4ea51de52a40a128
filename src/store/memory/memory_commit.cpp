// MemoryStore::commit: everything that can refuse a batch is checked before anything is touched.
#include <unordered_map>

#include "base/check.hpp"
#include "store/chain.hpp"
#include "store/memory/memory_store.hpp"
#include "store/refusal.hpp"

namespace deltapost::store {

Result<CommitReceipt> MemoryStore::commit(Batch batch) {
  std::lock_guard lock(mutex_);
  for (const auto& checked : {check_writes(batch), check_claims(batch), check_epochs(batch),
                              check_receipts(batch), check_owners(batch)}) {
    if (!checked) return checked.error();
  }
  CommitReceipt receipt;
  receipt.entries.reserve(batch.writes.size());
  for (auto& write : batch.writes) receipt.entries.push_back(apply(std::move(write)));
  for (const auto& claim : batch.claims) apply(claim);
  for (const auto& row : batch.idempotency) idempotency_[{row.account, row.key}] = row;
  for (const auto& row : batch.secrets) apply(row);
  for (const auto& progress : batch.progress) apply(*progress);
  for (const auto& each : batch.receipts) apply(each);
  for (const auto& resolution : batch.resolutions) apply(resolution);
  for (const auto& row : batch.seen) apply(row);
  for (const auto& row : batch.clocks) apply(row);
  for (const auto& erasure : batch.erasures) apply(erasure, receipt.entries);
  return receipt;
}

Result<void> MemoryStore::check_writes(const Batch& batch) const {
  std::unordered_map<RecordKey, Version> reached;
  for (const auto& write : batch.writes) {
    const RecordKey& key = write.entry.key;
    DP_CHECK(write.entry.document != nullptr && !key.account.empty());
    auto [version, first] = reached.try_emplace(key, 0);
    if (first) {
      auto stored = records_.find(key);
      if (stored != records_.end()) version->second = stored->second.row.version;
    }
    if (write.entry.version != version->second + 1)
      return version_conflict(key, version->second, write.entry.version);
    version->second = write.entry.version;
  }
  return ok();
}

Result<void> MemoryStore::check_claims(const Batch& batch) const {
  std::map<UniqueValue, std::string> holders;  // as the claims so far leave them; empty: free
  for (const auto& claim : batch.claims) {
    auto [holder, first] = holders.try_emplace(claim.unique);
    if (first) {
      auto stored = uniques_.find(claim.unique);
      if (stored != uniques_.end()) holder->second = stored->second;
    }
    const bool taken = !holder->second.empty() && holder->second != claim.holder;
    if (!claim.holder.empty() && taken) return value_taken(claim.unique, holder->second);
    holder->second = claim.holder;
  }
  return ok();
}

Result<void> MemoryStore::check_epochs(const Batch& batch) const {
  for (const auto& progress : batch.progress) {
    const Epoch epoch = parts_.at(progress->part).epoch;
    if (progress->epoch != epoch) return stale_epoch(progress->part, epoch, progress->epoch);
  }
  return ok();
}

LogEntry MemoryStore::apply(RecordWrite write) {
  LogEntry& entry = write.entry;
  const RecordKey& key = entry.key;
  entry.part = partition_of(key, partitions());
  entry.seq = parts_[entry.part].log.size() + 1;
  entry.updated_at = write.updated_at;
  entry.deleted = write.deleted;

  KeptRecord& record = records_[key];
  const Time created_at = entry.version == 1 ? entry.at : record.row.created_at;
  record.row = {key, entry.version, *entry.document, created_at, write.updated_at, write.deleted};
  record.seqs.push_back(entry.seq);
  if (entry.version % kSnapshotEvery == 0) record.snapshots[entry.version] = *entry.document;
  if (record.chain.salt.empty()) record.chain.salt = new_salt(random_);
  entry.hash = record.chain.hash = chain_hash(record.chain.hash, record.chain.salt, entry);

  parts_[entry.part].log.push_back(entry);
  parts_[entry.part].log.back().document = nullptr;
  parts_[entry.part].log.back().step = nullptr;
  return std::move(entry);
}

void MemoryStore::apply(const UniqueClaim& claim) {
  if (claim.holder.empty()) {
    uniques_.erase(claim.unique);
  } else {
    uniques_[claim.unique] = claim.holder;
  }
}

void MemoryStore::apply(const SecretRow& row) {
  if (row.sealed.empty()) {
    secrets_.erase(row.owner);
  } else {
    secrets_[row.owner] = row.sealed;
  }
}

MemoryStore::HoldKey MemoryStore::hold_key(const Hold& hold) {
  if (hold.scope == HoldScope::record) return {hold.delivery.endpoint, hold.scope, hold.record, 0, 0};
  return {hold.delivery.endpoint, hold.scope, {}, hold.delivery.seq, hold.delivery.event_index};
}

void MemoryStore::apply(const DeliveryProgress& progress) {
  Partition& partition = parts_[progress.part];
  if (progress.cursor) partition.cursor = *progress.cursor;
  for (const auto& endpoint : progress.lags_removed) partition.lags.erase(endpoint);
  for (const auto& lag : progress.lags_put) partition.lags[lag.endpoint] = lag;
  for (const auto& hold : progress.holds_removed) partition.holds.erase(hold_key(hold));
  for (const auto& hold : progress.holds_put) partition.holds[hold_key(hold)] = hold;
  for (const auto& key : progress.dead_removed) partition.dead.erase(key);
  for (const auto& dead : progress.dead_put) partition.dead[dead.delivery] = dead;
  for (const auto& attempt : progress.attempts) {
    EndpointAttempts& attempts = attempts_[attempt.delivery.endpoint];
    Attempt& kept = attempts.all[++attempts.newest] = attempt;
    kept.number = attempts.newest;
    attempts.of[attempt.delivery].push_back(attempts.newest);
  }
  for (const auto& endpoint : progress.endpoints_forgotten) forget(endpoint);
}

void MemoryStore::forget(const EndpointId& endpoint) {
  for (Partition& partition : parts_) {
    partition.lags.erase(endpoint);
    std::erase_if(partition.holds, [&](const auto& row) { return row.first.endpoint == endpoint; });
    std::erase_if(partition.dead, [&](const auto& row) { return row.first.endpoint == endpoint; });
  }
  attempts_.erase(endpoint);
}

}  // namespace deltapost::store
