// SqliteStore's reads of what sources got.
#include "base/check.hpp"
#include "store/receipt_query.hpp"
#include "store/sqlite/receipt_rows.hpp"
#include "store/sqlite/store_impl.hpp"

namespace deltapost::store {

using sqlite::Database;
using sqlite::Name;
using sqlite::Names;
using sqlite::Rows;

namespace {

/// How many receipts one page looks at; those that the query does not want cost an index entry each.
constexpr int kLookedAt = 10'000;

/// A walk over an account's receipts, from the index alone: number, source, verdict, at.
Rows walk(Database& database, const ReceiptQuery& query, Name account) {
  const std::int64_t after = static_cast<std::int64_t>(query.after);
  const std::int64_t before = query.after == 0 ? INT64_MAX : after;
  if (query.unresolved && query.oldest_first)
    return database.query(
        "SELECT number, source, 5, at FROM receipts WHERE verdict = 5 AND resolution = '' AND account = ? "
        "AND "
        "number > ? ORDER BY number LIMIT ?",
        account, after, kLookedAt);
  if (query.unresolved)
    return database.query(
        "SELECT number, source, 5, at FROM receipts WHERE verdict = 5 AND resolution = '' AND account = ? "
        "AND "
        "number < ? ORDER BY number DESC LIMIT ?",
        account, before, kLookedAt);
  if (query.oldest_first)
    return database.query(
        "SELECT number, source, verdict, at FROM receipts INDEXED BY receipts_by_account WHERE account = ? "
        "AND "
        "number > ? ORDER BY number LIMIT ?",
        account, after, kLookedAt);
  return database.query(
      "SELECT number, source, verdict, at FROM receipts INDEXED BY receipts_by_account WHERE account = ? AND "
      "number < ? ORDER BY number DESC LIMIT ?",
      account, before, kLookedAt);
}

std::optional<Receipt> find_receipt(Database& database, Names& names, ReceiptNumber number, bool bodies) {
  if (!bodies) {
    Rows row = database.query("SELECT " DP_RECEIPT_COLUMNS " FROM receipts WHERE number = ?", number);
    if (!row.next()) return std::nullopt;
    return to_receipt(row, names, database);
  }
  Rows row =
      database.query("SELECT " DP_RECEIPT_COLUMNS ", headers, body FROM receipts WHERE number = ?", number);
  if (!row.next()) return std::nullopt;
  Receipt receipt = to_receipt(row, names, database);
  receipt.headers = row.text(8);
  receipt.body = row.text(9);
  return receipt;
}

/// The numbers that a page shows.
struct Found {
  std::vector<ReceiptNumber> numbers;
  ReceiptNumber next = 0;
};

Found find_numbers(Database& database, Names& names, const ReceiptQuery& query, Name account) {
  Found found;
  Rows rows = walk(database, query, account);
  Receipt seen;
  int looked_at = 0;
  while (rows.next()) {
    seen.number = rows.natural(0);
    seen.source = names.text(database, rows.integer(1));
    seen.verdict = static_cast<Verdict>(rows.integer(2));
    seen.at = rows.time(3);
    ++looked_at;
    if (!asks_for(query, seen)) continue;
    if (found.numbers.size() == query.limit) {
      found.next = found.numbers.empty() ? 0 : found.numbers.back();
      return found;
    }
    found.numbers.push_back(seen.number);
  }
  if (looked_at == kLookedAt) found.next = seen.number;
  return found;
}

}  // namespace

Result<ReceiptNumber> SqliteStore::last_receipt(Part part) {
  DP_CHECK(part < impl_->partitions);
  return impl_->read([&](Database& database) { return sqlite::read_last_receipt(database, part); });
}

Result<std::optional<Receipt>> SqliteStore::receipt(const AccountId& account, ReceiptNumber number) {
  return impl_->read([&](Database& database) -> std::optional<Receipt> {
    if (number > static_cast<ReceiptNumber>(INT64_MAX)) return std::nullopt;
    auto receipt = find_receipt(database, impl_->names, number, true);
    if (!receipt || receipt->account != account) return std::nullopt;
    return receipt;
  });
}

Result<ReceiptPage> SqliteStore::receipts(const ReceiptQuery& query) {
  return impl_->read_at_once([&](Database& database) {
    ReceiptPage page;
    const auto account = impl_->names.find(database, query.account.text());
    if (!account || query.after > static_cast<ReceiptNumber>(INT64_MAX)) return page;
    const Found found = find_numbers(database, impl_->names, query, *account);
    page.next = found.next;
    for (ReceiptNumber number : found.numbers) {
      auto receipt = find_receipt(database, impl_->names, number, query.bodies);
      if (receipt) page.receipts.push_back(*std::move(receipt));
    }
    return page;
  });
}

Result<std::vector<Receipt>> SqliteStore::receipts_about(const RecordKey& record, ReceiptNumber before,
                                                         std::size_t limit) {
  return impl_->read_at_once([&](Database& database) {
    std::vector<Receipt> page;
    const auto account = impl_->names.find(database, record.account.text());
    if (!account) return page;
    Rows rows = database.query(
        "SELECT number FROM receipts_about WHERE account = ? AND kind = ? AND id = ? AND number < ? ORDER BY "
        "number DESC LIMIT ?",
        *account, static_cast<int>(record.kind), record.id,
        before == 0 || before > static_cast<ReceiptNumber>(INT64_MAX) ? INT64_MAX
                                                                      : static_cast<std::int64_t>(before),
        limit);
    while (rows.next()) {
      auto receipt = find_receipt(database, impl_->names, rows.natural(0), false);
      if (receipt) page.push_back(*std::move(receipt));
    }
    return page;
  });
}

Result<std::optional<SeenRow>> SqliteStore::seen(const AccountId& account, const std::string& source,
                                                 const std::string& key) {
  return impl_->read([&](Database& database) -> std::optional<SeenRow> {
    const auto account_name = impl_->names.find(database, account.text());
    const auto source_name = impl_->names.find(database, source);
    if (!account_name || !source_name) return std::nullopt;
    Rows row = database.query(
        "SELECT content, receipt, expires_at FROM seen WHERE account = ? AND source = ? AND key = ?",
        *account_name, *source_name, sqlite::Blob{key});
    if (!row.next()) return std::nullopt;
    return SeenRow{account, source, key, row.text(0), row.natural(1), row.time(2)};
  });
}

Result<std::optional<std::string>> SqliteStore::clocks_of(const RecordKey& owner) {
  return impl_->read([&](Database& database) -> std::optional<std::string> {
    const auto account = impl_->names.find(database, owner.account.text());
    if (!account) return std::nullopt;
    Rows row = database.query("SELECT clocks FROM records WHERE kind = ? AND account = ? AND id = ?",
                              static_cast<int>(owner.kind), *account, owner.id);
    if (!row.next()) return std::nullopt;
    std::string clocks = row.text(0);
    return clocks.empty() ? std::optional<std::string>{} : std::optional(std::move(clocks));
  });
}

}  // namespace deltapost::store
