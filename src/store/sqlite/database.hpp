// Database: one SQLite connection and the statements prepared on it. Private to the SQLite store. Failures
// travel as SqlError inside this folder and become Error at its edge (guarded).
#pragma once

#include <sqlite3.h>

#include <concepts>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"

namespace deltapost::store::sqlite {

class SqlError : public std::runtime_error {
 public:
  SqlError(int code, const std::string& message) : std::runtime_error(message), code_(code) {}
  int code() const { return code_; }  // SQLite's extended result code
  Error error() const;
  /// Nobody knows what of the file is on the disk now.
  bool is_failed_sync() const;

 private:
  int code_;
};

/// A refusal that the caller of the store must see as it is.
struct Refusal {
  Error error;
};

/// Bytes that need not be text.
struct Blob {
  std::string_view bytes;
};

/// A statement that is being stepped through. Gives its statement back when it goes.
class Rows {
 public:
  explicit Rows(sqlite3_stmt* statement) : statement_(statement) {}
  ~Rows();
  Rows(const Rows&) = delete;
  Rows& operator=(const Rows&) = delete;

  bool next();
  std::int64_t integer(int column) const { return sqlite3_column_int64(statement_, column); }
  std::uint64_t natural(int column) const { return static_cast<std::uint64_t>(integer(column)); }
  std::string text(int column) const { return std::string(bytes(column)); }
  /// As they were bound, text or not; until the next row.
  std::string_view bytes(int column) const;
  Time time(int column) const { return Time{Millis{integer(column)}}; }
  std::optional<Time> maybe_time(int column) const;

 private:
  sqlite3_stmt* statement_;
};

/// SQLite's own count of its memory, for which each allocation takes a lock and nobody asks, is turned off.
/// To be called before anything else of SQLite in the process; later it does nothing.
void stop_counting_memory();

class Database {
 public:
  Database(const std::string& path, int flags, const std::string& vfs);

  /// Runs one or several statements without parameters, prepared for this once.
  void run(const std::string& sql);

  /// `sql` must be a literal: its prepared form is kept under its address. One Rows per literal at a time.
  template <class... Args>
  Rows query(const char* sql, const Args&... args) {
    sqlite3_stmt* statement = prepared(sql);
    bind_all(statement, SQLITE_TRANSIENT, args...);
    return Rows(statement);
  }
  /// Runs to the end; the number of rows that were changed.
  template <class... Args>
  std::int64_t execute(const char* sql, const Args&... args) {
    sqlite3_stmt* statement = prepared(sql);
    bind_all(statement, SQLITE_STATIC, args...);
    return finish(statement);
  }

  std::int64_t pragma(const std::string& name);
  std::int64_t last_row_id() const { return sqlite3_last_insert_rowid(handle_.get()); }
  bool in_transaction() const { return sqlite3_get_autocommit(handle_.get()) == 0; }
  /// After each commit that leaves so many pages in the log or more, folds it into the main file as far as
  /// readers let it. `told` hears how that went: null, or the failure, which the commit does not share. For
  /// the life of the connection.
  void fold_log_every(std::size_t pages, std::function<void(const SqlError*)> told);
  /// For what only SQLite's own interface gives.
  sqlite3* handle() const { return handle_.get(); }
  /// Leaves the log as it is when the connection closes, last of all or not.
  void keep_log_at_close();
  bool is_writing() const { return sqlite3_txn_state(handle_.get(), nullptr) == SQLITE_TXN_WRITE; }

 private:
  struct Close {
    void operator()(sqlite3* handle) const { sqlite3_close_v2(handle); }
  };
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
  };

  int fold_log(int pages_in_log);
  sqlite3_stmt* prepared(const char* sql);
  std::int64_t finish(sqlite3_stmt* statement);

  template <class... Args>
  static void bind_all([[maybe_unused]] sqlite3_stmt* statement,
                       [[maybe_unused]] sqlite3_destructor_type keep, const Args&... args) {
    int index = 0;
    (bind(statement, ++index, args, keep), ...);
  }
  template <std::integral T>
  static void bind(sqlite3_stmt* statement, int index, T value, sqlite3_destructor_type) {
    sqlite3_bind_int64(statement, index, static_cast<std::int64_t>(value));
  }
  static void bind(sqlite3_stmt* statement, int index, Time value, sqlite3_destructor_type);
  static void bind(sqlite3_stmt* statement, int index, std::string_view value, sqlite3_destructor_type keep);
  static void bind(sqlite3_stmt* statement, int index, const Blob& value, sqlite3_destructor_type keep);
  template <class T>
  static void bind(sqlite3_stmt* statement, int index, const std::optional<T>& value,
                   sqlite3_destructor_type keep) {
    if (value) {
      bind(statement, index, *value, keep);
    } else {
      sqlite3_bind_null(statement, index);
    }
  }

  std::size_t fold_at_ = 0;
  std::function<void(const SqlError*)> folded_;
  std::unique_ptr<sqlite3, Close> handle_;
  std::unordered_map<const char*, std::unique_ptr<sqlite3_stmt, Finalize>> statements_;
};

/// A transaction that is rolled back unless it was committed.
class Transaction {
 public:
  enum class Mode { read, write };
  Transaction(Database& database, Mode mode);
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;

  void commit();

 private:
  Database& database_;
};

/// The edge of the adapter: what `work` gives, or what it threw as an Error.
template <class Work>
auto guarded(Work&& work) -> Result<decltype(work())> {
  try {
    if constexpr (std::is_void_v<decltype(work())>) {
      work();
      return ok();
    } else {
      return work();
    }
  } catch (const SqlError& failure) {
    return failure.error();
  } catch (const Refusal& refusal) {
    return refusal.error;
  }
}

}  // namespace deltapost::store::sqlite
