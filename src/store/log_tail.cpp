#include "store/log_tail.hpp"

#include <algorithm>

#include "base/check.hpp"
#include "store/chain.hpp"

namespace deltapost::store {
namespace {

/// A parsed document takes about so many times its text.
constexpr std::size_t kParsedGrowth = 5;

std::size_t bytes_of(const LogEntry& entry) {
  const std::size_t text = entry.changes.size() + (entry.document ? entry.document->size() : 0);
  return sizeof(LogEntry) + (entry.step ? text * (1 + kParsedGrowth) : text);
}

}  // namespace

LogTail::LogTail(Store& store, LogTailLimits limits)
    : store_(store), limits_(limits), tails_(store.partitions()) {}

Result<void> LogTail::start() {
  std::lock_guard lock(mutex_);
  for (Part part = 0; part < tails_.size(); ++part) {
    auto head = store_.head(part);
    if (!head) return head.error();
    tails_[part].head = *head;
  }
  return ok();
}

void LogTail::append(std::vector<LogEntry> entries) {
  std::vector<LogEntryPtr> shared;
  shared.reserve(entries.size());
  for (auto& entry : entries) shared.push_back(std::make_shared<const LogEntry>(std::move(entry)));
  {
    std::lock_guard lock(mutex_);
    for (const auto& entry : shared) push(entry);
    for (const auto& entry : shared)
      if (is_redacted(entry->changes)) forget_all(tails_.at(entry->part));
  }
  std::lock_guard lock(subscribers_mutex_);
  for (auto& [token, wake] : subscribers_) wake();
}

void LogTail::forget(const RecordKey& record) {
  std::lock_guard lock(mutex_);
  forget_all(tails_.at(partition_of(record, partitions())));
}

/// The partition's entries must follow each other, so all go; erasures are rare.
void LogTail::forget_all(Tail& tail) {
  while (!tail.entries.empty()) drop_oldest(tail);
  ++erasures_;
}

void LogTail::push(LogEntryPtr entry) {
  Tail& tail = tails_.at(entry->part);
  DP_CHECK(entry->seq == tail.head + 1);
  tail.head = entry->seq;
  tail.bytes += bytes_of(*entry);
  bytes_ += bytes_of(*entry);
  tail.entries.push_back(std::move(entry));
  if (tail.entries.size() > limits_.max_entries) drop_oldest(tail);
  while (bytes_ > limits_.max_bytes) {
    drop_oldest(*std::max_element(tails_.begin(), tails_.end(),
                                  [](const Tail& a, const Tail& b) { return a.bytes < b.bytes; }));
  }
}

void LogTail::drop_oldest(Tail& tail) {
  const std::size_t bytes = bytes_of(*tail.entries.front());
  tail.bytes -= bytes;
  bytes_ -= bytes;
  tail.entries.pop_front();
}

Result<TailPage> LogTail::read(Part part, Seq after, std::size_t limit) {
  {
    std::lock_guard lock(mutex_);
    const Tail& tail = tails_.at(part);
    TailPage page{{}, after};
    if (after >= tail.head) return page;
    const Seq first_kept = tail.head - tail.entries.size() + 1;
    if (after + 1 >= first_kept) {
      const auto skip = static_cast<std::ptrdiff_t>(after + 1 - first_kept);
      const auto count = static_cast<std::ptrdiff_t>(std::min<Seq>(limit, tail.head - after));
      page.entries.assign(tail.entries.begin() + skip, tail.entries.begin() + skip + count);
      page.read_up_to = after + static_cast<Seq>(count);
      return page;
    }
  }
  auto stored = store_.read_log(part, after, limit);
  if (!stored) return stored.error();
  TailPage page{{}, stored->read_up_to};
  page.entries.reserve(stored->entries.size());
  for (auto& entry : stored->entries)
    page.entries.push_back(std::make_shared<const LogEntry>(std::move(entry)));
  return page;
}

Seq LogTail::head(Part part) const {
  std::lock_guard lock(mutex_);
  return tails_.at(part).head;
}

std::size_t LogTail::subscribe(std::function<void()> wake) {
  std::lock_guard lock(subscribers_mutex_);
  subscribers_.emplace_back(next_token_, std::move(wake));
  return next_token_++;
}

void LogTail::unsubscribe(std::size_t token) {
  std::lock_guard lock(subscribers_mutex_);
  std::erase_if(subscribers_, [token](const auto& subscriber) { return subscriber.first == token; });
}

}  // namespace deltapost::store
