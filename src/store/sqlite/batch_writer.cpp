#include "store/sqlite/batch_writer.hpp"

#include "base/check.hpp"
#include "store/chain.hpp"
#include "store/refusal.hpp"
#include "store/sqlite/packed_document.hpp"
#include "store/sqlite/packed_keys.hpp"

namespace deltapost::store::sqlite {

std::vector<PartitionEnds> read_ends(Database& database, Part partitions) {
  std::vector<PartitionEnds> ends(partitions);
  for (Part part = 0; part < partitions; ++part) {
    Rows entry = database.query("SELECT pos FROM log WHERE pos BETWEEN ? AND ? ORDER BY pos DESC LIMIT 1",
                                LogPos::first(part), LogPos::last(part));
    if (entry.next()) ends[part].head = LogPos::low(entry.integer(0));
    Rows record =
        database.query("SELECT rid FROM records WHERE rid BETWEEN ? AND ? ORDER BY rid DESC LIMIT 1",
                       RecordRow::first(part), RecordRow::last(part));
    if (record.next()) ends[part].records = RecordRow::low(record.integer(0));
    ends[part].receipt = read_last_receipt(database, part);
  }
  return ends;
}

CommitReceipt BatchWriter::write(Batch batch) {
  for (auto& write : batch.writes) append(write);
  for (const auto& row : batch.clocks) put(row);
  for (const auto& [key, touched] : touched_) store_record(key, touched);
  for (const auto& each : batch.claims) claim(each);
  for (const auto& row : batch.idempotency) put(row);
  for (const auto& row : batch.secrets) put(row);
  for (const auto& progress : batch.progress) put(*progress);
  for (const auto& each : batch.receipts) put(each);
  for (const auto& resolution : batch.resolutions) put(resolution);
  for (const auto& row : batch.seen) put(row);
  CommitReceipt receipt;
  receipt.entries.reserve(batch.writes.size());
  for (auto& write : batch.writes) receipt.entries.push_back(std::move(write.entry));
  for (const auto& erasure : batch.erasures) erase(erasure, receipt.entries);
  return receipt;
}

// ---- records and their log

void BatchWriter::append(RecordWrite& write) {
  LogEntry& entry = write.entry;
  DP_CHECK(entry.document != nullptr && !entry.key.account.empty());
  TouchedRecord& record = touch(entry.key);
  if (entry.version != record.version + 1) {
    throw Refusal{version_conflict(entry.key, record.version, entry.version)};
  }
  entry.part = static_cast<Part>(RecordRow::high(record.rid));
  entry.seq = ++ends_[entry.part].head;
  entry.updated_at = write.updated_at;
  entry.deleted = write.deleted;
  if (record.salt.empty()) record.salt = new_salt(random_);
  entry.hash = record.tip = chain_hash(record.tip, record.salt, entry);
  database_.execute(
      "INSERT INTO log (pos, rid, version, prev_seq, at, updated_lag, deleted, actor, source, changes, "
      "receipt, hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      LogPos::pack(entry.part, entry.seq), record.rid, entry.version, record.last_seq, entry.at,
      (entry.at - entry.updated_at).count(), entry.deleted, names_.give(entry.origin.actor),
      names_.give(entry.origin.source), entry.changes, entry.origin.receipt, Blob{entry.hash});
  if (entry.version % kSnapshotEvery == 0) {
    database_.execute("INSERT INTO snapshots (rid, version, seq, document) VALUES (?, ?, ?, ?)", record.rid,
                      entry.version, entry.seq, Blob{pack_document(*entry.document)});
  }
  if (entry.version == 1) record.created_at = entry.at;
  record.version = entry.version;
  record.last_seq = entry.seq;
  record.latest = &entry;
}

TouchedRecord& BatchWriter::touch(const RecordKey& key) {
  if (const auto met = touched_.find(key); met != touched_.end()) return met->second;
  if (auto found = found_.extract(key)) return touched_.insert(std::move(found)).position->second;
  TouchedRecord& record = touched_[key];
  Rows row = database_.query(
      "SELECT rid, version, last_seq, created_at, salt, tip FROM records WHERE kind = ? AND account = ? AND "
      "id = ?",
      static_cast<int>(key.kind), names_.give(key.account.text()), key.id);
  if (row.next()) {
    record.rid = row.integer(0);
    record.version = record.stored_version = row.natural(1);
    record.last_seq = row.natural(2);
    record.created_at = row.time(3);
    record.salt = row.text(4);
    record.tip = row.text(5);
  } else {
    const Part part = partition_of(key, static_cast<Part>(ends_.size()));
    record.rid = RecordRow::pack(part, ++ends_[part].records);
  }
  return record;
}

void BatchWriter::store_record(const RecordKey& key, const TouchedRecord& touched) {
  if (touched.latest == nullptr) {
    if (touched.clocks != nullptr)
      database_.execute("UPDATE records SET clocks = ? WHERE rid = ?", Blob{*touched.clocks}, touched.rid);
    return;
  }
  const LogEntry& latest = *touched.latest;
  const std::string document = pack_document(*latest.document);
  const auto clocks =
      touched.clocks == nullptr ? std::optional<Blob>{} : std::optional(Blob{*touched.clocks});
  if (touched.stored_version > 0) {
    database_.execute(
        "UPDATE records SET version = ?, last_seq = ?, updated_at = ?, deleted = ?, document = ?, salt = ?, "
        "tip = ?, clocks = coalesce(?, clocks) WHERE rid = ?",
        touched.version, touched.last_seq, latest.updated_at, latest.deleted, Blob{document},
        Blob{touched.salt}, Blob{touched.tip}, clocks, touched.rid);
    return;
  }
  database_.execute(
      "INSERT INTO records (rid, kind, account, id, version, last_seq, created_at, updated_at, deleted, "
      "document, salt, tip, clocks) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, coalesce(?, x''))",
      touched.rid, static_cast<int>(key.kind), names_.give(key.account.text()), key.id, touched.version,
      touched.last_seq, touched.created_at, latest.updated_at, latest.deleted, Blob{document},
      Blob{touched.salt}, Blob{touched.tip}, clocks);
}

// ---- what stands beside the records

void BatchWriter::claim(const UniqueClaim& claim) {
  const UniqueValue& unique = claim.unique;
  const Name account = names_.give(unique.account.text());
  const Name scope = names_.give(unique.scope);
  if (claim.holder.empty()) {
    database_.execute("DELETE FROM uniques WHERE account = ? AND scope = ? AND value = ?", account, scope,
                      unique.value);
    return;
  }
  const std::int64_t taken = database_.execute(
      "INSERT INTO uniques (account, scope, value, holder) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
      account, scope, unique.value, claim.holder);
  if (taken == 1) return;
  Rows row = database_.query("SELECT holder FROM uniques WHERE account = ? AND scope = ? AND value = ?",
                             account, scope, unique.value);
  const std::string holder = row.next() ? row.text(0) : "";
  if (holder != claim.holder) throw Refusal{value_taken(unique, holder)};
}

void BatchWriter::put(const IdempotencyRow& row) {
  database_.execute(
      "INSERT INTO idempotency (account, key, fingerprint, expires_at, reply, about_kind, about_id) VALUES "
      "(?, "
      "?, ?, ?, ?, ?, ?) ON CONFLICT (account, key) DO UPDATE SET fingerprint = excluded.fingerprint, "
      "expires_at = excluded.expires_at, reply = excluded.reply, about_kind = excluded.about_kind, "
      "about_id = excluded.about_id",
      names_.give(row.account.text()), row.key, row.fingerprint, row.expires_at, row.reply,
      row.about.id.empty() ? 0 : static_cast<int>(row.about.kind), row.about.id);
}

void BatchWriter::put(const SecretRow& row) {
  const Part part = partition_of(row.owner, static_cast<Part>(ends_.size()));
  const Name account = names_.give(row.owner.account.text());
  const int kind = static_cast<int>(row.owner.kind);
  if (row.sealed.empty()) {
    database_.execute("DELETE FROM secrets WHERE part = ? AND kind = ? AND account = ? AND id = ?", part,
                      kind, account, row.owner.id);
    return;
  }
  database_.execute("INSERT OR REPLACE INTO secrets (part, kind, account, id, sealed) VALUES (?, ?, ?, ?, ?)",
                    part, kind, account, row.owner.id, Blob{row.sealed});
}

}  // namespace deltapost::store::sqlite
