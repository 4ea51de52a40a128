// SqliteStore's forgetting by age: each step a write transaction of its own, so that commits wait for one
// step at most.
#include <algorithm>

#include "store/erasure.hpp"
#include "store/retention.hpp"
#include "store/sqlite/attempt_rows.hpp"
#include "store/sqlite/packed_document.hpp"
#include "store/sqlite/packed_keys.hpp"
#include "store/sqlite/receipt_rows.hpp"
#include "store/sqlite/store_impl.hpp"

namespace deltapost::store {

using sqlite::AttemptRow;
using sqlite::Blob;
using sqlite::Database;
using sqlite::LogPos;
using sqlite::Name;
using sqlite::Rows;

namespace {

/// Receipts that one step looks at.
constexpr int kAtOnce = 200;
/// Rows of attempts that one step looks at, each of up to a hundred.
constexpr std::size_t kAttemptRowsAtOnce = 50;

/// A step along rows that lie in the order of time.
struct Stretch {
  std::int64_t after = 0;  // where the next one begins
  std::size_t dropped = 0;
  bool goes_on = false;  // something in it was old, and there is more
};

// ---- receipts

/// An unresolved quarantined one waits for a person, however long that takes.
bool waits(Database& database, std::int64_t number) {
  Rows row = database.query("SELECT resolution = '' FROM receipts WHERE number = ?", number);
  return row.next() && row.integer(0) != 0;
}

void drop_receipt(Database& database, const AccountId& account, Name name, std::int64_t number) {
  std::string about;
  {
    Rows row = database.query("SELECT about FROM receipts WHERE number = ?", number);
    if (row.next()) about = row.text(0);
  }
  for (const auto& key : sqlite::about_from_text(account, about)) {
    database.execute("DELETE FROM receipts_about WHERE account = ? AND kind = ? AND id = ? AND number = ?",
                     name, static_cast<int>(key.kind), key.id, number);
  }
  database.execute("DELETE FROM receipts WHERE number = ?", number);
}

Stretch drop_some_receipts(Database& database, const AccountId& account, Name name, std::int64_t after,
                           Time before) {
  Stretch stretch{after};
  const Part part = part_of(static_cast<ReceiptNumber>(after));
  std::vector<std::int64_t> old;
  int looked_at = 0;
  {
    Rows rows = database.query(
        "SELECT number, verdict, at FROM receipts INDEXED BY receipts_by_account WHERE account = ? AND "
        "number > ? "
        "AND number < ? ORDER BY number LIMIT ?",
        name, after, before_receipts(part + 1), kAtOnce);
    while (rows.next()) {
      ++looked_at;
      stretch.after = rows.integer(0);
      if (rows.time(2) >= before) continue;
      stretch.goes_on = true;
      const bool quarantined = rows.integer(1) == static_cast<int>(Verdict::quarantined);
      if (!quarantined || !waits(database, stretch.after)) old.push_back(stretch.after);
    }
  }
  for (std::int64_t number : old) drop_receipt(database, account, name, number);
  if (!old.empty()) {
    database.execute("UPDATE cursors SET dropped_receipt = max(dropped_receipt, ?) WHERE part = ?",
                     old.back(), part);
  }
  stretch.dropped = old.size();
  stretch.goes_on = stretch.goes_on && looked_at == kAtOnce;
  return stretch;
}

// ---- attempts

Stretch drop_some_attempts(Database& database, Name endpoint, std::int64_t after, Time before) {
  Stretch stretch{after};
  const auto newest = sqlite::newest_attempts(database, endpoint);
  if (!newest) return stretch;
  const std::uint64_t stays = newest->attempts.back().attempt.number;
  std::vector<sqlite::KeptRow> looked_at;
  {
    Rows rows = database.query(
        "SELECT attempt, packed FROM attempts WHERE attempt > ? AND attempt <= ? ORDER BY attempt LIMIT ?",
        after, newest->key, kAttemptRowsAtOnce);
    while (rows.next()) looked_at.push_back(sqlite::to_kept_row(rows));
  }
  for (auto& row : looked_at) {
    stretch.after =
        AttemptRow::pack(static_cast<std::uint64_t>(endpoint), row.attempts.back().attempt.number);
    const std::size_t dropped = std::erase_if(row.attempts, [&](const sqlite::KeptAttempt& kept) {
      return kept.attempt.at < before && kept.attempt.number != stays;
    });
    if (dropped > 0) sqlite::replace_attempts(database, row);
    stretch.dropped += dropped;
  }
  stretch.goes_on = stretch.dropped > 0 && looked_at.size() == kAttemptRowsAtOnce;
  return stretch;
}

// ---- changes

bool is_delivered_up_to(Database& database, Part part, Seq seq) {
  Rows row = database.query(
      "SELECT seq >= ?2 AND NOT EXISTS (SELECT 1 FROM lags WHERE part = ?1 AND position < ?2) AND NOT EXISTS "
      "(SELECT 1 FROM holds WHERE part = ?1 AND seq <= ?2) FROM cursors WHERE part = ?1",
      part, seq);
  return row.next() && row.integer(0) != 0;
}

std::size_t redact(Database& database, Name account, Part part, const Redaction& redaction) {
  std::int64_t rid = 0;
  std::string salt;
  {
    Rows row = database.query("SELECT rid, salt FROM records WHERE kind = ? AND account = ? AND id = ?",
                              static_cast<int>(redaction.record.kind), account, redaction.record.id);
    if (!row.next()) return 0;
    rid = row.integer(0);
    salt = row.text(1);
  }
  std::size_t redacted = 0;
  for (Seq seq = redaction.seq; seq != 0;) {
    const std::int64_t pos = LogPos::pack(part, seq);
    std::string changes;
    {
      Rows row = database.query("SELECT prev_seq, changes FROM log WHERE pos = ?", pos);
      if (!row.next()) break;
      seq = row.natural(0);
      changes = row.text(1);
    }
    if (is_redacted(changes)) break;
    database.execute("UPDATE log SET changes = ? WHERE pos = ?", without_values(salt, changes), pos);
    ++redacted;
  }
  if (redacted == 0) return 0;
  database.execute("DELETE FROM snapshots WHERE rid = ? AND version < ?", rid, redaction.up_to);
  if (redaction.document)
    database.execute("INSERT OR REPLACE INTO snapshots (rid, version, seq, document) VALUES (?, ?, ?, ?)",
                     rid, redaction.up_to, redaction.seq, Blob{sqlite::pack_document(*redaction.document)});
  return redacted;
}

/// Steps from `after` on, until one finds nothing old. How many rows were dropped.
template <class Impl, class Step>
Result<std::size_t> in_steps(Impl& impl, std::int64_t after, Step&& step) {
  std::size_t dropped = 0;
  for (Stretch stretch{after, 0, true}; stretch.goes_on;) {
    auto next = impl.write([&](Database& database) { return step(database, stretch.after); });
    if (!next) return next.error();
    stretch = *next;
    dropped += stretch.dropped;
  }
  return dropped;
}

}  // namespace

Result<std::size_t> SqliteStore::Impl::drop_receipts(const AccountId& account, Name name, Time before) {
  std::size_t dropped = 0;
  for (Part part = 0; part < partitions; ++part) {
    auto of_part = in_steps(*this, static_cast<std::int64_t>(before_receipts(part)),
                            [&](Database& database, std::int64_t after) {
                              return drop_some_receipts(database, account, name, after, before);
                            });
    if (!of_part) return of_part;
    dropped += *of_part;
  }
  return dropped;
}

Result<std::size_t> SqliteStore::Impl::drop_attempts(const EndpointId& endpoint, Time before) {
  const auto name = read([&](Database& database) { return names.find(database, endpoint.text()); });
  if (!name) return name.error();
  if (!*name) return std::size_t{0};
  return in_steps(*this, AttemptRow::first(static_cast<std::uint64_t>(**name)),
                  [&](Database& database, std::int64_t after) {
                    return drop_some_attempts(database, **name, after, before);
                  });
}

Redactor SqliteStore::Impl::redactor(Name account) {
  return {.gone_through = [this, account](Part part) -> Result<Seq> {
            return read([&](Database& database) -> Seq {
              Rows row =
                  database.query("SELECT seq FROM retained WHERE account = ? AND part = ?", account, part);
              return row.next() ? row.natural(0) : 0;
            });
          },
          .write =
              [this, account](const RedactionStep& step) {
                return write([&](Database& database) -> std::optional<std::size_t> {
                  if (!is_delivered_up_to(database, step.part, step.up_to)) return std::nullopt;
                  std::size_t redacted = 0;
                  for (const auto& each : step.redactions)
                    redacted += redact(database, account, step.part, each);
                  database.execute("INSERT OR REPLACE INTO retained (account, part, seq) VALUES (?, ?, ?)",
                                   account, step.part, step.up_to);
                  return redacted;
                });
              }};
}

Result<Forgotten> SqliteStore::retain(const Retention& retention) {
  Forgotten forgotten;
  const AccountId& account = retention.account;
  const auto name =
      impl_->read([&](Database& database) { return impl_->names.find(database, account.text()); });
  if (!name) return name.error();
  if (!*name) return forgotten;
  if (retention.receipts_before) {
    auto dropped = impl_->drop_receipts(account, **name, *retention.receipts_before);
    if (!dropped) return dropped.error();
    forgotten.receipts = *dropped;
  }
  if (retention.attempts_before) {
    for (const auto& endpoint : retention.endpoints) {
      auto dropped = impl_->drop_attempts(endpoint, *retention.attempts_before);
      if (!dropped) return dropped.error();
      forgotten.attempts += *dropped;
    }
  }
  if (retention.changes_before) {
    auto redacted = redact_old_changes(*this, account, *retention.changes_before, impl_->redactor(**name));
    if (!redacted) return redacted.error();
    forgotten.changes = *redacted;
  }
  return forgotten;
}

}  // namespace deltapost::store
