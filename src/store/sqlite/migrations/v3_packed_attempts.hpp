// Schema version 3: attempts of an endpoint that are written together share a row. Never edited once
// released: a change is a new migration.
//
// A fan-out to a hundred endpoints makes a hundred attempts per change; a row and an index entry for each of
// them were most of the bytes written and a fifth of a delivery's cost.
#pragma once

#include "store/sqlite/database.hpp"

namespace deltapost::store::sqlite {

inline constexpr const char* kPackedAttempts = R"sql(
DROP INDEX attempts_by_delivery;
ALTER TABLE attempts RENAME TO single_attempts;

CREATE TABLE attempts (
  attempt INTEGER PRIMARY KEY,  -- endpoint, number of the first one
  low     INTEGER NOT NULL,     -- part, seq of the changes that they are about: the smallest
  high    INTEGER NOT NULL,     -- and the greatest; less than 128 apart
  packed  BLOB    NOT NULL      -- packed_attempts.hpp
);
-- Both ends, so that who looks for a change's attempts reads no other row. Grows near its end.
CREATE INDEX attempts_by_place ON attempts (high, low);
)sql";

/// Packs the attempts of before, which are then gone.
void pack_single_attempts(Database& writer);

}  // namespace deltapost::store::sqlite
