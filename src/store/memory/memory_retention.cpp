// MemoryStore's forgetting by age.
#include "store/erasure.hpp"
#include "store/memory/memory_store.hpp"

namespace deltapost::store {

Result<Forgotten> MemoryStore::retain(const Retention& retention) {
  Forgotten forgotten;
  if (retention.receipts_before)
    forgotten.receipts = drop_receipts(retention.account, *retention.receipts_before);
  if (retention.attempts_before)
    for (const auto& endpoint : retention.endpoints)
      forgotten.attempts += drop_attempts(endpoint, *retention.attempts_before);
  if (!retention.changes_before) return forgotten;

  const Redactor redactor{.gone_through = [&](Part part) -> Result<Seq> {
                            std::lock_guard lock(mutex_);
                            return parts_[part].retained[retention.account];
                          },
                          .write = [&](const RedactionStep& step) -> Result<std::optional<std::size_t>> {
                            return redact(retention.account, step);
                          }};
  auto redacted = redact_old_changes(*this, retention.account, *retention.changes_before, redactor);
  if (!redacted) return redacted.error();
  forgotten.changes = *redacted;
  return forgotten;
}

std::size_t MemoryStore::drop_receipts(const AccountId& account, Time before) {
  std::lock_guard lock(mutex_);
  return std::erase_if(receipts_, [&](const auto& row) {
    const Receipt& receipt = row.second;
    const bool waits = receipt.verdict == Verdict::quarantined && receipt.resolution.empty();
    if (receipt.account != account || receipt.at >= before || waits) return false;
    for (const auto& record : receipt.about) about_.erase({record, receipt.number});
    return true;
  });
}

std::size_t MemoryStore::drop_attempts(const EndpointId& endpoint, Time before) {
  std::lock_guard lock(mutex_);
  auto found = attempts_.find(endpoint);
  if (found == attempts_.end()) return 0;
  EndpointAttempts& attempts = found->second;
  return std::erase_if(attempts.all, [&](const auto& row) {
    const Attempt& attempt = row.second;
    if (attempt.at >= before || attempt.number == attempts.newest) return false;
    auto of = attempts.of.find(attempt.delivery);
    std::erase(of->second, attempt.number);
    if (of->second.empty()) attempts.of.erase(of);
    return true;
  });
}

std::optional<std::size_t> MemoryStore::redact(const AccountId& account, const RedactionStep& step) {
  std::lock_guard lock(mutex_);
  Partition& partition = parts_[step.part];
  if (step.up_to > delivered_up_to(state_of(partition))) return std::nullopt;
  std::size_t redacted = 0;
  for (const auto& redaction : step.redactions) {
    KeptRecord& record = records_.at(redaction.record);
    const auto entry_at = [&](Version version) -> LogEntry& {
      return partition.log[record.seqs[version - 1] - 1];
    };
    if (is_redacted(entry_at(redaction.up_to).changes)) continue;
    for (Version version = redaction.up_to; version > 0; --version) {
      LogEntry& entry = entry_at(version);
      if (is_redacted(entry.changes)) break;
      entry.changes = without_values(record.chain.salt, entry.changes);
      ++redacted;
    }
    std::erase_if(record.snapshots, [&](const auto& kept) { return kept.first < redaction.up_to; });
    if (redaction.document) record.snapshots[redaction.up_to] = *redaction.document;
  }
  partition.retained[account] = step.up_to;
  return redacted;
}

}  // namespace deltapost::store
