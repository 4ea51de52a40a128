#include "store/sqlite/database.hpp"

#include "base/check.hpp"

namespace deltapost::store::sqlite {
namespace {

/// How long a connection waits for another one of this process, which only happens around recovery.
constexpr int kBusyTimeoutMs = 5000;

[[noreturn]] void fail(sqlite3* handle) {
  throw SqlError(sqlite3_extended_errcode(handle), sqlite3_errmsg(handle));
}

void check(sqlite3* handle, int code) {
  if (code != SQLITE_OK) fail(handle);
}

}  // namespace

Error SqlError::error() const {
  const std::string message = std::string("the store's file: ") + what();
  switch (code_ & 0xff) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return {Fault::corrupt, message};
    case SQLITE_FULL:
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_PROTOCOL:
    case SQLITE_NOMEM:
      return {Fault::unavailable, message};
    default:
      return {Fault::internal, message};
  }
}

// ---- Rows

Rows::~Rows() {
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_);
}

bool Rows::next() {
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code != SQLITE_DONE) fail(sqlite3_db_handle(statement_));
  return false;
}

std::string Rows::text(int column) const {
  // The bytes as they were bound, text or not; asking for the pointer first fixes the encoding.
  const void* bytes = sqlite3_column_blob(statement_, column);
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_, column));
  return size == 0 ? std::string{} : std::string(static_cast<const char*>(bytes), size);
}

std::optional<Time> Rows::maybe_time(int column) const {
  if (sqlite3_column_type(statement_, column) == SQLITE_NULL) return std::nullopt;
  return time(column);
}

// ---- Database

Database::Database(const std::string& path, int flags, const std::string& vfs) {
  sqlite3* handle = nullptr;
  const int code = sqlite3_open_v2(path.c_str(), &handle, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE,
                                   vfs.empty() ? nullptr : vfs.c_str());
  handle_.reset(handle);
  if (handle == nullptr) throw SqlError(SQLITE_NOMEM, "out of memory");
  check(handle, code);
  sqlite3_busy_timeout(handle, kBusyTimeoutMs);
}

void Database::run(const std::string& sql) {
  check(handle_.get(), sqlite3_exec(handle_.get(), sql.c_str(), nullptr, nullptr, nullptr));
}

std::int64_t Database::pragma(const std::string& name) {
  sqlite3_stmt* raw = nullptr;
  const std::string sql = "PRAGMA " + name;
  check(handle_.get(), sqlite3_prepare_v2(handle_.get(), sql.c_str(), -1, &raw, nullptr));
  const std::unique_ptr<sqlite3_stmt, Finalize> statement(raw);
  const int code = sqlite3_step(raw);
  if (code != SQLITE_ROW && code != SQLITE_DONE) fail(handle_.get());
  return code == SQLITE_ROW ? sqlite3_column_int64(raw, 0) : 0;
}

sqlite3_stmt* Database::prepared(const char* sql) {
  auto& kept = statements_[sql];
  if (!kept) {
    sqlite3_stmt* raw = nullptr;
    check(handle_.get(),
          sqlite3_prepare_v3(handle_.get(), sql, -1, SQLITE_PREPARE_PERSISTENT, &raw, nullptr));
    kept.reset(raw);
  }
  DP_CHECK(sqlite3_stmt_busy(kept.get()) == 0);
  return kept.get();
}

std::int64_t Database::finish(sqlite3_stmt* statement) {
  Rows rows(statement);
  while (rows.next()) {
  }
  return sqlite3_changes64(handle_.get());
}

void Database::bind(sqlite3_stmt* statement, int index, Time value, sqlite3_destructor_type) {
  sqlite3_bind_int64(statement, index, value.time_since_epoch().count());
}

void Database::bind(sqlite3_stmt* statement, int index, std::string_view value,
                    sqlite3_destructor_type keep) {
  // A view of nothing may hold no pointer, which SQLite would take for NULL.
  const char* bytes = value.data() == nullptr ? "" : value.data();
  if (sqlite3_bind_text64(statement, index, bytes, value.size(), keep, SQLITE_UTF8) != SQLITE_OK) {
    fail(sqlite3_db_handle(statement));
  }
}

void Database::bind(sqlite3_stmt* statement, int index, const Blob& value, sqlite3_destructor_type keep) {
  const char* bytes = value.bytes.data() == nullptr ? "" : value.bytes.data();
  if (sqlite3_bind_blob64(statement, index, bytes, value.bytes.size(), keep) != SQLITE_OK) {
    fail(sqlite3_db_handle(statement));
  }
}

// ---- Transaction

Transaction::Transaction(Database& database, Mode mode) : database_(database) {
  database_.execute(mode == Mode::write ? "BEGIN IMMEDIATE" : "BEGIN");
}

Transaction::~Transaction() {
  // Many failures have rolled back already; a rollback that fails leaves nothing of the transaction either.
  if (!database_.in_transaction()) return;
  try {
    database_.execute("ROLLBACK");
  } catch (const SqlError&) {  // NOLINT: nothing better to do
  }
}

void Transaction::commit() {
  database_.execute("COMMIT");
}

}  // namespace deltapost::store::sqlite
