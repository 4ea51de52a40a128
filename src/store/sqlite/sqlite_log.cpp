// SqliteStore's reads of the log and of one record's history.
#include <algorithm>

#include "store/sqlite/packed_document.hpp"
#include "store/sqlite/packed_keys.hpp"
#include "store/sqlite/store_impl.hpp"

namespace deltapost::store {

using sqlite::Database;
using sqlite::LogPos;
using sqlite::Names;
using sqlite::Rows;

namespace {

#define DP_ENTRY_COLUMNS                                                                             \
  "log.pos, log.version, log.at, log.updated_lag, log.deleted, log.actor, log.source, log.changes, " \
  "log.receipt, log.hash"

LogEntry to_entry(Rows& row, Names& names, Database& database) {
  LogEntry entry;
  entry.part = static_cast<Part>(LogPos::high(row.integer(0)));
  entry.seq = LogPos::low(row.integer(0));
  entry.version = row.natural(1);
  entry.at = row.time(2);
  entry.updated_at = entry.at - Millis{row.integer(3)};
  entry.deleted = row.integer(4) != 0;
  entry.origin = {names.text(database, row.integer(5)), names.text(database, row.integer(6)), row.natural(8)};
  entry.changes = row.text(7);
  entry.hash = row.text(9);
  return entry;
}

/// A record's place in the file, and the newest link of its chain of log entries.
struct Chain {
  std::int64_t rid = 0;
  Version version = 0;
  Seq seq = 0;
};

std::optional<Chain> find_chain(Database& database, Names& names, const RecordKey& key) {
  const auto account = names.find(database, key.account.text());
  if (!account) return std::nullopt;
  Rows row =
      database.query("SELECT rid, version, last_seq FROM records WHERE kind = ? AND account = ? AND id = ?",
                     static_cast<int>(key.kind), *account, key.id);
  if (!row.next()) return std::nullopt;
  return Chain{row.integer(0), row.natural(1), row.natural(2)};
}

/// Enters the chain at the nearest snapshot at or above `version`, when that is nearer than the chain's end.
void enter_near(Database& database, Chain& chain, Version version) {
  if (chain.version - version < kSnapshotEvery) return;
  Rows row = database.query(
      "SELECT version, seq FROM snapshots WHERE rid = ? AND version >= ? ORDER BY version LIMIT 1", chain.rid,
      version);
  if (!row.next()) return;
  chain.version = row.natural(0);
  chain.seq = row.natural(1);
}

/// The versions that a query asks for, all of which exist. Empty when newest < oldest.
struct VersionRange {
  Version oldest, newest;
};

VersionRange versions_of(const HistoryQuery& query, Version current) {
  VersionRange range{query.after + 1, std::min(query.up_to, current)};
  if (query.after >= range.newest || query.limit == 0) return {1, 0};
  const Version spare =
      range.newest - range.oldest + 1 - std::min<Version>(query.limit, range.newest - query.after);
  (query.newest_first ? range.oldest += spare : range.newest -= spare);
  return range;
}

}  // namespace

Result<LogPage> SqliteStore::read_log(Part part, Seq after, std::size_t limit) {
  return impl_->read([&](Database& database) {
    LogPage page{{}, after};
    if (after >= static_cast<Seq>(LogPos::kMaxLow)) return page;
    Rows rows =
        database.query("SELECT " DP_ENTRY_COLUMNS
                       ", records.kind, records.account, records.id FROM log LEFT JOIN records "
                       "ON records.rid = log.rid WHERE log.pos > ? AND log.pos <= ? ORDER BY log.pos LIMIT ?",
                       LogPos::pack(part, after), LogPos::last(part), limit);
    while (rows.next()) {
      LogEntry entry = to_entry(rows, impl_->names, database);
      if (rows.integer(10) ==
          0) {  // never to be skipped in silence: whoever follows the log would miss a change
        throw sqlite::Refusal{{Fault::corrupt, "log entry " + std::to_string(entry.seq) + " of partition " +
                                                   std::to_string(part) + " belongs to no record"}};
      }
      entry.key = {AccountId(impl_->names.text(database, rows.integer(11))),
                   static_cast<Kind>(rows.integer(10)), rows.text(12)};
      page.read_up_to = entry.seq;
      page.entries.push_back(std::move(entry));
    }
    return page;
  });
}

Result<Seq> SqliteStore::head(Part part) {
  return impl_->read([&](Database& database) -> Seq {
    Rows row = database.query("SELECT pos FROM log WHERE pos BETWEEN ? AND ? ORDER BY pos DESC LIMIT 1",
                              LogPos::first(part), LogPos::last(part));
    return row.next() ? LogPos::low(row.integer(0)) : 0;
  });
}

Result<Seq> SqliteStore::seq_before(Part part, Time time) {
  auto newest = head(part);
  if (!newest) return newest;
  return impl_->read([&](Database& database) {
    // Times never decrease along the log and it has no gaps, so halving finds the place.
    Seq before = 0, not_before = *newest + 1;
    while (not_before - before > 1) {
      const Seq middle = before + (not_before - before) / 2;
      Rows row = database.query("SELECT at FROM log WHERE pos = ?", LogPos::pack(part, middle));
      if (!row.next())
        throw sqlite::Refusal{{Fault::corrupt, "the log has a gap at " + std::to_string(middle)}};
      (row.time(0) < time ? before : not_before) = middle;
    }
    return before;
  });
}

Result<std::vector<LogEntry>> SqliteStore::history(const RecordKey& key, const HistoryQuery& query) {
  return impl_->read_at_once([&](Database& database) {
    std::vector<LogEntry> entries;
    auto chain = find_chain(database, impl_->names, key);
    if (!chain) return entries;
    const auto [oldest, newest] = versions_of(query, chain->version);
    if (newest < oldest) return entries;

    enter_near(database, *chain, newest);
    const Part part = static_cast<Part>(sqlite::RecordRow::high(chain->rid));
    for (Version version = chain->version; version >= oldest; --version) {
      Rows row =
          database.query("SELECT " DP_ENTRY_COLUMNS ", log.prev_seq, log.rid FROM log WHERE log.pos = ?",
                         LogPos::pack(part, chain->seq));
      if (!row.next() || row.natural(1) != version || row.integer(11) != chain->rid) {
        throw sqlite::Refusal{{Fault::corrupt, "the history of " + wire_id(key) +
                                                   " breaks off before version " + std::to_string(version)}};
      }
      chain->seq = row.natural(10);
      if (version > newest) continue;
      entries.push_back(to_entry(row, impl_->names, database));
      entries.back().key = key;
    }
    if (!query.newest_first) std::reverse(entries.begin(), entries.end());
    return entries;
  });
}

#undef DP_ENTRY_COLUMNS

Result<std::optional<Snapshot>> SqliteStore::snapshot(const RecordKey& key, Version version) {
  return impl_->read([&](Database& database) -> std::optional<Snapshot> {
    const auto chain = find_chain(database, impl_->names, key);
    if (!chain) return std::nullopt;
    Rows row = database.query(
        "SELECT version, document FROM snapshots WHERE rid = ? AND version <= ? ORDER BY version DESC LIMIT "
        "1",
        chain->rid, static_cast<std::int64_t>(std::min(version, chain->version)));
    if (!row.next()) return std::nullopt;
    return Snapshot{row.natural(0), sqlite::unpack_document(row.bytes(1))};
  });
}

Result<std::optional<ChainEnd>> SqliteStore::chain_end(const RecordKey& key) {
  return impl_->read([&](Database& database) -> std::optional<ChainEnd> {
    const auto account = impl_->names.find(database, key.account.text());
    if (!account) return std::nullopt;
    Rows row = database.query("SELECT salt, tip FROM records WHERE kind = ? AND account = ? AND id = ?",
                              static_cast<int>(key.kind), *account, key.id);
    if (!row.next()) return std::nullopt;
    return ChainEnd{row.text(0), row.text(1)};
  });
}

}  // namespace deltapost::store
