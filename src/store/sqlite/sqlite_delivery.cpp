// SqliteStore's reads of what delivery remembers.
#include "base/check.hpp"
#include "store/sqlite/attempt_rows.hpp"
#include "store/sqlite/packed_keys.hpp"
#include "store/sqlite/store_impl.hpp"

namespace deltapost::store {

using sqlite::AttemptRow;
using sqlite::Database;
using sqlite::KeptAttempt;
using sqlite::LogPos;
using sqlite::Name;
using sqlite::Names;
using sqlite::Rows;

namespace {

/// Three columns from `column` on: kind, account, id.
RecordKey to_key(Rows& row, int column, Names& names, Database& database) {
  return {AccountId(names.text(database, row.integer(column + 1))), static_cast<Kind>(row.integer(column)),
          row.text(column + 2)};
}

#define DP_HOLD_COLUMNS "kind, account, id, endpoint, seq, event_index, scope, tries, first_sent_at, due_at"

Hold to_hold(Rows& row, Part part, Names& names, Database& database) {
  Hold hold;
  hold.record = to_key(row, 0, names, database);
  hold.delivery = {EndpointId(names.text(database, row.integer(3))), part, row.natural(4),
                   static_cast<std::uint32_t>(row.integer(5))};
  hold.scope = static_cast<HoldScope>(row.integer(6));
  hold.tries = static_cast<std::uint32_t>(row.integer(7));
  hold.first_sent_at = row.maybe_time(8);
  hold.due_at = row.time(9);
  return hold;
}

DeadDelivery to_dead(Rows& row, const EndpointId& endpoint, Part part, Names& names, Database& database) {
  DeadDelivery dead;
  dead.record = to_key(row, 0, names, database);
  dead.delivery = {endpoint, part, row.natural(3), static_cast<std::uint32_t>(row.integer(4))};
  dead.tries = static_cast<std::uint32_t>(row.integer(5));
  dead.first_sent_at = row.maybe_time(6);
  dead.died_at = row.time(7);
  dead.reason = row.text(8);
  return dead;
}

/// What the row leaves to others: the endpoint, the event type's text, and, of the change, record and
/// version. An attempt outlives nothing that it refers to, but its own facts are shown even if the rest were
/// gone.
Attempt to_attempt(KeptAttempt&& kept, const EndpointId& endpoint, Names& names, Database& database) {
  Attempt attempt = std::move(kept.attempt);
  attempt.delivery.endpoint = endpoint;
  attempt.event_type = names.text(database, kept.event_type);
  Rows change = database.query(
      "SELECT records.kind, records.account, records.id, log.version FROM log LEFT JOIN records ON "
      "records.rid = log.rid WHERE log.pos = ?",
      LogPos::pack(attempt.delivery.part, attempt.delivery.seq));
  if (!change.next()) return attempt;
  if (change.integer(0) != 0) attempt.record = to_key(change, 0, names, database);
  attempt.version = change.natural(3);
  return attempt;
}

}  // namespace

Result<DeliveryState> SqliteStore::delivery_state(Part part) {
  DP_CHECK(part < impl_->partitions);
  return impl_->read_at_once([&](Database& database) {
    DeliveryState state;
    Rows cursor = database.query("SELECT seq FROM cursors WHERE part = ?", part);
    if (cursor.next()) state.cursor = cursor.natural(0);
    Rows lags = database.query(
        "SELECT endpoint, position, recover_until, recover_from FROM lags WHERE part = ?", part);
    while (lags.next()) {
      state.lags.push_back({EndpointId(impl_->names.text(database, lags.integer(0))), lags.natural(1),
                            lags.natural(2), lags.time(3)});
    }
    Rows holds = database.query("SELECT " DP_HOLD_COLUMNS " FROM holds WHERE part = ?", part);
    while (holds.next()) state.holds.push_back(to_hold(holds, part, impl_->names, database));
    return state;
  });
}

Result<std::vector<Hold>> SqliteStore::holds(const EndpointId& endpoint, std::size_t limit) {
  return impl_->read_at_once([&](Database& database) {
    std::vector<Hold> page;
    const auto name = impl_->names.find(database, endpoint.text());
    for (Part part = 0; name && part < impl_->partitions && page.size() < limit; ++part) {
      Rows rows =
          database.query("SELECT " DP_HOLD_COLUMNS " FROM holds WHERE part = ? AND endpoint = ? LIMIT ?",
                         part, *name, limit - page.size());
      while (rows.next()) page.push_back(to_hold(rows, part, impl_->names, database));
    }
    return page;
  });
}

Result<std::vector<DeadDelivery>> SqliteStore::dead(const EndpointId& endpoint, const DeliveryKey& after,
                                                    std::size_t limit) {
  return impl_->read_at_once([&](Database& database) {
    std::vector<DeadDelivery> page;
    const auto name = impl_->names.find(database, endpoint.text());
    for (Part part = after.part; name && part < impl_->partitions && page.size() < limit; ++part) {
      const bool resumes = part == after.part;
      Rows rows = database.query(
          "SELECT kind, account, id, seq, event_index, tries, first_sent_at, died_at, reason FROM dead "
          "WHERE part = ? AND endpoint = ? AND (seq, event_index) > (?, ?) ORDER BY seq, event_index LIMIT ?",
          part, *name, resumes ? after.seq : 0, resumes ? after.event_index : 0, limit - page.size());
      while (rows.next()) page.push_back(to_dead(rows, endpoint, part, impl_->names, database));
    }
    return page;
  });
}

Result<std::vector<Attempt>> SqliteStore::attempts(const EndpointId& endpoint, std::uint64_t before,
                                                   std::size_t limit) {
  return impl_->read_at_once([&](Database& database) {
    std::vector<Attempt> page;
    const auto name = impl_->names.find(database, endpoint.text());
    if (!name) return page;
    const auto high = static_cast<std::uint64_t>(*name);
    if (before == 0 || before > static_cast<std::uint64_t>(AttemptRow::kMaxLow))
      before = static_cast<std::uint64_t>(AttemptRow::kMaxLow) + 1;
    Rows rows = database.query(
        "SELECT attempt, packed FROM attempts WHERE attempt BETWEEN ? AND ? ORDER BY attempt DESC",
        AttemptRow::first(high), AttemptRow::pack(high, before - 1));
    while (page.size() < limit && rows.next()) {
      auto row = sqlite::to_kept_row(rows);
      for (auto kept = row.attempts.rbegin(); kept != row.attempts.rend() && page.size() < limit; ++kept) {
        if (kept->attempt.number >= before) continue;
        page.push_back(to_attempt(std::move(*kept), endpoint, impl_->names, database));
      }
    }
    return page;
  });
}

Result<std::vector<Attempt>> SqliteStore::attempts_of(const DeliveryKey& delivery) {
  return impl_->read_at_once([&](Database& database) {
    std::vector<Attempt> found;
    const auto name = impl_->names.find(database, delivery.endpoint.text());
    if (!name) return found;
    for (auto& row : sqlite::attempts_at(database, LogPos::pack(delivery.part, delivery.seq), *name)) {
      for (auto& kept : row.attempts) {
        kept.attempt.delivery.endpoint = delivery.endpoint;
        if (kept.attempt.delivery != delivery) continue;
        found.push_back(to_attempt(std::move(kept), delivery.endpoint, impl_->names, database));
      }
    }
    return found;
  });
}

}  // namespace deltapost::store
