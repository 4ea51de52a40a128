#include "store/sqlite/attempt_rows.hpp"

#include <limits>

#include "store/sqlite/packed_keys.hpp"

namespace deltapost::store::sqlite {

KeptRow to_kept_row(Rows& row) {
  const std::int64_t key = row.integer(0);
  return {key, unpack_attempts(AttemptRow::low(key), row.text(1))};
}

void insert_attempts(Database& database, Name endpoint, const AttemptsPacker& packed) {
  database.execute("INSERT INTO attempts (attempt, low, high, packed) VALUES (?, ?, ?, ?)",
                   AttemptRow::pack(static_cast<std::uint64_t>(endpoint), packed.first_number()),
                   packed.low(), packed.high(), Blob{packed.bytes()});
}

void replace_attempts(Database& database, const KeptRow& row) {
  if (row.attempts.empty()) {
    database.execute("DELETE FROM attempts WHERE attempt = ?", row.key);
    return;
  }
  AttemptsPacker packed;
  for (const KeptAttempt& kept : row.attempts) packed.add(kept.attempt.number, kept.event_type, kept.attempt);
  database.execute("UPDATE attempts SET attempt = ?, low = ?, high = ?, packed = ? WHERE attempt = ?",
                   AttemptRow::pack(AttemptRow::high(row.key), packed.first_number()), packed.low(),
                   packed.high(), Blob{packed.bytes()}, row.key);
}

std::optional<KeptRow> newest_attempts(Database& database, Name endpoint) {
  const auto name = static_cast<std::uint64_t>(endpoint);
  Rows row = database.query(
      "SELECT attempt, packed FROM attempts WHERE attempt BETWEEN ? AND ? ORDER BY attempt DESC LIMIT 1",
      AttemptRow::first(name), AttemptRow::last(name));
  if (!row.next()) return std::nullopt;
  return to_kept_row(row);
}

std::vector<KeptRow> attempts_at(Database& database, std::int64_t pos, Name endpoint) {
  const auto name = static_cast<std::uint64_t>(endpoint);
  std::vector<KeptRow> found;
  Rows rows = database.query(
      "SELECT attempt, packed FROM attempts INDEXED BY attempts_by_place WHERE high BETWEEN ?1 AND ?2 AND "
      "low <= ?1 AND attempt BETWEEN ?3 AND ?4 ORDER BY attempt",
      pos, pos + AttemptsPacker::kReach - 1, endpoint == 0 ? 0 : AttemptRow::first(name),
      endpoint == 0 ? std::numeric_limits<std::int64_t>::max() : AttemptRow::last(name));
  while (rows.next()) found.push_back(to_kept_row(rows));
  return found;
}

}  // namespace deltapost::store::sqlite
