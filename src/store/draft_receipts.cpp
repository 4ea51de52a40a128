// The part of Draft that is about receiving.
#include "base/check.hpp"
#include "store/draft.hpp"

namespace deltapost::store {

Result<std::optional<SeenRow>> Draft::seen(const AccountId& account, const std::string& source,
                                           const std::string& key) {
  auto put = latest_seen_.find({account, source, key});
  if (put == latest_seen_.end()) return store_.seen(account, source, key);
  return std::optional(batch_.seen[put->second]);
}

Result<std::optional<std::string>> Draft::clocks_of(const RecordKey& owner) {
  auto put = latest_clocks_.find(owner);
  if (put == latest_clocks_.end()) return store_.clocks_of(owner);
  const std::string& clocks = batch_.clocks[put->second].clocks;
  return clocks.empty() ? std::optional<std::string>{} : std::optional(clocks);
}

Result<std::optional<Receipt>> Draft::receipt(const AccountId& account, ReceiptNumber number) {
  std::optional<Receipt> receipt;
  if (auto put = receipt_.find(number); put != receipt_.end()) {
    if (batch_.receipts[put->second].account == account) receipt = batch_.receipts[put->second];
  } else {
    auto stored = store_.receipt(account, number);
    if (!stored) return stored.error();
    receipt = *std::move(stored);
  }
  auto resolved = resolution_.find(number);
  if (receipt && resolved != resolution_.end())
    receipt->resolution = batch_.resolutions[resolved->second].resolution;
  return receipt;
}

Result<std::vector<LogEntry>> Draft::history_since(const RecordKey& key, Version after) {
  auto entries = store_.history(key, {.after = after, .limit = kMaxHistorySince + 1});
  if (!entries) return entries.error();
  if (auto written = latest_write_.find(key); written != latest_write_.end()) {
    for (std::size_t i = written->second.first; i <= written->second.last; ++i) {
      const RecordWrite& write = batch_.writes[i];
      if (write.entry.key != key || write.entry.version <= after) continue;
      LogEntry& entry = entries->emplace_back(write.entry);
      entry.part = partition_of(key, store_.partitions());
      entry.updated_at = write.updated_at;
      entry.deleted = write.deleted;
    }
  }
  if (entries->size() > kMaxHistorySince)
    return Error{Fault::too_large, "the " + std::string(to_string(key.kind)) + " " + wire_id(key) +
                                       " has changed more than " + std::to_string(kMaxHistorySince) +
                                       " times since version " + std::to_string(after)};
  return entries;
}

Result<ReceiptNumber> Draft::next_receipt(Part part) {
  auto given = given_.find(part);
  if (given == given_.end()) {
    auto last = store_.last_receipt(part);
    if (!last) return last;
    given = given_.emplace(part, std::max(*last, before_receipts(part))).first;
  }
  return ++given->second;
}

void Draft::put(Receipt receipt) {
  receipt_[receipt.number] = batch_.receipts.size();
  batch_.receipts.push_back(std::move(receipt));
}

void Draft::put(ReceiptResolution resolution) {
  resolution_[resolution.number] = batch_.resolutions.size();
  batch_.resolutions.push_back(std::move(resolution));
}

void Draft::put(SeenRow row) {
  latest_seen_[{row.account, row.source, row.key}] = batch_.seen.size();
  batch_.seen.push_back(std::move(row));
}

void Draft::put(ClocksRow row) {
  latest_clocks_[row.owner] = batch_.clocks.size();
  batch_.clocks.push_back(std::move(row));
}

void Draft::put(Erasure erasure) {
  latest_clocks_[erasure.record] = batch_.clocks.size();
  batch_.clocks.push_back({erasure.record, ""});
  batch_.erasures.push_back(std::move(erasure));
}

void Draft::rebuild_receiving_overlays() {
  receipt_.clear();
  resolution_.clear();
  latest_seen_.clear();
  latest_clocks_.clear();
  for (std::size_t i = 0; i < batch_.receipts.size(); ++i) receipt_[batch_.receipts[i].number] = i;
  for (std::size_t i = 0; i < batch_.resolutions.size(); ++i) resolution_[batch_.resolutions[i].number] = i;
  for (std::size_t i = 0; i < batch_.seen.size(); ++i) {
    const SeenRow& row = batch_.seen[i];
    latest_seen_[{row.account, row.source, row.key}] = i;
  }
  for (std::size_t i = 0; i < batch_.clocks.size(); ++i) latest_clocks_[batch_.clocks[i].owner] = i;
}

}  // namespace deltapost::store
