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

/// What is wrong and what would help, as far as the code tells; else in SQLite's words.
std::string sentence_of(int code, const std::string& said) {
  switch (code) {
    case SQLITE_FULL:
      return "the disk is full: the store's file cannot grow; nothing was stored, and writes go on by "
             "themselves once there is space again";
    case SQLITE_IOERR_SHMSIZE:
      return "the disk is full or fails: the index beside the store's file cannot grow; nothing was stored, "
             "and writes go on by themselves once there is space again";
    case SQLITE_IOERR_FSYNC:
    case SQLITE_IOERR_DIR_FSYNC:
      return "the disk could not sync the store's file";
    case SQLITE_IOERR_READ:
      return "the disk could not read the store's file";
    case SQLITE_IOERR_WRITE:
      return "the disk could not write the store's file; nothing was stored";
    default:
      return "the store's file: " + said;
  }
}

}  // namespace

bool SqlError::is_failed_sync() const {
  return code_ == SQLITE_IOERR_FSYNC || code_ == SQLITE_IOERR_DIR_FSYNC;
}

Error SqlError::error() const {
  const std::string message = sentence_of(code_, what());
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
    case SQLITE_ABORT:
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

std::string_view Rows::bytes(int column) const {
  // Asking for the pointer first fixes the encoding.
  const void* bytes = sqlite3_column_blob(statement_, column);
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_, column));
  return {static_cast<const char*>(bytes), size};
}

std::optional<Time> Rows::maybe_time(int column) const {
  if (sqlite3_column_type(statement_, column) == SQLITE_NULL) return std::nullopt;
  return time(column);
}

// ---- Database

void stop_counting_memory() {
  [[maybe_unused]] static const int done = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

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

void Database::fold_log_every(std::size_t pages, std::function<void(const SqlError*)> told) {
  fold_at_ = pages;
  folded_ = std::move(told);
  sqlite3_wal_hook(
      handle_.get(),
      [](void* self, sqlite3*, const char*, int pages_in_log) {
        return static_cast<Database*>(self)->fold_log(pages_in_log);
      },
      this);
}

/// What SQLite's own automatic checkpoint does, which keeps its failures to itself.
int Database::fold_log(int pages_in_log) {
  if (static_cast<std::size_t>(pages_in_log) < fold_at_) return SQLITE_OK;
  const int code =
      sqlite3_wal_checkpoint_v2(handle_.get(), nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
  if (code == SQLITE_BUSY) return SQLITE_OK;
  const SqlError failure(code, sqlite3_errmsg(handle_.get()));
  folded_(code == SQLITE_OK ? nullptr : &failure);
  return SQLITE_OK;
}

void Database::keep_log_at_close() {
  sqlite3_db_config(handle_.get(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
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
