// SqliteStore's reads of records and of what stands beside them.
#include "store/sqlite/packed_document.hpp"
#include "store/sqlite/packed_keys.hpp"
#include "store/sqlite/store_impl.hpp"

namespace deltapost::store {

using sqlite::Database;
using sqlite::Name;
using sqlite::Names;
using sqlite::RecordRow;
using sqlite::Rows;

namespace {

constexpr std::size_t kMaxFound = 4096;  // records that are looked at, and nothing is committed

#define DP_RECORD_COLUMNS "kind, account, id, version, created_at, updated_at, deleted, document"

StoredRecord to_record(Rows& row, Names& names, Database& database) {
  StoredRecord record;
  record.key.kind = static_cast<Kind>(row.integer(0));
  record.key.account = AccountId(names.text(database, row.integer(1)));
  record.key.id = row.text(2);
  record.version = row.natural(3);
  record.created_at = row.time(4);
  record.updated_at = row.time(5);
  record.deleted = row.integer(6) != 0;
  record.document = sqlite::unpack_document(row.bytes(7));
  return record;
}

std::vector<StoredRecord> to_records(Rows rows, Names& names, Database& database) {
  std::vector<StoredRecord> records;
  while (rows.next()) records.push_back(to_record(rows, names, database));
  return records;
}

}  // namespace

Result<std::optional<StoredRecord>> SqliteStore::find(const RecordKey& key) {
  return impl_->read([&](Database& database) -> std::optional<StoredRecord> {
    const auto account = impl_->names.find(database, key.account.text());
    if (!account) return std::nullopt;
    Rows row =
        database.query("SELECT " DP_RECORD_COLUMNS " FROM records WHERE kind = ? AND account = ? AND id = ?",
                       static_cast<int>(key.kind), *account, key.id);
    if (!row.next()) return std::nullopt;
    return to_record(row, impl_->names, database);
  });
}

Result<std::optional<StoredRecord>> SqliteStore::find_to_write(const RecordKey& key) {
  return sqlite::guarded([&]() -> std::optional<StoredRecord> {
    Database& database = impl_->begin_to_write();
    const auto account = impl_->names.find(database, key.account.text());
    if (!account) return std::nullopt;
    Rows row =
        database.query("SELECT " DP_RECORD_COLUMNS
                       ", rid, last_seq, salt, tip FROM records WHERE kind = ? AND account = ? AND id = ?",
                       static_cast<int>(key.kind), *account, key.id);
    if (!row.next()) return std::nullopt;
    StoredRecord record{key,         row.natural(3), sqlite::unpack_document(row.bytes(7)),
                        row.time(4), row.time(5),    row.integer(6) != 0};
    if (impl_->found_to_write.size() >= kMaxFound) impl_->found_to_write.clear();
    impl_->found_to_write.insert_or_assign(
        key, sqlite::TouchedRecord{{row.integer(8), record.version, row.natural(9), record.created_at,
                                    row.text(10), row.text(11)},
                                   record.version});
    return record;
  });
}

void SqliteStore::end_reading_to_write() {
  impl_->end_to_write();
}

Result<std::vector<StoredRecord>> SqliteStore::list(const AccountId& account, Kind kind,
                                                    const std::string& after_id, std::size_t limit) {
  return impl_->read([&](Database& database) -> std::vector<StoredRecord> {
    const auto name = impl_->names.find(database, account.text());
    if (!name) return {};
    return to_records(
        database.query("SELECT " DP_RECORD_COLUMNS
                       " FROM records WHERE kind = ? AND account = ? AND id > ? ORDER BY id LIMIT ?",
                       static_cast<int>(kind), *name, after_id, limit),
        impl_->names, database);
  });
}

Result<std::vector<StoredRecord>> SqliteStore::list_all(Kind kind) {
  return impl_->read([&](Database& database) {
    return to_records(
        database.query("SELECT " DP_RECORD_COLUMNS " FROM records WHERE kind = ?", static_cast<int>(kind)),
        impl_->names, database);
  });
}

Result<std::string> SqliteStore::last_id(const AccountId& account, Kind kind) {
  return impl_->read([&](Database& database) -> std::string {
    const auto name = impl_->names.find(database, account.text());
    if (!name) return {};
    Rows row =
        database.query("SELECT id FROM records WHERE kind = ? AND account = ? ORDER BY id DESC LIMIT 1",
                       static_cast<int>(kind), *name);
    return row.next() ? row.text(0) : std::string{};
  });
}

Result<std::vector<StoredRecord>> SqliteStore::scan(Part part, const RecordKey& after, std::size_t limit) {
  return impl_->read([&](Database& database) {
    std::int64_t from = RecordRow::first(part);
    if (!after.account.empty()) {
      const auto account = impl_->names.find(database, after.account.text());
      Rows row = database.query("SELECT rid FROM records WHERE kind = ? AND account = ? AND id = ?",
                                static_cast<int>(after.kind), account.value_or(0), after.id);
      if (!row.next())
        throw sqlite::Refusal{{Fault::not_found, "a walk goes on from a record that is not there"}};
      from = row.integer(0);
    }
    return to_records(database.query("SELECT " DP_RECORD_COLUMNS
                                     " FROM records WHERE rid > ? AND rid <= ? ORDER BY rid LIMIT ?",
                                     from, RecordRow::last(part), limit),
                      impl_->names, database);
  });
}

#undef DP_RECORD_COLUMNS

Result<std::optional<std::string>> SqliteStore::holder_of(const UniqueValue& unique) {
  return impl_->read([&](Database& database) -> std::optional<std::string> {
    const auto account = impl_->names.find(database, unique.account.text());
    const auto scope = impl_->names.find(database, unique.scope);
    if (!account || !scope) return std::nullopt;
    Rows row = database.query("SELECT holder FROM uniques WHERE account = ? AND scope = ? AND value = ?",
                              *account, *scope, unique.value);
    if (!row.next()) return std::nullopt;
    return row.text(0);
  });
}

Result<std::vector<UniqueClaim>> SqliteStore::scan_unique(const UniqueValue& after, std::size_t limit) {
  return impl_->read([&](Database& database) {
    const Name account = impl_->names.find(database, after.account.text()).value_or(0);
    const Name scope = impl_->names.find(database, after.scope).value_or(0);
    std::vector<UniqueClaim> claims;
    Rows rows = database.query(
        "SELECT account, scope, value, holder FROM uniques WHERE (account, scope, value) > (?, ?, ?) "
        "ORDER BY account, scope, value LIMIT ?",
        account, scope, after.value, limit);
    while (rows.next()) {
      UniqueValue unique{AccountId(impl_->names.text(database, rows.integer(0))),
                         impl_->names.text(database, rows.integer(1)), rows.text(2)};
      claims.push_back({std::move(unique), rows.text(3)});
    }
    return claims;
  });
}

Result<std::optional<std::string>> SqliteStore::secret_of(const RecordKey& owner) {
  return impl_->read([&](Database& database) -> std::optional<std::string> {
    const auto account = impl_->names.find(database, owner.account.text());
    if (!account) return std::nullopt;
    Rows row = database.query(
        "SELECT sealed FROM secrets WHERE part = ? AND kind = ? AND account = ? AND id = ?",
        partition_of(owner, impl_->partitions), static_cast<int>(owner.kind), *account, owner.id);
    if (!row.next()) return std::nullopt;
    return row.text(0);
  });
}

Result<std::optional<IdempotencyRow>> SqliteStore::idempotency(const AccountId& account,
                                                               const std::string& key) {
  return impl_->read([&](Database& database) -> std::optional<IdempotencyRow> {
    const auto name = impl_->names.find(database, account.text());
    if (!name) return std::nullopt;
    Rows row = database.query(
        "SELECT fingerprint, reply, expires_at, about_kind, about_id FROM idempotency WHERE account = ? AND "
        "key "
        "= ?",
        *name, key);
    if (!row.next()) return std::nullopt;
    IdempotencyRow found{account, key, row.text(0), row.text(1), row.time(2)};
    if (row.integer(3) != 0) found.about = {account, static_cast<Kind>(row.integer(3)), row.text(4)};
    return found;
  });
}

}  // namespace deltapost::store
