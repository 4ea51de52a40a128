#include "delivery/change_reader.hpp"

#include <utility>

namespace deltapost::delivery {
namespace {

constexpr std::size_t kRecentChanges = 512;  // per partition

}  // namespace

ChangeReader::ChangeReader(store::LogTail& tail, store::Store& store)
    : tail_(tail), store_(store), documents_(store), recent_(store.partitions()) {}

void ChangeReader::open(store::Part part) {
  recent_[part].assign(kRecentChanges, nullptr);
}

void ChangeReader::close(store::Part part) {
  recent_[part].clear();
}

Result<ChangeReader::Page> ChangeReader::read(store::Part part, store::Seq after, std::size_t limit) {
  const std::uint64_t erasures = tail_.erasures();
  auto rows = tail_.read(part, after, limit);
  if (!rows) return rows.error();
  Page page{.entries = {}, .read_up_to = rows->read_up_to};
  page.entries.reserve(rows->entries.size());
  for (store::LogEntryPtr& row : rows->entries) page.entries.push_back(keep(std::move(row), erasures));
  return page;
}

Result<std::vector<EntryPtr>> ChangeReader::history(const RecordKey& record,
                                                    const store::HistoryQuery& query) {
  const std::uint64_t erasures = tail_.erasures();
  auto rows = store_.history(record, query);
  if (!rows) return rows.error();
  std::vector<EntryPtr> entries;
  entries.reserve(rows->size());
  for (store::LogEntry& row : *rows) {
    ChangePtr change = known(row.part, row.seq);
    if (change == nullptr)
      change = std::make_shared<const LoggedChange>(std::make_shared<const store::LogEntry>(std::move(row)),
                                                    documents_, erasures);
    entries.push_back(std::move(change));
  }
  return entries;
}

Result<ChangePtr> ChangeReader::at(store::Part part, store::Seq seq) {
  if (ChangePtr change = known(part, seq)) return change;
  const std::uint64_t erasures = tail_.erasures();
  auto page = tail_.read(part, seq - 1, 1);
  if (!page) return page.error();
  if (page->entries.empty() || page->entries.front()->seq != seq)
    return Error{Fault::not_found, "there is no such change"};
  return std::make_shared<const LoggedChange>(std::move(page->entries.front()), documents_, erasures);
}

bool ChangeReader::is_current(const LoggedChange& change) const {
  return change.erasures() == tail_.erasures();
}

ChangePtr ChangeReader::known(store::Part part, store::Seq seq) const {
  const auto& recent = recent_[part];
  if (recent.empty()) return nullptr;
  const ChangePtr& change = recent[seq % recent.size()];
  return change != nullptr && change->seq == seq && is_current(*change) ? change : nullptr;
}

ChangePtr ChangeReader::keep(store::LogEntryPtr row, std::uint64_t erasures) {
  if (std::exchange(erasures_seen_, erasures) != erasures) documents_.forget_all();
  if (ChangePtr change = known(row->part, row->seq)) return change;
  auto& recent = recent_[row->part];
  auto change = std::make_shared<const LoggedChange>(std::move(row), documents_, erasures);
  if (!recent.empty()) recent[change->seq % recent.size()] = change;
  return change;
}

}  // namespace deltapost::delivery
