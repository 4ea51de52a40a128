// What MemoryStore keeps of what sources got: receipts, what was seen, clocks.
#include <unordered_set>

#include "base/check.hpp"
#include "store/memory/memory_store.hpp"
#include "store/receipt_query.hpp"
#include "store/refusal.hpp"

namespace deltapost::store {
namespace {

Receipt without_body(Receipt receipt) {
  receipt.headers.clear();
  receipt.body.clear();
  return receipt;
}

}  // namespace

// ---- writing

Result<void> MemoryStore::check_receipts(const Batch& batch) const {
  std::map<Part, ReceiptNumber> last;
  std::unordered_set<ReceiptNumber> added, resolved;
  for (const auto& receipt : batch.receipts) {
    const Part part = part_of(receipt.number);
    auto [reached, first] = last.try_emplace(part, parts_.at(part).last_receipt);
    if (receipt.number <= std::max(reached->second, before_receipts(part)))
      return number_given(reached->second, receipt.number);
    reached->second = receipt.number;
    added.insert(receipt.number);
    if (!receipt.resolution.empty()) resolved.insert(receipt.number);
  }
  for (const auto& resolution : batch.resolutions) {
    const auto stored = receipts_.find(resolution.number);
    const bool exists = stored != receipts_.end() || added.contains(resolution.number);
    const bool before = stored != receipts_.end() && !stored->second.resolution.empty();
    if (!exists || before || !resolved.insert(resolution.number).second)
      return not_resolvable(resolution.number, exists);
  }
  return ok();
}

void MemoryStore::apply(const Receipt& receipt) {
  receipts_[receipt.number] = receipt;
  parts_[part_of(receipt.number)].last_receipt = receipt.number;
  for (const auto& record : receipt.about) about_.emplace(record, receipt.number);
}

void MemoryStore::apply(const ReceiptResolution& resolution) {
  receipts_.at(resolution.number).resolution = resolution.resolution;
}

void MemoryStore::apply(const SeenRow& row) {
  seen_[{row.account, row.source, row.key}] = row;
}

void MemoryStore::apply(const ClocksRow& row) {
  records_.at(row.owner).clocks = row.clocks;
}

// ---- reading

Result<ReceiptNumber> MemoryStore::last_receipt(Part part) {
  std::lock_guard lock(mutex_);
  return parts_.at(part).last_receipt;
}

Result<std::optional<Receipt>> MemoryStore::receipt(const AccountId& account, ReceiptNumber number) {
  std::lock_guard lock(mutex_);
  auto found = receipts_.find(number);
  if (found == receipts_.end() || found->second.account != account) return std::optional<Receipt>{};
  return std::optional(found->second);
}

Result<ReceiptPage> MemoryStore::receipts(const ReceiptQuery& query) {
  std::lock_guard lock(mutex_);
  ReceiptPage page;
  /// False: the page is full.
  const auto look_at = [&](const Receipt& receipt) {
    if (receipt.account != query.account || !asks_for(query, receipt)) return true;
    if (page.receipts.size() == query.limit) {
      if (!page.receipts.empty()) page.next = page.receipts.back().number;
      return false;
    }
    page.receipts.push_back(query.bodies ? receipt : without_body(receipt));
    return true;
  };
  if (query.oldest_first) {
    for (auto it = receipts_.upper_bound(query.after); it != receipts_.end() && look_at(it->second);) ++it;
  } else {
    auto it = query.after == 0 ? receipts_.end() : receipts_.lower_bound(query.after);
    while (it != receipts_.begin() && look_at(std::prev(it)->second)) --it;
  }
  return page;
}

Result<std::vector<Receipt>> MemoryStore::receipts_about(const RecordKey& record, ReceiptNumber before,
                                                         std::size_t limit) {
  std::lock_guard lock(mutex_);
  std::vector<Receipt> page;
  auto it = about_.lower_bound({record, before == 0 ? ~ReceiptNumber{0} : before});
  while (it != about_.begin() && std::prev(it)->first == record && page.size() < limit) {
    page.push_back(without_body(receipts_.at((--it)->second)));
  }
  return page;
}

Result<std::optional<SeenRow>> MemoryStore::seen(const AccountId& account, const std::string& source,
                                                 const std::string& key) {
  std::lock_guard lock(mutex_);
  auto found = seen_.find({account, source, key});
  if (found == seen_.end()) return std::optional<SeenRow>{};
  return std::optional(found->second);
}

Result<std::optional<std::string>> MemoryStore::clocks_of(const RecordKey& owner) {
  std::lock_guard lock(mutex_);
  auto found = records_.find(owner);
  if (found == records_.end() || found->second.clocks.empty()) return std::optional<std::string>{};
  return std::optional(found->second.clocks);
}

}  // namespace deltapost::store
