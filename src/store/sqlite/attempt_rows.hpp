// The rows that attempts are kept in (packed_attempts.hpp), as who writes, reads, drops and erases them needs
// them. A row's key is (endpoint, number of its first attempt).
#pragma once

#include <optional>
#include <vector>

#include "store/sqlite/database.hpp"
#include "store/sqlite/packed_attempts.hpp"

namespace deltapost::store::sqlite {

struct KeptRow {
  std::int64_t key = 0;
  std::vector<KeptAttempt> attempts;
};

/// From a row of two columns: attempt, packed.
KeptRow to_kept_row(Rows& row);

void insert_attempts(Database& database, Name endpoint, const AttemptsPacker& packed);
/// The row again, with what is left of its attempts; without any, it goes.
void replace_attempts(Database& database, const KeptRow& row);

/// The endpoint's row with the greatest numbers.
std::optional<KeptRow> newest_attempts(Database& database, Name endpoint);

/// The rows that hold attempts at deliveries of the change at `pos`, of one endpoint or (0) of all, in the
/// order of their keys. They hold others, too.
std::vector<KeptRow> attempts_at(Database& database, std::int64_t pos, Name endpoint = 0);

}  // namespace deltapost::store::sqlite
