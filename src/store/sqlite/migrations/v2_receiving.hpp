// Schema version 2: receipts, clocks, and the chain of changes. Never edited once released: a change is a new
// migration.
//
// What a receipt costs, beside the change that it brings: the ends of receipts, receipts_by_account (one end
// per account), seen and seen_by_expiry, which a whole group of receipts shares; and one page in the middle
// of seen_by_key, which is why that index holds nothing but the key. A receipt that changed nothing touches
// one more, of receipts_about. Clocks and the chain's end lie in the row of their record, which its change
// writes anyway.
//
// Rows from before have no hash: a record's chain begins with its first change under this version.
#pragma once

namespace deltapost::store::sqlite {

inline constexpr const char* kReceiving = R"sql(
-- What is looked for stands before what may be long: a list need not read over it.
CREATE TABLE receipts (
  number     INTEGER PRIMARY KEY,  -- as everybody sees it: part, number
  account    INTEGER NOT NULL,     -- name
  source     INTEGER NOT NULL,     -- name
  at         INTEGER NOT NULL,
  verdict    INTEGER NOT NULL,
  resolution TEXT    NOT NULL,     -- empty: none
  about      TEXT    NOT NULL,     -- [[kind, id], …]; empty: none
  outcome    TEXT    NOT NULL,
  headers    TEXT    NOT NULL,
  body       BLOB    NOT NULL
);
-- Holds all that a query asks for, so that walking past what it does not want reads no receipt.
CREATE INDEX receipts_by_account ON receipts (account, number, source, verdict, at);
CREATE INDEX receipts_unresolved ON receipts (account, number, source, at) WHERE verdict = 5 AND resolution = '';

CREATE TABLE receipts_about (
  account INTEGER NOT NULL,  -- name
  kind    INTEGER NOT NULL,
  id      TEXT    NOT NULL,
  number  INTEGER NOT NULL,
  PRIMARY KEY (account, kind, id, number)
) WITHOUT ROWID;

-- As idempotency: rows grow at the end of their table, in about the order in which they expire.
CREATE TABLE seen (
  row        INTEGER PRIMARY KEY,
  account    INTEGER NOT NULL,  -- name
  source     INTEGER NOT NULL,  -- name
  key        BLOB    NOT NULL,
  expires_at INTEGER NOT NULL,
  receipt    INTEGER NOT NULL,
  content    BLOB    NOT NULL
);
CREATE UNIQUE INDEX seen_by_key ON seen (account, source, key);
CREATE INDEX seen_by_expiry ON seen (expires_at);

-- The record that an answer is about. No index: only an erasure asks for it.
ALTER TABLE idempotency ADD COLUMN about_kind INTEGER NOT NULL DEFAULT 0;
ALTER TABLE idempotency ADD COLUMN about_id TEXT NOT NULL DEFAULT '';

-- The greatest receipt that was dropped, so that its number is not given again.
ALTER TABLE cursors ADD COLUMN dropped_receipt INTEGER NOT NULL DEFAULT 0;

ALTER TABLE log ADD COLUMN receipt INTEGER NOT NULL DEFAULT 0;
ALTER TABLE log ADD COLUMN hash BLOB NOT NULL DEFAULT x'';

ALTER TABLE records ADD COLUMN salt BLOB NOT NULL DEFAULT x'';
ALTER TABLE records ADD COLUMN tip BLOB NOT NULL DEFAULT x'';  -- hash of the newest change
ALTER TABLE records ADD COLUMN clocks BLOB NOT NULL DEFAULT x'';

-- How far the log was gone through for changes of this account that are past their retention.
CREATE TABLE retained (
  account INTEGER NOT NULL,  -- name
  part    INTEGER NOT NULL,
  seq     INTEGER NOT NULL,
  PRIMARY KEY (account, part)
) WITHOUT ROWID;
)sql";

}  // namespace deltapost::store::sqlite
