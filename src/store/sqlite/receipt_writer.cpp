// The part of BatchWriter that keeps what sources got.
#include "base/check.hpp"
#include "store/refusal.hpp"
#include "store/sqlite/batch_writer.hpp"
#include "store/sqlite/receipt_rows.hpp"

namespace deltapost::store::sqlite {

ReceiptNumber read_last_receipt(Database& database, Part part) {
  Rows row = database.query(
      "SELECT max(dropped_receipt, coalesce((SELECT max(number) FROM receipts WHERE number > ? AND number < "
      "?), "
      "0)) FROM cursors WHERE part = ?",
      before_receipts(part), before_receipts(part + 1), part);
  return row.next() ? row.natural(0) : 0;
}

void BatchWriter::put(const Receipt& receipt) {
  ReceiptNumber& last = ends_.at(part_of(receipt.number)).receipt;
  if (receipt.number <= std::max(last, before_receipts(part_of(receipt.number))))
    throw Refusal{number_given(last, receipt.number)};
  last = receipt.number;
  const Name account = names_.give(receipt.account.text());
  database_.execute(
      "INSERT INTO receipts (" DP_RECEIPT_COLUMNS ", headers, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      receipt.number, account, names_.give(receipt.source), receipt.at, static_cast<int>(receipt.verdict),
      receipt.resolution, about_to_text(receipt.about), receipt.outcome, receipt.headers, Blob{receipt.body});
  for (const auto& key : receipt.about) {
    DP_CHECK(key.account == receipt.account);
    database_.execute("INSERT OR IGNORE INTO receipts_about (account, kind, id, number) VALUES (?, ?, ?, ?)",
                      account, static_cast<int>(key.kind), key.id, receipt.number);
  }
}

void BatchWriter::put(const ReceiptResolution& resolution) {
  bool exists = false, resolved = false;
  {
    Rows row = database_.query("SELECT resolution <> '' FROM receipts WHERE number = ?", resolution.number);
    exists = row.next();
    resolved = exists && row.integer(0) != 0;
  }
  if (!exists || resolved) throw Refusal{not_resolvable(resolution.number, exists)};
  database_.execute("UPDATE receipts SET resolution = ? WHERE number = ?", resolution.resolution,
                    resolution.number);
}

void BatchWriter::put(const SeenRow& row) {
  // Replaced by a new row at the end, where rows that expire late belong.
  database_.execute(
      "INSERT OR REPLACE INTO seen (account, source, key, expires_at, receipt, content) VALUES (?, ?, ?, ?, "
      "?, ?)",
      names_.give(row.account.text()), names_.give(row.source), Blob{row.key}, row.expires_at, row.receipt,
      Blob{row.content});
}

void BatchWriter::put(const ClocksRow& row) {
  TouchedRecord& record = touch(row.owner);
  if (record.version == 0) throw Refusal{no_such_record(row.owner)};
  record.clocks = &row.clocks;
}

}  // namespace deltapost::store::sqlite
