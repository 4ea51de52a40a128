-- A store as a program of schema version 3 left it, which had made it of v2.sql's. Never edited: it is what upgrades are
-- held against.
BEGIN TRANSACTION;
CREATE TABLE settings (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
INSERT INTO settings VALUES('partitions',1);
CREATE TABLE names (name INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE);
INSERT INTO names VALUES(1,'acc_01m8n0q3h1cfkwt6ee0zycrger');
INSERT INTO names VALUES(2,'system');
INSERT INTO names VALUES(3,'system:first-start');
INSERT INTO names VALUES(4,'api');
INSERT INTO names VALUES(5,'key:jwvJRANRHP');
INSERT INTO names VALUES(6,'lead.phone');
INSERT INTO names VALUES(7,'ep_01m8n0q43rvv5re3yevc9f8g4p');
INSERT INTO names VALUES(8,'ep_01m8n0q3xf4j5xqfpv8a2c91y2');
INSERT INTO names VALUES(9,'lead.created');
INSERT INTO names VALUES(10,'lead.updated');
INSERT INTO names VALUES(11,'contact.email');
INSERT INTO names VALUES(12,'source:src_01m8n0q4kc8phhjvgbzzh32atb');
INSERT INTO names VALUES(13,'src_01m8n0q4kc8phhjvgbzzh32atb');
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
, salt BLOB NOT NULL DEFAULT x'', tip BLOB NOT NULL DEFAULT x'', clocks BLOB NOT NULL DEFAULT x'');
INSERT INTO records VALUES(1,5,1,'acc_01m8n0q3h1cfkwt6ee0zycrger',1,1,1796001730081,1796001730081,0,'{"id":"acc_01m8n0q3h1cfkwt6ee0zycrger","name":"default","createdAt":"2026-11-30T01:22:10.081Z"}',X'95579d5d995d0b96a2d8bcb55b61660e',X'433d5fa3751aa45212fcc077c4303d01',X'');
INSERT INTO records VALUES(2,4,1,'jwvJRANRHP',1,2,1796001730081,1796001730081,0,'{"id":"jwvJRANRHP","name":"first key","scopes":["system"],"expiresAt":null,"createdAt":"2026-11-30T01:22:10.081Z","secretHash":"fb97ef4a0e72a2305b70cde5300cfcbfe6cf967884114774c1d4a6dced70d6bf","deleted":false,"deletedAt":null}',X'0d975c53f7ddb0c523e3a2f3f64b4312',X'632e6fce200a5edd74b1b4f6ba13542e',X'');
INSERT INTO records VALUES(3,3,1,'ep_01m8n0q3xf4j5xqfpv8a2c91y2',1,3,1796001730480,1796001730480,0,'{"id":"ep_01m8n0q3xf4j5xqfpv8a2c91y2","url":"http://127.0.0.1:44719/ok","description":null,"format":"standard","events":["lead.created","lead.updated"],"fields":[],"skipSources":[],"skipActors":[],"filter":null,"timeoutMs":5000,"retrySchedule":[3600],"concurrency":16,"rateLimit":0,"order":"record","bareObject":false,"changesOnly":false,"state":"active","disabledReason":null,"startsAt":"2026-11-30T01:22:10.480Z","createdAt":"2026-11-30T01:22:10.480Z","deleted":false,"deletedAt":null,"headerNames":[],"secretRevision":1}',X'ca95bf0ddc12272106e3a0599c4ead09',X'f3ed82e748042fa80119c66b114d5559',X'');
INSERT INTO records VALUES(4,3,1,'ep_01m8n0q43rvv5re3yevc9f8g4p',1,4,1796001730680,1796001730680,0,'{"id":"ep_01m8n0q43rvv5re3yevc9f8g4p","url":"http://127.0.0.1:44719/bad","description":null,"format":"standard","events":["lead.created","lead.updated"],"fields":[],"skipSources":[],"skipActors":[],"filter":null,"timeoutMs":5000,"retrySchedule":[3600],"concurrency":16,"rateLimit":0,"order":"record","bareObject":false,"changesOnly":false,"state":"active","disabledReason":null,"startsAt":"2026-11-30T01:22:10.680Z","createdAt":"2026-11-30T01:22:10.680Z","deleted":false,"deletedAt":null,"headerNames":[],"secretRevision":1}',X'56e741ae40a52be51c99779b999406ee',X'af072538bba7416181b4fe7647af52b2',X'');
INSERT INTO records VALUES(5,1,1,'lead_01m8n0q450bpzkrnapj9t46w52',4,8,1796001730723,1796001731062,0,'{"id":"lead_01m8n0q450bpzkrnapj9t46w52","firstName":"Ada","lastName":null,"phone":"+15555550101","email":null,"timeZone":null,"customerProfile":null,"additionalInfo":{"plan":"pro","n":"3"},"tags":[],"hasReplied":false,"isHot":false,"isQualified":false,"isUnsubscribed":false,"isAiOn":false,"summary":null,"externalLeadId":null,"close_crm_leadId":null,"createdAt":"2026-11-30T01:22:10.723Z","deleted":false,"deletedAt":null}',X'add450ae4284aabc0a0d2f3586b8346b',X'05e1f234f016e987605a35ff450758fc',X'');
INSERT INTO records VALUES(6,2,1,'0000000000000001',1,9,1796001731114,1796001731114,0,'{"id":1,"userId":null,"accountId":null,"firstName":"Ada","lastName":null,"email":"ada@example.com","phoneNumber":null,"secondary_email":null,"secondary_phoneNumber":null,"status":"POTENTIAL","createdAt":"2026-11-30T01:22:11.114Z","previewId":"contact_KyCxNKOPGyrT","timeZone":null,"joinedTime":"2026-11-30T01:22:11.114Z","country":null,"ipAddress":null,"questionsAndAnswers":{},"event":null,"tracking":{},"latestCall":null,"disqualifyingGroup":[],"deletedAt":null}',X'0ef3003f520ad044d514dcc1a4b9ecda',X'2a6679f8fcd0f6efe3f385073cb88949',X'');
INSERT INTO records VALUES(7,6,1,'src_01m8n0q4kc8phhjvgbzzh32atb',1,10,1796001731180,1796001731180,0,'{"id":"src_01m8n0q4kc8phhjvgbzzh32atb","name":"theirs","description":null,"format":"generic","verifier":"none","mapping":{"kind":"lead","id":"/leadId","time":"/at","fields":{"phone":"/phone","firstName":"/name"}},"onBadContent":"quarantine","maxBodyBytes":1048576,"maxItems":100,"rateLimit":0,"validation":[],"state":"active","createdAt":"2026-11-30T01:22:11.180Z","deleted":false,"deletedAt":null,"secretRevision":1}',X'0d0413206e5ea12f30a2fb95f2a3fa85',X'070c203bd18f0fbf64b3ccd741548485',X'');
INSERT INTO records VALUES(8,1,1,'theirs1',2,12,1796001731214,1767610800000,0,'{"id":"theirs1","firstName":"Mary","lastName":null,"phone":"+15555550102","email":null,"timeZone":null,"customerProfile":null,"additionalInfo":{},"tags":[],"hasReplied":false,"isHot":false,"isQualified":false,"isUnsubscribed":false,"isAiOn":false,"summary":null,"externalLeadId":null,"close_crm_leadId":null,"createdAt":"2026-01-05T10:00:00.000Z","deleted":false,"deletedAt":null}',X'e19f11213b7f8ac7133f5e1ed17daf40',X'a55e434f02498c7b1e027ad5d75b3343',X'7b2276223a322c226e223a313736373631303830303030302c2262223a313736373630373230303030302c2266223a7b2266697273744e616d65223a313736373631303830303030307d2c226f223a7b22637265617465644174223a5b313736373630373230303030302c315d7d2c2271223a7b7d7d');
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
, receipt INTEGER NOT NULL DEFAULT 0, hash BLOB NOT NULL DEFAULT x'');
INSERT INTO log VALUES(1,1,1,0,1796001730081,0,0,3,2,'{"id":{"new":"acc_01m8n0q3h1cfkwt6ee0zycrger"},"name":{"new":"default"},"createdAt":{"new":"2026-11-30T01:22:10.081Z"}}',0,X'433d5fa3751aa45212fcc077c4303d01');
INSERT INTO log VALUES(2,2,1,0,1796001730081,0,0,3,2,'{"id":{"new":"jwvJRANRHP"},"name":{"new":"first key"},"scopes":{"new":["system"]},"expiresAt":{"new":null},"createdAt":{"new":"2026-11-30T01:22:10.081Z"},"secretHash":{"new":"fb97ef4a0e72a2305b70cde5300cfcbfe6cf967884114774c1d4a6dced70d6bf"},"deleted":{"new":false},"deletedAt":{"new":null}}',0,X'632e6fce200a5edd74b1b4f6ba13542e');
INSERT INTO log VALUES(3,3,1,0,1796001730480,0,0,5,4,'{"id":{"new":"ep_01m8n0q3xf4j5xqfpv8a2c91y2"},"url":{"new":"http://127.0.0.1:44719/ok"},"description":{"new":null},"format":{"new":"standard"},"events":{"new":["lead.created","lead.updated"]},"fields":{"new":[]},"skipSources":{"new":[]},"skipActors":{"new":[]},"filter":{"new":null},"timeoutMs":{"new":5000},"retrySchedule":{"new":[3600]},"concurrency":{"new":16},"rateLimit":{"new":0},"order":{"new":"record"},"bareObject":{"new":false},"changesOnly":{"new":false},"state":{"new":"active"},"disabledReason":{"new":null},"startsAt":{"new":"2026-11-30T01:22:10.480Z"},"createdAt":{"new":"2026-11-30T01:22:10.480Z"},"deleted":{"new":false},"deletedAt":{"new":null},"headerNames":{"new":[]},"secretRevision":{"new":1}}',0,X'f3ed82e748042fa80119c66b114d5559');
INSERT INTO log VALUES(4,4,1,0,1796001730680,0,0,5,4,'{"id":{"new":"ep_01m8n0q43rvv5re3yevc9f8g4p"},"url":{"new":"http://127.0.0.1:44719/bad"},"description":{"new":null},"format":{"new":"standard"},"events":{"new":["lead.created","lead.updated"]},"fields":{"new":[]},"skipSources":{"new":[]},"skipActors":{"new":[]},"filter":{"new":null},"timeoutMs":{"new":5000},"retrySchedule":{"new":[3600]},"concurrency":{"new":16},"rateLimit":{"new":0},"order":{"new":"record"},"bareObject":{"new":false},"changesOnly":{"new":false},"state":{"new":"active"},"disabledReason":{"new":null},"startsAt":{"new":"2026-11-30T01:22:10.680Z"},"createdAt":{"new":"2026-11-30T01:22:10.680Z"},"deleted":{"new":false},"deletedAt":{"new":null},"headerNames":{"new":[]},"secretRevision":{"new":1}}',0,X'af072538bba7416181b4fe7647af52b2');
INSERT INTO log VALUES(5,5,1,0,1796001730723,0,0,5,4,'{"id":{"new":"lead_01m8n0q450bpzkrnapj9t46w52"},"firstName":{"new":"Ada"},"lastName":{"new":null},"phone":{"new":"+15555550101"},"email":{"new":null},"timeZone":{"new":null},"customerProfile":{"new":null},"additionalInfo":{"new":{"plan":"pro"}},"tags":{"new":[]},"hasReplied":{"new":false},"isHot":{"new":false},"isQualified":{"new":false},"isUnsubscribed":{"new":false},"isAiOn":{"new":false},"summary":{"new":null},"externalLeadId":{"new":null},"close_crm_leadId":{"new":null},"createdAt":{"new":"2026-11-30T01:22:10.723Z"},"deleted":{"new":false},"deletedAt":{"new":null}}',0,X'a616fa8407ea5795a7e4bd2104f68ea5');
INSERT INTO log VALUES(6,5,2,5,1796001730820,0,0,5,4,'{"additionalInfo.n":{"new":"1"}}',0,X'e255911a870fdf0474c0400a1a440517');
INSERT INTO log VALUES(7,5,3,6,1796001730946,0,0,5,4,'{"additionalInfo.n":{"old":"1","new":"2"}}',0,X'8d2c616e103bab2d8b7dd773b4ec1cf3');
INSERT INTO log VALUES(8,5,4,7,1796001731062,0,0,5,4,'{"additionalInfo.n":{"old":"2","new":"3"}}',0,X'05e1f234f016e987605a35ff450758fc');
INSERT INTO log VALUES(9,6,1,0,1796001731114,0,0,5,4,'{"id":{"new":1},"userId":{"new":null},"accountId":{"new":null},"firstName":{"new":"Ada"},"lastName":{"new":null},"email":{"new":"ada@example.com"},"phoneNumber":{"new":null},"secondary_email":{"new":null},"secondary_phoneNumber":{"new":null},"status":{"new":"POTENTIAL"},"createdAt":{"new":"2026-11-30T01:22:11.114Z"},"previewId":{"new":"contact_KyCxNKOPGyrT"},"timeZone":{"new":null},"joinedTime":{"new":"2026-11-30T01:22:11.114Z"},"country":{"new":null},"ipAddress":{"new":null},"questionsAndAnswers":{"new":{}},"event":{"new":null},"tracking":{"new":{}},"latestCall":{"new":null},"disqualifyingGroup":{"new":[]},"deletedAt":{"new":null}}',0,X'2a6679f8fcd0f6efe3f385073cb88949');
INSERT INTO log VALUES(10,7,1,0,1796001731180,0,0,5,4,'{"id":{"new":"src_01m8n0q4kc8phhjvgbzzh32atb"},"name":{"new":"theirs"},"description":{"new":null},"format":{"new":"generic"},"verifier":{"new":"none"},"mapping":{"new":{"kind":"lead","id":"/leadId","time":"/at","fields":{"phone":"/phone","firstName":"/name"}}},"onBadContent":{"new":"quarantine"},"maxBodyBytes":{"new":1048576},"maxItems":{"new":100},"rateLimit":{"new":0},"validation":{"new":[]},"state":{"new":"active"},"createdAt":{"new":"2026-11-30T01:22:11.180Z"},"deleted":{"new":false},"deletedAt":{"new":null},"secretRevision":{"new":1}}',0,X'070c203bd18f0fbf64b3ccd741548485');
INSERT INTO log VALUES(11,8,1,0,1796001731214,28394531214,0,12,12,'{"id":{"new":"theirs1"},"firstName":{"new":"Grace"},"lastName":{"new":null},"phone":{"new":"+15555550102"},"email":{"new":null},"timeZone":{"new":null},"customerProfile":{"new":null},"additionalInfo":{"new":{}},"tags":{"new":[]},"hasReplied":{"new":false},"isHot":{"new":false},"isQualified":{"new":false},"isUnsubscribed":{"new":false},"isAiOn":{"new":false},"summary":{"new":null},"externalLeadId":{"new":null},"close_crm_leadId":{"new":null},"createdAt":{"new":"2026-01-05T10:00:00.000Z"},"deleted":{"new":false},"deletedAt":{"new":null}}',1,X'355ace281e5947315da631ebf9bf9eb8');
INSERT INTO log VALUES(12,8,2,11,1796001731404,28390931404,0,12,12,'{"firstName":{"old":"Grace","new":"Mary"}}',3,X'a55e434f02498c7b1e027ad5d75b3343');
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
INSERT INTO uniques VALUES(1,6,'+15555550101','lead_01m8n0q450bpzkrnapj9t46w52');
INSERT INTO uniques VALUES(1,6,'+15555550102','theirs1');
INSERT INTO uniques VALUES(1,11,'ada@example.com','0000000000000001');
CREATE TABLE idempotency (
  number      INTEGER PRIMARY KEY,
  account     INTEGER NOT NULL,  -- name
  key         TEXT    NOT NULL,
  fingerprint TEXT    NOT NULL,
  expires_at  INTEGER NOT NULL,
  reply       TEXT    NOT NULL
, about_kind INTEGER NOT NULL DEFAULT 0, about_id TEXT NOT NULL DEFAULT '');
CREATE TABLE secrets (
  part    INTEGER NOT NULL,
  kind    INTEGER NOT NULL,
  account INTEGER NOT NULL,  -- name
  id      TEXT    NOT NULL,
  sealed  BLOB    NOT NULL,
  PRIMARY KEY (part, kind, account, id)
) WITHOUT ROWID;
INSERT INTO secrets VALUES(0,3,1,'ep_01m8n0q3xf4j5xqfpv8a2c91y2',X'73312e34626230366638652e4c54683956314f4849394142353355326a7069626f37767352726845723076626e314633637456305257733548596b324d69663558325a62594b6c6b6c49414c65793363575a656c6f6777662d6c544569504f485f5246544b435a6349366f62486c51676d4e4377694b35362d36524e6f57434b6b4a6d52365677574f43694639306875514659363651585a3064617854304263666e416b7855494f35545a4b6832587a7765476f5478354a42526f');
INSERT INTO secrets VALUES(0,3,1,'ep_01m8n0q43rvv5re3yevc9f8g4p',X'73312e34626230366638652e6647455642367033725676445a374b33495079664b5746566f3432746551784e5a6b536f6f694e4d784c6963307550664e4d673755795a675f356e31485855654339567a35355749744f7a664f343262566b49376a706a6d47734f69523461446e52467936634f75704a576772714e5341684c6c6772526a555369393144723043337972737a4e424a5a6b574a564e5745716164744e5a4e55755358773157543273695a683353447a6e70742d526b');
INSERT INTO secrets VALUES(0,6,1,'src_01m8n0q4kc8phhjvgbzzh32atb',X'73312e34626230366638652e3144416e626a6d6452456a5041316d6c6b326f6b41654834364e384270556231673142694b48796332524556564e48767756632d6a686733616f4c71325f38706f4464774b394c4e69764d5a2d4935584977326348684769646b4567693842747069414e787059534d4539505361496743716a6b66666c4f6e4361707346773934315a704c316d6f52714a476d625667505645');
CREATE TABLE cursors (part INTEGER PRIMARY KEY, seq INTEGER NOT NULL, epoch INTEGER NOT NULL, dropped_receipt INTEGER NOT NULL DEFAULT 0);
INSERT INTO cursors VALUES(0,12,1,0);
CREATE TABLE leases (
  part       INTEGER PRIMARY KEY,
  owner      TEXT    NOT NULL,
  epoch      INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
);
INSERT INTO leases VALUES(0,'',1,0);
CREATE TABLE lags (
  part          INTEGER NOT NULL,
  endpoint      INTEGER NOT NULL,  -- name
  position      INTEGER NOT NULL,
  recover_until INTEGER NOT NULL,
  recover_from  INTEGER NOT NULL,
  PRIMARY KEY (part, endpoint)
) WITHOUT ROWID;
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
INSERT INTO holds VALUES(0,7,1,0,0,1,1,'lead_01m8n0q450bpzkrnapj9t46w52',5,0,1,1796001730733,1796004613905);
INSERT INTO holds VALUES(0,7,1,0,0,1,1,'theirs1',11,0,1,1796001731273,1796004784048);
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
INSERT INTO receipts VALUES(1,1,13,1796001731214,1,'','','{"format":"generic","contentType":"application/json","size":86,"digest":"94828da211b7b02b60487625ed905c64e34bfa34736bbfed0158a5d06943b379","peer":"127.0.0.1","items":[{"verdict":"accepted","event":"generic","record":{"kind":"lead","id":"theirs1"},"version":1,"time":"2026-01-05T10:00:00.000Z","changed":["id","firstName","phone","createdAt"]}]}','{"host":"127.0.0.1:41881","connection":"keep-alive","content-type":"application/json","accept":"*/*","accept-language":"*","sec-fetch-mode":"cors","user-agent":"node","accept-encoding":"gzip, deflate","content-length":"86"}',X'7b226c6561644964223a2274686569727331222c226174223a22323032362d30312d30355431303a30303a30305a222c2270686f6e65223a222b3135353535353530313032222c226e616d65223a224772616365227d');
INSERT INTO receipts VALUES(2,1,13,1796001731308,2,'','[[1,"theirs1"]]','{"format":"generic","contentType":"application/json","size":86,"digest":"94828da211b7b02b60487625ed905c64e34bfa34736bbfed0158a5d06943b379","peer":"127.0.0.1","items":[{"verdict":"duplicate","event":"generic","record":{"kind":"lead","id":"theirs1"},"time":"2026-01-05T10:00:00.000Z","receipt":"rc_1"}]}','{"host":"127.0.0.1:41881","connection":"keep-alive","content-type":"application/json","accept":"*/*","accept-language":"*","sec-fetch-mode":"cors","user-agent":"node","accept-encoding":"gzip, deflate","content-length":"86"}',X'7b226c6561644964223a2274686569727331222c226174223a22323032362d30312d30355431303a30303a30305a222c2270686f6e65223a222b3135353535353530313032222c226e616d65223a224772616365227d');
INSERT INTO receipts VALUES(3,1,13,1796001731400,1,'','','{"format":"generic","contentType":"application/json","size":62,"digest":"1d15e91a07b34203dbe313bcb7f57eb05067feed34bb9828cb2ef4d4d561a676","peer":"127.0.0.1","items":[{"verdict":"accepted","event":"generic","record":{"kind":"lead","id":"theirs1"},"version":2,"time":"2026-01-05T11:00:00.000Z","changed":["firstName"]}]}','{"host":"127.0.0.1:41881","connection":"keep-alive","content-type":"application/json","accept":"*/*","accept-language":"*","sec-fetch-mode":"cors","user-agent":"node","accept-encoding":"gzip, deflate","content-length":"62"}',X'7b226c6561644964223a2274686569727331222c226174223a22323032362d30312d30355431313a30303a30305a222c226e616d65223a224d617279227d');
INSERT INTO receipts VALUES(4,1,13,1796001731494,5,'','','{"format":"generic","contentType":"application/json","size":33,"digest":"0f89c26c3440d5e661aa2b54a37c8cae54eda3c58486443000012674a2683a9c","peer":"127.0.0.1","items":[{"verdict":"quarantined","reason":"time: must be a date-time such as \"2025-05-09T15:28:40.783Z\" (RFC 3339) or Unix time in seconds or milliseconds, not \"never\" (at /at)","field":"time"}]}','{"host":"127.0.0.1:41881","connection":"keep-alive","content-type":"application/json","accept":"*/*","accept-language":"*","sec-fetch-mode":"cors","user-agent":"node","accept-encoding":"gzip, deflate","content-length":"33"}',X'7b226c6561644964223a2274686569727332222c226174223a226e65766572227d');
CREATE TABLE receipts_about (
  account INTEGER NOT NULL,  -- name
  kind    INTEGER NOT NULL,
  id      TEXT    NOT NULL,
  number  INTEGER NOT NULL,
  PRIMARY KEY (account, kind, id, number)
) WITHOUT ROWID;
INSERT INTO receipts_about VALUES(1,1,'theirs1',2);
CREATE TABLE seen (
  row        INTEGER PRIMARY KEY,
  account    INTEGER NOT NULL,  -- name
  source     INTEGER NOT NULL,  -- name
  key        BLOB    NOT NULL,
  expires_at INTEGER NOT NULL,
  receipt    INTEGER NOT NULL,
  content    BLOB    NOT NULL
);
INSERT INTO seen VALUES(1,1,13,X'6ae47e2d50e19d37589813592d914450',1798593731214,1,X'6ae47e2d50e19d37589813592d914450');
INSERT INTO seen VALUES(2,1,13,X'd566d2cd548159c4f52d4ce621ca27d9',1798593731404,3,X'd566d2cd548159c4f52d4ce621ca27d9');
INSERT INTO seen VALUES(3,1,13,X'004d52d95ad46e4bc5f31a4e922e6e99',1798593731494,4,X'0f89c26c3440d5e661aa2b54a37c8cae');
CREATE TABLE retained (
  account INTEGER NOT NULL,  -- name
  part    INTEGER NOT NULL,
  seq     INTEGER NOT NULL,
  PRIMARY KEY (account, part)
) WITHOUT ROWID;
CREATE TABLE attempts (
  attempt INTEGER PRIMARY KEY,  -- endpoint, number of the first one
  low     INTEGER NOT NULL,     -- part, seq of the changes that they are about: the smallest
  high    INTEGER NOT NULL,     -- and the greatest; less than 128 apart
  packed  BLOB    NOT NULL      -- packed_attempts.hpp
);
INSERT INTO attempts VALUES(481036337153,5,11,X'490adac2dca0c5688401000901f40302f7ea67c55de1f214069afb4e6aae14550c616e7377657265642035303001787f0cb8083641eac8b2abc6d83e6d07040d8017297a');
INSERT INTO attempts VALUES(549755813889,5,12,X'590adac2dca0c56831000901c80101f7ea67c55de1f214069afb4e6aae145501787d028c0221000af973d1577aca1c9bba07f8fe30bfe83b7f0288031cd125737b48a581d894aa20d7764947fc7f02383657d294ef6dc9ae0479c239cfbbae9a0d7d06ec0236000941eac8b2abc6d83e6d07040d8017297a7d02ba021f000ad7e1e970a08cfd4389f69a5fea833495');
CREATE UNIQUE INDEX records_by_key ON records (kind, account, id);
CREATE UNIQUE INDEX idempotency_by_key ON idempotency (account, key);
CREATE INDEX idempotency_by_expiry ON idempotency (expires_at);
CREATE INDEX receipts_by_account ON receipts (account, number, source, verdict, at);
CREATE INDEX receipts_unresolved ON receipts (account, number, source, at) WHERE verdict = 5 AND resolution = '';
CREATE UNIQUE INDEX seen_by_key ON seen (account, source, key);
CREATE INDEX seen_by_expiry ON seen (expires_at);
CREATE INDEX attempts_by_place ON attempts (high, low);

PRAGMA application_id = 1146114900;
PRAGMA user_version = 3;
COMMIT;
