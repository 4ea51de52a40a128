// The part of BatchWriter that erases a record's values.
#include "store/erasure.hpp"
#include "store/refusal.hpp"
#include "store/sqlite/attempt_rows.hpp"
#include "store/sqlite/batch_writer.hpp"
#include "store/sqlite/packed_keys.hpp"

namespace deltapost::store::sqlite {

void BatchWriter::erase(const Erasure& erasure, std::vector<LogEntry>& committed) {
  TouchedRecord& record = touch(erasure.record);
  if (record.version == 0) throw Refusal{no_such_record(erasure.record)};
  erase_values(committed, erasure, record.salt, record.version);
  erase_changes(record, erasure.up_to);

  const int kind = static_cast<int>(erasure.record.kind);
  const Name account = names_.give(erasure.record.account.text());
  std::vector<ReceiptNumber> about;
  {
    Rows rows = database_.query("SELECT number FROM receipts_about WHERE account = ? AND kind = ? AND id = ?",
                                account, kind, erasure.record.id);
    while (rows.next()) about.push_back(rows.natural(0));
  }
  for (ReceiptNumber number : about) erase_receipt(number);
  // As erase_answer in store/erasure.hpp.
  database_.execute(
      "UPDATE idempotency SET fingerprint = '', reply = '' "
      "WHERE account = ? AND about_kind = ? AND about_id = ?",
      account, kind, erasure.record.id);

  database_.execute("DELETE FROM snapshots WHERE rid = ? AND version <= ?", record.rid, erasure.up_to);
  database_.execute(
      "INSERT OR REPLACE INTO snapshots (rid, version, seq, document) SELECT rid, version, last_seq, "
      "document "
      "FROM records WHERE rid = ?",
      record.rid);
  if (erasure.up_to >= record.version) record.salt.clear();
  database_.execute("UPDATE records SET salt = ?, clocks = x'' WHERE rid = ?", Blob{record.salt}, record.rid);
}

/// Along the record's chain, and all that hangs on its links. Those that were redacted before are visited,
/// too: retention leaves receipts and attempts to their own age.
void BatchWriter::erase_changes(const TouchedRecord& record, Version up_to) {
  const Part part = static_cast<Part>(RecordRow::high(record.rid));
  for (Seq seq = record.last_seq; seq != 0;) {
    const std::int64_t pos = LogPos::pack(part, seq);
    Version version = 0;
    ReceiptNumber receipt = 0;
    std::string changes;
    {
      Rows row = database_.query("SELECT version, prev_seq, receipt, changes FROM log WHERE pos = ?", pos);
      if (!row.next())
        throw Refusal{{Fault::corrupt, "a record's history breaks off at seq " + std::to_string(seq) +
                                           " of partition " + std::to_string(part)}};
      version = row.natural(0);
      seq = row.natural(1);
      receipt = row.natural(2);
      changes = row.text(3);
    }
    if (version > up_to) continue;
    if (!is_redacted(changes))
      database_.execute("UPDATE log SET changes = ? WHERE pos = ?", without_values(record.salt, changes),
                        pos);
    erase_responses(pos);
    if (receipt != 0) erase_receipt(receipt);
  }
}

void BatchWriter::erase_responses(std::int64_t pos) {
  for (KeptRow& row : attempts_at(database_, pos)) {
    bool erased = false;
    for (KeptAttempt& kept : row.attempts) {
      const DeliveryKey& delivery = kept.attempt.delivery;
      if (LogPos::pack(delivery.part, delivery.seq) != pos || kept.attempt.response.empty()) continue;
      kept.attempt.response.clear();
      erased = true;
    }
    if (erased) replace_attempts(database_, row);
  }
}

void BatchWriter::erase_receipt(ReceiptNumber number) {
  // As erase_content in store/erasure.hpp.
  database_.execute(
      "UPDATE receipts SET headers = '{}', body = x'', outcome = ?1, resolution = CASE WHEN verdict = 5 OR "
      "resolution <> '' THEN ?1 ELSE '' END WHERE number = ?2",
      kErasedNote, number);
}

}  // namespace deltapost::store::sqlite
