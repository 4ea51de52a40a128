#include "store/draft.hpp"

#include <algorithm>

#include "base/check.hpp"
#include "store/erasure.hpp"

namespace deltapost::store {

Result<std::optional<StoredRecord>> Draft::find(const RecordKey& key) {
  auto written = latest_write_.find(key);
  if (written == latest_write_.end()) return store_.find_to_write(key);

  const RecordWrite& first = batch_.writes[written->second.first];
  const RecordWrite& last = batch_.writes[written->second.last];
  StoredRecord record{key,         last.entry.version, *last.entry.document, first.entry.at, last.updated_at,
                      last.deleted};
  if (first.entry.version > 1) {
    auto stored = store_.find_to_write(key);
    if (!stored) return stored.error();
    if (*stored) record.created_at = (*stored)->created_at;
  }
  return std::optional(std::move(record));
}

Result<std::string> Draft::last_id(const AccountId& account, Kind kind) {
  auto stored = store_.last_id(account, kind);
  if (!stored) return stored;
  auto added = greatest_new_id_.find({account, kind});
  return added == greatest_new_id_.end() ? *stored : std::max(*stored, added->second);
}

Result<std::optional<std::string>> Draft::holder_of(const UniqueValue& unique) {
  auto claimed = latest_claim_.find(unique);
  if (claimed == latest_claim_.end()) return store_.holder_of(unique);
  const std::string& holder = batch_.claims[claimed->second].holder;
  return holder.empty() ? std::optional<std::string>{} : std::optional(holder);
}

Result<std::optional<std::string>> Draft::secret_of(const RecordKey& owner) {
  auto put = latest_secret_.find(owner);
  if (put == latest_secret_.end()) return store_.secret_of(owner);
  const std::string& sealed = batch_.secrets[put->second].sealed;
  return sealed.empty() ? std::optional<std::string>{} : std::optional(sealed);
}

Result<std::optional<IdempotencyRow>> Draft::idempotency(const AccountId& account, const std::string& key) {
  auto given = latest_idempotency_.find({account, key});
  auto row = given == latest_idempotency_.end()
                 ? store_.idempotency(account, key)
                 : Result<std::optional<IdempotencyRow>>(batch_.idempotency[given->second]);
  if (row && *row && erases((*row)->about)) erase_answer(**row);
  return row;
}

void Draft::put(RecordWrite write) {
  DP_CHECK(write.entry.document != nullptr && write.entry.version > 0);
  write.entry.at = now_;
  batch_.writes.push_back(std::move(write));
  index_write(batch_.writes.size() - 1);
}

void Draft::claim(UniqueClaim claim) {
  latest_claim_[claim.unique] = batch_.claims.size();
  batch_.claims.push_back(std::move(claim));
}

void Draft::put(IdempotencyRow row) {
  latest_idempotency_[{row.account, row.key}] = batch_.idempotency.size();
  batch_.idempotency.push_back(std::move(row));
}

void Draft::put(SecretRow row) {
  latest_secret_[row.owner] = batch_.secrets.size();
  batch_.secrets.push_back(std::move(row));
}

void Draft::put(DeliveryProgressPtr progress) {
  batch_.progress.push_back(std::move(progress));
}

void Draft::begin_job() {
  job_began_ = here();
  given_before_job_ = given_;
}

void Draft::drop_job() {
  given_ = given_before_job_;
  if (here() == job_began_) return;
  batch_.writes.resize(job_began_.writes);
  batch_.claims.resize(job_began_.claims);
  batch_.idempotency.resize(job_began_.idempotency);
  batch_.secrets.resize(job_began_.secrets);
  batch_.progress.resize(job_began_.progress);
  batch_.receipts.resize(job_began_.receipts);
  batch_.resolutions.resize(job_began_.resolutions);
  batch_.seen.resize(job_began_.seen);
  batch_.clocks.resize(job_began_.clocks);
  batch_.erasures.resize(job_began_.erasures);
  rebuild_overlays();
}

bool Draft::empty() const {
  return here() == Mark{};
}

Draft::Mark Draft::here() const {
  return {batch_.writes.size(),   batch_.claims.size(),   batch_.idempotency.size(), batch_.secrets.size(),
          batch_.progress.size(), batch_.receipts.size(), batch_.resolutions.size(), batch_.seen.size(),
          batch_.clocks.size(),   batch_.erasures.size()};
}

bool Draft::erases(const RecordKey& record) const {
  return std::ranges::find(batch_.erasures, record, &Erasure::record) != batch_.erasures.end();
}

void Draft::index_write(std::size_t position) {
  const LogEntry& entry = batch_.writes[position].entry;
  if (entry.version == 1) {
    std::string& greatest = greatest_new_id_[{entry.key.account, entry.key.kind}];
    greatest = std::max(greatest, entry.key.id);
  }
  auto [latest, fresh] = latest_write_.try_emplace(entry.key, LatestWrite{position, position});
  if (fresh) return;
  DP_CHECK(entry.version == batch_.writes[latest->second.last].entry.version + 1);
  latest->second.last = position;
}

void Draft::rebuild_overlays() {
  latest_write_.clear();
  greatest_new_id_.clear();
  latest_claim_.clear();
  latest_secret_.clear();
  latest_idempotency_.clear();
  for (std::size_t i = 0; i < batch_.writes.size(); ++i) index_write(i);
  for (std::size_t i = 0; i < batch_.claims.size(); ++i) latest_claim_[batch_.claims[i].unique] = i;
  for (std::size_t i = 0; i < batch_.secrets.size(); ++i) latest_secret_[batch_.secrets[i].owner] = i;
  for (std::size_t i = 0; i < batch_.idempotency.size(); ++i) {
    latest_idempotency_[{batch_.idempotency[i].account, batch_.idempotency[i].key}] = i;
  }
  rebuild_receiving_overlays();
}

}  // namespace deltapost::store
