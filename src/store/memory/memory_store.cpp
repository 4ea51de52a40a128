#include "store/memory/memory_store.hpp"

#include <algorithm>

#include "base/check.hpp"

namespace deltapost::store {

MemoryStore::MemoryStore(Part partitions) : parts_(partitions) {
  DP_CHECK(partitions > 0);
}

// ---- records

Result<std::optional<StoredRecord>> MemoryStore::find(const RecordKey& key) {
  std::lock_guard lock(mutex_);
  auto found = records_.find(key);
  if (found == records_.end()) return std::optional<StoredRecord>{};
  return std::optional(found->second.row);
}

Result<std::vector<StoredRecord>> MemoryStore::list(const AccountId& account, Kind kind,
                                                    const std::string& after_id, std::size_t limit) {
  std::lock_guard lock(mutex_);
  std::vector<StoredRecord> page;
  for (auto it = records_.upper_bound(RecordKey{account, kind, after_id}); it != records_.end(); ++it) {
    if (page.size() == limit || it->first.account != account || it->first.kind != kind) break;
    page.push_back(it->second.row);
  }
  return page;
}

Result<std::vector<StoredRecord>> MemoryStore::list_all(Kind kind) {
  std::lock_guard lock(mutex_);
  std::vector<StoredRecord> all;
  for (const auto& [key, record] : records_) {
    if (key.kind == kind) all.push_back(record.row);
  }
  return all;
}

Result<std::string> MemoryStore::last_id(const AccountId& account, Kind kind) {
  std::lock_guard lock(mutex_);
  const auto next_kind = static_cast<Kind>(static_cast<std::uint8_t>(kind) + 1);
  auto it = records_.lower_bound(RecordKey{account, next_kind, ""});
  if (it == records_.begin()) return std::string{};
  const RecordKey& last = std::prev(it)->first;
  return last.account == account && last.kind == kind ? last.id : std::string{};
}

Result<std::vector<StoredRecord>> MemoryStore::scan(Part part, const RecordKey& after, std::size_t limit) {
  std::lock_guard lock(mutex_);
  std::vector<StoredRecord> page;
  auto it = after.account.empty() ? records_.begin() : records_.upper_bound(after);
  for (; it != records_.end() && page.size() < limit; ++it) {
    if (partition_of(it->first, partitions()) == part) page.push_back(it->second.row);
  }
  return page;
}

Result<std::optional<std::string>> MemoryStore::holder_of(const UniqueValue& unique) {
  std::lock_guard lock(mutex_);
  auto found = uniques_.find(unique);
  if (found == uniques_.end()) return std::optional<std::string>{};
  return std::optional(found->second);
}

Result<std::vector<UniqueClaim>> MemoryStore::scan_unique(const UniqueValue& after, std::size_t limit) {
  std::lock_guard lock(mutex_);
  std::vector<UniqueClaim> page;
  auto it = after.account.empty() ? uniques_.begin() : uniques_.upper_bound(after);
  for (; it != uniques_.end() && page.size() < limit; ++it) page.push_back({it->first, it->second});
  return page;
}

Result<std::optional<std::string>> MemoryStore::secret_of(const RecordKey& owner) {
  std::lock_guard lock(mutex_);
  auto found = secrets_.find(owner);
  if (found == secrets_.end()) return std::optional<std::string>{};
  return std::optional(found->second);
}

Result<std::optional<IdempotencyRow>> MemoryStore::idempotency(const AccountId& account,
                                                               const std::string& key) {
  std::lock_guard lock(mutex_);
  auto found = idempotency_.find({account, key});
  if (found == idempotency_.end()) return std::optional<IdempotencyRow>{};
  return std::optional(found->second);
}

Result<std::size_t> MemoryStore::drop_expired(Time now) {
  std::lock_guard lock(mutex_);
  const auto has_expired = [now](const auto& row) { return row.second.expires_at <= now; };
  return std::erase_if(idempotency_, has_expired) + std::erase_if(seen_, has_expired);
}

// ---- the log

Result<LogPage> MemoryStore::read_log(Part part, Seq after, std::size_t limit) {
  std::lock_guard lock(mutex_);
  const auto& log = parts_.at(part).log;
  LogPage page{{}, after};
  if (after >= log.size()) return page;
  const auto count = std::min<std::size_t>(limit, log.size() - after);
  const auto first = log.begin() + static_cast<std::ptrdiff_t>(after);
  page.entries.insert(page.entries.end(), first, first + static_cast<std::ptrdiff_t>(count));
  page.read_up_to = after + count;
  return page;
}

Result<Seq> MemoryStore::head(Part part) {
  std::lock_guard lock(mutex_);
  return Seq{parts_.at(part).log.size()};
}

Result<Seq> MemoryStore::seq_before(Part part, Time time) {
  std::lock_guard lock(mutex_);
  const auto& log = parts_.at(part).log;
  auto first_not_before = std::lower_bound(
      log.begin(), log.end(), time, [](const LogEntry& entry, Time bound) { return entry.at < bound; });
  return static_cast<Seq>(first_not_before - log.begin());
}

// ---- one record's history

const LogEntry& MemoryStore::entry_of(const RecordKey& key, const KeptRecord& record, Version version) const {
  return parts_[partition_of(key, partitions())].log[record.seqs[version - 1] - 1];
}

Result<std::vector<LogEntry>> MemoryStore::history(const RecordKey& key, const HistoryQuery& query) {
  std::lock_guard lock(mutex_);
  std::vector<LogEntry> entries;
  auto found = records_.find(key);
  if (found == records_.end()) return entries;
  Version newest = std::min(query.up_to, found->second.row.version);
  Version oldest = query.after + 1;
  while (oldest <= newest && query.after < newest && entries.size() < query.limit) {
    const Version version = query.newest_first ? newest-- : oldest++;
    entries.push_back(entry_of(key, found->second, version));
  }
  return entries;
}

Result<std::optional<Snapshot>> MemoryStore::snapshot(const RecordKey& key, Version version) {
  std::lock_guard lock(mutex_);
  auto found = records_.find(key);
  if (found == records_.end()) return std::optional<Snapshot>{};
  const auto& snapshots = found->second.snapshots;
  const auto after = snapshots.upper_bound(version);
  if (after == snapshots.begin()) return std::optional<Snapshot>{};
  return std::optional(Snapshot{std::prev(after)->first, std::prev(after)->second});
}

Result<std::optional<ChainEnd>> MemoryStore::chain_end(const RecordKey& key) {
  std::lock_guard lock(mutex_);
  auto found = records_.find(key);
  if (found == records_.end()) return std::optional<ChainEnd>{};
  return std::optional(found->second.chain);
}

// ---- leases

Result<std::optional<Lease>> MemoryStore::claim_lease(Part part, const std::string& owner, Millis ttl,
                                                      Time now) {
  std::lock_guard lock(mutex_);
  Partition& partition = parts_.at(part);
  const bool ours = partition.lease && partition.lease->owner == owner;
  if (partition.lease && !ours && partition.lease->expires_at > now) return std::optional<Lease>{};
  if (!ours) ++partition.epoch;
  partition.lease = Lease{part, owner, partition.epoch, now + ttl};
  return partition.lease;
}

Result<bool> MemoryStore::renew_lease(const Lease& lease, Millis ttl, Time now) {
  std::lock_guard lock(mutex_);
  auto& held = parts_.at(lease.part).lease;
  if (!held || held->owner != lease.owner || held->epoch != lease.epoch) return false;
  held->expires_at = now + ttl;
  return true;
}

Result<void> MemoryStore::release_lease(const Lease& lease) {
  std::lock_guard lock(mutex_);
  auto& held = parts_.at(lease.part).lease;
  if (held && held->owner == lease.owner && held->epoch == lease.epoch) held.reset();
  return ok();
}

// ---- delivery

Result<DeliveryState> MemoryStore::delivery_state(Part part) {
  std::lock_guard lock(mutex_);
  return state_of(parts_.at(part));
}

DeliveryState MemoryStore::state_of(const Partition& partition) {
  DeliveryState state{partition.cursor, {}, {}};
  for (const auto& [endpoint, lag] : partition.lags) state.lags.push_back(lag);
  for (const auto& [key, hold] : partition.holds) state.holds.push_back(hold);
  return state;
}

Result<std::vector<Attempt>> MemoryStore::attempts(const EndpointId& endpoint, std::uint64_t before,
                                                   std::size_t limit) {
  std::lock_guard lock(mutex_);
  std::vector<Attempt> page;
  auto found = attempts_.find(endpoint);
  if (found == attempts_.end()) return page;
  const auto& all = found->second.all;
  auto it = before == 0 ? all.end() : all.lower_bound(before);
  while (it != all.begin() && page.size() < limit) page.push_back((--it)->second);
  return page;
}

Result<std::vector<Attempt>> MemoryStore::attempts_of(const DeliveryKey& delivery) {
  std::lock_guard lock(mutex_);
  std::vector<Attempt> all;
  auto found = attempts_.find(delivery.endpoint);
  if (found == attempts_.end()) return all;
  auto numbers = found->second.of.find(delivery);
  if (numbers == found->second.of.end()) return all;
  for (std::uint64_t number : numbers->second) all.push_back(found->second.all.at(number));
  return all;
}

Result<std::vector<Hold>> MemoryStore::holds(const EndpointId& endpoint, std::size_t limit) {
  std::lock_guard lock(mutex_);
  std::vector<Hold> page;
  for (const Partition& partition : parts_) {
    auto it = partition.holds.lower_bound(HoldKey{endpoint, {}, {AccountId{}, Kind{}, ""}, 0, 0});
    for (; it != partition.holds.end() && it->first.endpoint == endpoint && page.size() < limit; ++it) {
      page.push_back(it->second);
    }
  }
  return page;
}

Result<std::vector<DeadDelivery>> MemoryStore::dead(const EndpointId& endpoint, const DeliveryKey& after,
                                                    std::size_t limit) {
  std::lock_guard lock(mutex_);
  std::vector<DeadDelivery> page;
  for (Part part = after.part; part < partitions(); ++part) {
    const auto& dead = parts_[part].dead;
    const bool resumes = part == after.part;
    auto it = dead.upper_bound({endpoint, part, resumes ? after.seq : 0, resumes ? after.event_index : 0});
    for (; it != dead.end() && it->first.endpoint == endpoint && page.size() < limit; ++it) {
      page.push_back(it->second);
    }
  }
  return page;
}

}  // namespace deltapost::store
