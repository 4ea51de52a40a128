-- A store as a program of schema version 1 left it. Never edited: it is what upgrades are held against.
BEGIN TRANSACTION;
CREATE TABLE settings (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
INSERT INTO settings VALUES('partitions',1);
CREATE TABLE names (name INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE);
INSERT INTO names VALUES(1,'acme');
INSERT INTO names VALUES(2,'key:k1');
INSERT INTO names VALUES(3,'api');
INSERT INTO names VALUES(4,'lead.phone');
INSERT INTO names VALUES(5,'ep1');
INSERT INTO names VALUES(6,'ep2');
INSERT INTO names VALUES(7,'lead.updated');
INSERT INTO names VALUES(8,'lead.created');
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
INSERT INTO records VALUES(1,1,1,'lead_a',70,71,1764000000000,1764000000070,0,'{"phone":"+15555550101","n":70}');
INSERT INTO records VALUES(2,1,1,'lead_b',2,72,1764000000001,1764000000100,0,'{"phone":"+15555550102","firstName":"Grace"}');
INSERT INTO records VALUES(3,1,1,'lead_c',1,73,1764000000101,1764000000101,0,'{"phone":"+15555550103"}');
INSERT INTO records VALUES(4,3,1,'ep1',1,74,1764000000102,1764000000102,0,'{"url":"http://127.0.0.1:9/"}');
INSERT INTO records VALUES(5,2,1,'0000000000000007',1,75,1764000000103,1764000000103,0,'{"email":"ada@example.com"}');
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
INSERT INTO log VALUES(1,1,1,0,1764000000000,0,0,2,3,'{"phone":{"new":"+15555550101"},"n":{"new":1}}');
INSERT INTO log VALUES(2,2,1,0,1764000000001,0,0,2,3,'{"phone":{"new":"+15555550102"},"firstName":{"new":"Ada"}}');
INSERT INTO log VALUES(3,1,2,1,1764000000002,0,0,2,3,'{"n":{"old":1,"new":2}}');
INSERT INTO log VALUES(4,1,3,3,1764000000003,0,0,2,3,'{"n":{"old":2,"new":3}}');
INSERT INTO log VALUES(5,1,4,4,1764000000004,0,0,2,3,'{"n":{"old":3,"new":4}}');
INSERT INTO log VALUES(6,1,5,5,1764000000005,0,0,2,3,'{"n":{"old":4,"new":5}}');
INSERT INTO log VALUES(7,1,6,6,1764000000006,0,0,2,3,'{"n":{"old":5,"new":6}}');
INSERT INTO log VALUES(8,1,7,7,1764000000007,0,0,2,3,'{"n":{"old":6,"new":7}}');
INSERT INTO log VALUES(9,1,8,8,1764000000008,0,0,2,3,'{"n":{"old":7,"new":8}}');
INSERT INTO log VALUES(10,1,9,9,1764000000009,0,0,2,3,'{"n":{"old":8,"new":9}}');
INSERT INTO log VALUES(11,1,10,10,1764000000010,0,0,2,3,'{"n":{"old":9,"new":10}}');
INSERT INTO log VALUES(12,1,11,11,1764000000011,0,0,2,3,'{"n":{"old":10,"new":11}}');
INSERT INTO log VALUES(13,1,12,12,1764000000012,0,0,2,3,'{"n":{"old":11,"new":12}}');
INSERT INTO log VALUES(14,1,13,13,1764000000013,0,0,2,3,'{"n":{"old":12,"new":13}}');
INSERT INTO log VALUES(15,1,14,14,1764000000014,0,0,2,3,'{"n":{"old":13,"new":14}}');
INSERT INTO log VALUES(16,1,15,15,1764000000015,0,0,2,3,'{"n":{"old":14,"new":15}}');
INSERT INTO log VALUES(17,1,16,16,1764000000016,0,0,2,3,'{"n":{"old":15,"new":16}}');
INSERT INTO log VALUES(18,1,17,17,1764000000017,0,0,2,3,'{"n":{"old":16,"new":17}}');
INSERT INTO log VALUES(19,1,18,18,1764000000018,0,0,2,3,'{"n":{"old":17,"new":18}}');
INSERT INTO log VALUES(20,1,19,19,1764000000019,0,0,2,3,'{"n":{"old":18,"new":19}}');
INSERT INTO log VALUES(21,1,20,20,1764000000020,0,0,2,3,'{"n":{"old":19,"new":20}}');
INSERT INTO log VALUES(22,1,21,21,1764000000021,0,0,2,3,'{"n":{"old":20,"new":21}}');
INSERT INTO log VALUES(23,1,22,22,1764000000022,0,0,2,3,'{"n":{"old":21,"new":22}}');
INSERT INTO log VALUES(24,1,23,23,1764000000023,0,0,2,3,'{"n":{"old":22,"new":23}}');
INSERT INTO log VALUES(25,1,24,24,1764000000024,0,0,2,3,'{"n":{"old":23,"new":24}}');
INSERT INTO log VALUES(26,1,25,25,1764000000025,0,0,2,3,'{"n":{"old":24,"new":25}}');
INSERT INTO log VALUES(27,1,26,26,1764000000026,0,0,2,3,'{"n":{"old":25,"new":26}}');
INSERT INTO log VALUES(28,1,27,27,1764000000027,0,0,2,3,'{"n":{"old":26,"new":27}}');
INSERT INTO log VALUES(29,1,28,28,1764000000028,0,0,2,3,'{"n":{"old":27,"new":28}}');
INSERT INTO log VALUES(30,1,29,29,1764000000029,0,0,2,3,'{"n":{"old":28,"new":29}}');
INSERT INTO log VALUES(31,1,30,30,1764000000030,0,0,2,3,'{"n":{"old":29,"new":30}}');
INSERT INTO log VALUES(32,1,31,31,1764000000031,0,0,2,3,'{"n":{"old":30,"new":31}}');
INSERT INTO log VALUES(33,1,32,32,1764000000032,0,0,2,3,'{"n":{"old":31,"new":32}}');
INSERT INTO log VALUES(34,1,33,33,1764000000033,0,0,2,3,'{"n":{"old":32,"new":33}}');
INSERT INTO log VALUES(35,1,34,34,1764000000034,0,0,2,3,'{"n":{"old":33,"new":34}}');
INSERT INTO log VALUES(36,1,35,35,1764000000035,0,0,2,3,'{"n":{"old":34,"new":35}}');
INSERT INTO log VALUES(37,1,36,36,1764000000036,0,0,2,3,'{"n":{"old":35,"new":36}}');
INSERT INTO log VALUES(38,1,37,37,1764000000037,0,0,2,3,'{"n":{"old":36,"new":37}}');
INSERT INTO log VALUES(39,1,38,38,1764000000038,0,0,2,3,'{"n":{"old":37,"new":38}}');
INSERT INTO log VALUES(40,1,39,39,1764000000039,0,0,2,3,'{"n":{"old":38,"new":39}}');
INSERT INTO log VALUES(41,1,40,40,1764000000040,0,0,2,3,'{"n":{"old":39,"new":40}}');
INSERT INTO log VALUES(42,1,41,41,1764000000041,0,0,2,3,'{"n":{"old":40,"new":41}}');
INSERT INTO log VALUES(43,1,42,42,1764000000042,0,0,2,3,'{"n":{"old":41,"new":42}}');
INSERT INTO log VALUES(44,1,43,43,1764000000043,0,0,2,3,'{"n":{"old":42,"new":43}}');
INSERT INTO log VALUES(45,1,44,44,1764000000044,0,0,2,3,'{"n":{"old":43,"new":44}}');
INSERT INTO log VALUES(46,1,45,45,1764000000045,0,0,2,3,'{"n":{"old":44,"new":45}}');
INSERT INTO log VALUES(47,1,46,46,1764000000046,0,0,2,3,'{"n":{"old":45,"new":46}}');
INSERT INTO log VALUES(48,1,47,47,1764000000047,0,0,2,3,'{"n":{"old":46,"new":47}}');
INSERT INTO log VALUES(49,1,48,48,1764000000048,0,0,2,3,'{"n":{"old":47,"new":48}}');
INSERT INTO log VALUES(50,1,49,49,1764000000049,0,0,2,3,'{"n":{"old":48,"new":49}}');
INSERT INTO log VALUES(51,1,50,50,1764000000050,0,0,2,3,'{"n":{"old":49,"new":50}}');
INSERT INTO log VALUES(52,1,51,51,1764000000051,0,0,2,3,'{"n":{"old":50,"new":51}}');
INSERT INTO log VALUES(53,1,52,52,1764000000052,0,0,2,3,'{"n":{"old":51,"new":52}}');
INSERT INTO log VALUES(54,1,53,53,1764000000053,0,0,2,3,'{"n":{"old":52,"new":53}}');
INSERT INTO log VALUES(55,1,54,54,1764000000054,0,0,2,3,'{"n":{"old":53,"new":54}}');
INSERT INTO log VALUES(56,1,55,55,1764000000055,0,0,2,3,'{"n":{"old":54,"new":55}}');
INSERT INTO log VALUES(57,1,56,56,1764000000056,0,0,2,3,'{"n":{"old":55,"new":56}}');
INSERT INTO log VALUES(58,1,57,57,1764000000057,0,0,2,3,'{"n":{"old":56,"new":57}}');
INSERT INTO log VALUES(59,1,58,58,1764000000058,0,0,2,3,'{"n":{"old":57,"new":58}}');
INSERT INTO log VALUES(60,1,59,59,1764000000059,0,0,2,3,'{"n":{"old":58,"new":59}}');
INSERT INTO log VALUES(61,1,60,60,1764000000060,0,0,2,3,'{"n":{"old":59,"new":60}}');
INSERT INTO log VALUES(62,1,61,61,1764000000061,0,0,2,3,'{"n":{"old":60,"new":61}}');
INSERT INTO log VALUES(63,1,62,62,1764000000062,0,0,2,3,'{"n":{"old":61,"new":62}}');
INSERT INTO log VALUES(64,1,63,63,1764000000063,0,0,2,3,'{"n":{"old":62,"new":63}}');
INSERT INTO log VALUES(65,1,64,64,1764000000064,0,0,2,3,'{"n":{"old":63,"new":64}}');
INSERT INTO log VALUES(66,1,65,65,1764000000065,0,0,2,3,'{"n":{"old":64,"new":65}}');
INSERT INTO log VALUES(67,1,66,66,1764000000066,0,0,2,3,'{"n":{"old":65,"new":66}}');
INSERT INTO log VALUES(68,1,67,67,1764000000067,0,0,2,3,'{"n":{"old":66,"new":67}}');
INSERT INTO log VALUES(69,1,68,68,1764000000068,0,0,2,3,'{"n":{"old":67,"new":68}}');
INSERT INTO log VALUES(70,1,69,69,1764000000069,0,0,2,3,'{"n":{"old":68,"new":69}}');
INSERT INTO log VALUES(71,1,70,70,1764000000070,0,0,2,3,'{"n":{"old":69,"new":70}}');
INSERT INTO log VALUES(72,2,2,2,1764000000100,0,0,2,3,'{"firstName":{"old":"Ada","new":"Grace"}}');
INSERT INTO log VALUES(73,3,1,0,1764000000101,0,0,2,3,'{"phone":{"new":"+15555550103"}}');
INSERT INTO log VALUES(74,4,1,0,1764000000102,0,0,2,3,'{"url":{"new":"http://127.0.0.1:9/"}}');
INSERT INTO log VALUES(75,5,1,0,1764000000103,0,0,2,3,'{"email":{"new":"ada@example.com"}}');
CREATE TABLE snapshots (
  rid      INTEGER NOT NULL,
  version  INTEGER NOT NULL,
  seq      INTEGER NOT NULL,
  document TEXT    NOT NULL,
  PRIMARY KEY (rid, version)
) WITHOUT ROWID;
INSERT INTO snapshots VALUES(1,64,65,'{"phone":"+15555550101","n":64}');
CREATE TABLE uniques (
  account INTEGER NOT NULL,  -- name
  scope   INTEGER NOT NULL,  -- name
  value   TEXT    NOT NULL,
  holder  TEXT    NOT NULL,
  PRIMARY KEY (account, scope, value)
) WITHOUT ROWID;
INSERT INTO uniques VALUES(1,4,'+15555550101','lead_a');
INSERT INTO uniques VALUES(1,4,'+15555550102','lead_b');
INSERT INTO uniques VALUES(1,4,'+15555550103','lead_c');
CREATE TABLE idempotency (
  number      INTEGER PRIMARY KEY,
  account     INTEGER NOT NULL,  -- name
  key         TEXT    NOT NULL,
  fingerprint TEXT    NOT NULL,
  expires_at  INTEGER NOT NULL,
  reply       TEXT    NOT NULL
);
INSERT INTO idempotency VALUES(1,1,'k1','f1',1764086400000,'reply');
CREATE TABLE secrets (
  part    INTEGER NOT NULL,
  kind    INTEGER NOT NULL,
  account INTEGER NOT NULL,  -- name
  id      TEXT    NOT NULL,
  sealed  BLOB    NOT NULL,
  PRIMARY KEY (part, kind, account, id)
) WITHOUT ROWID;
INSERT INTO secrets VALUES(0,3,1,'ep1',X'7365616c6564');
CREATE TABLE cursors (part INTEGER PRIMARY KEY, seq INTEGER NOT NULL, epoch INTEGER NOT NULL);
INSERT INTO cursors VALUES(0,72,3);
CREATE TABLE leases (
  part       INTEGER PRIMARY KEY,
  owner      TEXT    NOT NULL,
  epoch      INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
);
INSERT INTO leases VALUES(0,'',3,0);
CREATE TABLE lags (
  part          INTEGER NOT NULL,
  endpoint      INTEGER NOT NULL,  -- name
  position      INTEGER NOT NULL,
  recover_until INTEGER NOT NULL,
  recover_from  INTEGER NOT NULL,
  PRIMARY KEY (part, endpoint)
) WITHOUT ROWID;
INSERT INTO lags VALUES(0,6,40,0,0);
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
INSERT INTO holds VALUES(0,5,1,0,0,1,1,'lead_b',72,0,2,1764000000200,1764000000900);
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
INSERT INTO dead VALUES(0,5,1,0,1,1,'lead_a',12,1764000000002,1764000000800,'gave up after 12 tries');
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
INSERT INTO attempts VALUES(343597383681,2,0,7,1,1764000000010,0,5,200,1,'8f0c0000000000000000000000000001','',X'6f6b');
INSERT INTO attempts VALUES(343597383682,72,0,7,1,1764000000200,0,5,500,2,'8f0c0000000000000000000000000002','',X'6f6b');
INSERT INTO attempts VALUES(343597383683,72,0,7,2,1764000000300,0,5,0,2,'8f0c0000000000000000000000000002','timed out',X'6f6b');
CREATE UNIQUE INDEX records_by_key ON records (kind, account, id);
CREATE UNIQUE INDEX idempotency_by_key ON idempotency (account, key);
CREATE INDEX idempotency_by_expiry ON idempotency (expires_at);
CREATE INDEX attempts_by_delivery ON attempts (pos, event_index);

PRAGMA application_id = 1146114900;
PRAGMA user_version = 1;
COMMIT;
