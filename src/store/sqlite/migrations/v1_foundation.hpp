// Schema version 1. Never edited once released: a change is a new migration.
//
// What a change costs is the pages it touches, so keys are integers, what grows grows at its end, and no
// index hangs on a column that changes. Two composite keys are packed into SQLite's one cheap key, the 64-bit
// row id (packed_keys.hpp): (part, number) for records and log, (endpoint, number) for attempts. Texts that
// come again and again (accounts, actors, sources, endpoints, event types) are kept once, in names. Times are
// milliseconds since 1970, UTC.
#pragma once

namespace deltapost::store::sqlite {

inline constexpr const char* kFoundation = R"sql(
CREATE TABLE settings (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;

CREATE TABLE names (name INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE);

-- The key leaves part out: it follows from the rest, and would only tear an account's list apart.
CREATE TABLE records (
  rid        INTEGER PRIMARY KEY,  -- part, number
  kind       INTEGER NOT NULL,
  account    INTEGER NOT NULL,     -- name
  id         TEXT    NOT NULL,
  version    INTEGER NOT NULL,
  last_seq   INTEGER NOT NULL,     -- of this version's log entry: the way into the record's history
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  deleted    INTEGER NOT NULL,
  document   TEXT    NOT NULL
);
CREATE UNIQUE INDEX records_by_key ON records (kind, account, id);

-- Each entry names the one before it of the same record, so a history needs no index of its own.
CREATE TABLE log (
  pos         INTEGER PRIMARY KEY,  -- part, seq
  rid         INTEGER NOT NULL,
  version     INTEGER NOT NULL,
  prev_seq    INTEGER NOT NULL,     -- 0 for version 1
  at          INTEGER NOT NULL,
  updated_lag INTEGER NOT NULL,     -- at - updated_at: nearly always 0, which takes no space
  deleted     INTEGER NOT NULL,
  actor       INTEGER NOT NULL,     -- name
  source      INTEGER NOT NULL,     -- name
  changes     TEXT    NOT NULL
);

-- Every 64th version whole, and its place in the log: a way into the middle of a long history.
CREATE TABLE snapshots (
  rid      INTEGER NOT NULL,
  version  INTEGER NOT NULL,
  seq      INTEGER NOT NULL,
  document TEXT    NOT NULL,
  PRIMARY KEY (rid, version)
) WITHOUT ROWID;

CREATE TABLE uniques (
  account INTEGER NOT NULL,  -- name
  scope   INTEGER NOT NULL,  -- name
  value   TEXT    NOT NULL,
  holder  TEXT    NOT NULL,
  PRIMARY KEY (account, scope, value)
) WITHOUT ROWID;

-- The answers grow at the end of their table; only the small index is touched in its middle.
CREATE TABLE idempotency (
  number      INTEGER PRIMARY KEY,
  account     INTEGER NOT NULL,  -- name
  key         TEXT    NOT NULL,
  fingerprint TEXT    NOT NULL,
  expires_at  INTEGER NOT NULL,
  reply       TEXT    NOT NULL
);
CREATE UNIQUE INDEX idempotency_by_key ON idempotency (account, key);
CREATE INDEX idempotency_by_expiry ON idempotency (expires_at);

CREATE TABLE secrets (
  part    INTEGER NOT NULL,
  kind    INTEGER NOT NULL,
  account INTEGER NOT NULL,  -- name
  id      TEXT    NOT NULL,
  sealed  BLOB    NOT NULL,
  PRIMARY KEY (part, kind, account, id)
) WITHOUT ROWID;

-- epoch: the fence. Progress is written only under the epoch that stands here.
CREATE TABLE cursors (part INTEGER PRIMARY KEY, seq INTEGER NOT NULL, epoch INTEGER NOT NULL);

CREATE TABLE leases (
  part       INTEGER PRIMARY KEY,
  owner      TEXT    NOT NULL,
  epoch      INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
);

CREATE TABLE lags (
  part          INTEGER NOT NULL,
  endpoint      INTEGER NOT NULL,  -- name
  position      INTEGER NOT NULL,
  recover_until INTEGER NOT NULL,
  recover_from  INTEGER NOT NULL,
  PRIMARY KEY (part, endpoint)
) WITHOUT ROWID;

-- own_seq, own_index: 0 where the hold is on the whole record, so that there is one of it; else seq, event_index.
CREATE TABLE holds (
  part          INTEGER NOT NULL,
  endpoint      INTEGER NOT NULL,  -- name
  scope         INTEGER NOT NULL,
  own_seq       INTEGER NOT NULL,
  own_index     INTEGER NOT NULL,
  kind          INTEGER NOT NULL,
  account       INTEGER NOT NULL,  -- name
  id            TEXT    NOT NULL,
  seq           INTEGER NOT NULL,
  event_index   INTEGER NOT NULL,
  tries         INTEGER NOT NULL,
  first_sent_at INTEGER,
  due_at        INTEGER NOT NULL,
  PRIMARY KEY (part, endpoint, scope, own_seq, own_index, kind, account, id)
) WITHOUT ROWID;

CREATE TABLE dead (
  part          INTEGER NOT NULL,
  endpoint      INTEGER NOT NULL,  -- name
  seq           INTEGER NOT NULL,
  event_index   INTEGER NOT NULL,
  kind          INTEGER NOT NULL,
  account       INTEGER NOT NULL,  -- name
  id            TEXT    NOT NULL,
  tries         INTEGER NOT NULL,
  first_sent_at INTEGER,
  died_at       INTEGER NOT NULL,
  reason        TEXT    NOT NULL,
  PRIMARY KEY (part, endpoint, seq, event_index)
) WITHOUT ROWID;

-- Record and version are those of the change at pos. Deliveries come in about the log's order, so the index grows
-- near its end.
CREATE TABLE attempts (
  attempt     INTEGER PRIMARY KEY,  -- endpoint, number
  pos         INTEGER NOT NULL,     -- part, seq of the change
  event_index INTEGER NOT NULL,
  event_type  INTEGER NOT NULL,     -- name
  try         INTEGER NOT NULL,
  at          INTEGER NOT NULL,
  first_lag   INTEGER NOT NULL,     -- at - first_sent_at
  latency_ms  INTEGER NOT NULL,
  status      INTEGER NOT NULL,
  outcome     INTEGER NOT NULL,
  event_id    TEXT    NOT NULL,
  error       TEXT    NOT NULL,
  response    BLOB    NOT NULL
);
CREATE INDEX attempts_by_delivery ON attempts (pos, event_index);
)sql";

}  // namespace deltapost::store::sqlite
