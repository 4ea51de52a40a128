#include "store/retention.hpp"

#include <algorithm>
#include <map>

#include "store/chain.hpp"
#include "store/history.hpp"

namespace deltapost::store {
namespace {

/// Log entries per step: a commit waits for no more than that.
constexpr std::size_t kAtOnce = 200;

/// Which version of each record the entries ask to be redacted.
Result<std::map<RecordKey, Version>> wanted(Store& store, const AccountId& account,
                                            const std::vector<LogEntry>& entries) {
  std::map<RecordKey, Version> wanted, newest;
  for (const auto& entry : entries) {
    if (entry.key.account != account) continue;
    auto [known, first] = newest.try_emplace(entry.key, 0);
    if (first) {
      auto record = store.find(entry.key);
      if (!record) return record.error();
      if (*record) known->second = (*record)->version;
    }
    const Version version = entry.version < known->second ? entry.version : entry.version - 1;
    if (version == 0 || (version == entry.version && is_redacted(entry.changes))) continue;
    Version& up_to = wanted[entry.key];
    up_to = std::max(up_to, version);
  }
  return wanted;
}

/// nullopt: it is redacted already.
Result<std::optional<Redaction>> prepare(Store& store, const RecordKey& key, Version version) {
  auto entry = store.history(key, {.after = version - 1, .up_to = version, .limit = 1});
  if (!entry) return entry.error();
  if (entry->empty() || is_redacted(entry->front().changes)) return std::optional<Redaction>{};
  Redaction redaction{key, version, entry->front().seq};
  auto record = at_version(store, key, version);
  if (record) {
    redaction.document = to_text(record->document);
  } else if (record.error().fault != Fault::not_found) {
    return record.error();
  }
  return std::optional(std::move(redaction));
}

Result<RedactionStep> plan(Store& store, const AccountId& account, Part part, Seq after, Seq last) {
  RedactionStep step{part, after};
  auto page = store.read_log(part, after, std::min<Seq>(kAtOnce, last - after));
  if (!page) return page.error();
  if (page->entries.empty()) return step;
  step.up_to = page->entries.back().seq;
  auto versions = wanted(store, account, page->entries);
  if (!versions) return versions.error();
  for (const auto& [key, version] : *versions) {
    auto redaction = prepare(store, key, version);
    if (!redaction) return redaction.error();
    if (*redaction) step.redactions.push_back(**std::move(redaction));
  }
  return step;
}

}  // namespace

Seq delivered_up_to(const DeliveryState& state) {
  Seq up_to = state.cursor;
  for (const auto& lag : state.lags) up_to = std::min(up_to, lag.position);
  for (const auto& hold : state.holds) up_to = std::min(up_to, hold.delivery.seq - 1);
  return up_to;
}

Result<std::size_t> redact_old_changes(Store& store, const AccountId& account, Time before,
                                       const Redactor& redactor) {
  std::size_t redacted = 0;
  for (Part part = 0; part < store.partitions(); ++part) {
    auto after = redactor.gone_through(part);
    if (!after) return after.error();
    auto old = store.seq_before(part, before);
    if (!old) return old.error();
    auto state = store.delivery_state(part);
    if (!state) return state.error();
    const Seq last = std::min(*old, delivered_up_to(*state));
    while (*after < last) {
      auto step = plan(store, account, part, *after, last);
      if (!step) return step.error();
      auto written = redactor.write(*step);
      if (!written) return written.error();
      if (!*written || step->up_to == *after) break;
      redacted += **written;
      after = step->up_to;
    }
  }
  return redacted;
}

}  // namespace deltapost::store
