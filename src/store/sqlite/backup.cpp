#include "store/sqlite/backup.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

#include "store/sqlite/batch_writer.hpp"
#include "store/sqlite/schema.hpp"
#include "store/sqlite/sqlite_store.hpp"
#include "store/sqlite/wiping_vfs.hpp"

namespace deltapost::store {
namespace {

using sqlite::Database;
namespace fs = std::filesystem;

Error failed(const std::string& what) {
  return {Fault::unavailable, "cannot " + what + ": " + std::generic_category().message(errno)};
}

bool is_there(const std::string& path) {
  std::error_code ignored;
  return fs::exists(path, ignored);
}

Result<void> expect_free(const CopyOptions& options) {
  std::error_code ignored;
  if (!is_there(options.from)) return Error{Fault::not_found, "there is no store at " + options.from};
  if (fs::equivalent(options.from, options.to, ignored))
    return Error{Fault::invalid, options.to + " is the store itself; name another file"};
  // A log of another store beside the new file would be taken for its own.
  if (is_there(options.to + "-wal"))
    return Error{Fault::conflict, options.to +
                                      "-wal lies there: a store that is in use, or was left in haste; name "
                                      "another file, or move both away"};
  if (!options.replace && is_there(options.to))
    return Error{Fault::conflict, options.to + " is there already; move it away, or name another file"};
  return ok();
}

/// The copy while it is being made, under a name of its own; removed unless it was put in place.
class PartialFile {
 public:
  explicit PartialFile(std::string to) : to_(std::move(to)), path_(to_ + ".partial") {}
  ~PartialFile() { remove(); }
  PartialFile(const PartialFile&) = delete;
  PartialFile& operator=(const PartialFile&) = delete;

  const std::string& path() const { return path_; }

  Result<void> make() {
    remove();
    const int descriptor = ::open(path_.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (descriptor < 0) return failed("make " + path_);
    ::close(descriptor);
    return ok();
  }
  Result<void> put_in_place() {
    if (auto synced = sync(path_, O_RDWR); !synced) return synced;
    if (::rename(path_.c_str(), to_.c_str()) != 0) return failed("rename " + path_ + " to " + to_);
    const auto folder = fs::path(to_).parent_path();
    return sync(folder.empty() ? "." : folder.string(), O_RDONLY | O_DIRECTORY);
  }

 private:
  static Result<void> sync(const std::string& path, int flags) {
    const int descriptor = ::open(path.c_str(), flags | O_CLOEXEC);
    if (descriptor < 0) return failed("open " + path);
    const bool synced = ::fsync(descriptor) == 0;
    const Error failure = failed("sync " + path);
    ::close(descriptor);
    return synced ? ok() : Result<void>(failure);
  }
  void remove() {
    for (const char* end : {"", "-wal", "-shm", "-journal", ".lock"}) ::unlink((path_ + end).c_str());
  }

  const std::string to_, path_;
};

/// All pages in one step: a copy in several begins anew whenever somebody writes between two of them.
void copy_pages(Database& from, Database& to) {
  sqlite3_backup* copying = sqlite3_backup_init(to.handle(), "main", from.handle(), "main");
  if (copying == nullptr)
    throw sqlite::SqlError(sqlite3_extended_errcode(to.handle()), sqlite3_errmsg(to.handle()));
  const int stepped = sqlite3_backup_step(copying, -1);
  const int finished = sqlite3_backup_finish(copying);
  if (stepped == SQLITE_DONE && finished == SQLITE_OK) return;
  const int code = finished != SQLITE_OK ? finished : stepped;
  throw sqlite::SqlError(code, sqlite3_errstr(code));
}

CopyReport copy(const CopyOptions& options, const std::string& partial) {
  Database from(options.from, SQLITE_OPEN_READWRITE, "");  // its log's index must be writable to be read
  from.keep_log_at_close();
  from.run("PRAGMA query_only = ON");
  sqlite::expect_current_schema(from, options.from);
  Database to(partial, SQLITE_OPEN_READWRITE, sqlite::wiping_vfs(""));
  to.run("PRAGMA journal_mode = OFF");  // nobody needs it by half
  copy_pages(from, to);

  CopyReport report;
  for (const auto& ends : sqlite::read_ends(to, sqlite::stored_partitions(to))) report.changes += ends.head;
  return report;
}

Result<VerifyReport> proved(const std::string& path) {
  auto store = SqliteStore::open({.path = path, .create_if_missing = false});
  if (!store) return store.error();
  auto report = verify(**store);
  if (report && !report->sound())
    return Error{Fault::corrupt,
                 "the copy does not add up and was removed; the store itself is probably no better: " +
                     report->problems.front()};
  return report;
}

}  // namespace

Result<CopyReport> copy_store(const CopyOptions& options) {
  if (auto free = expect_free(options); !free) return free.error();
  PartialFile partial(options.to);
  if (auto made = partial.make(); !made) return made.error();
  auto report = sqlite::guarded([&] { return copy(options, partial.path()); });
  if (!report) return report;
  if (options.verify) {
    auto verified = proved(partial.path());
    if (!verified) return verified.error();
    report->verified = *std::move(verified);
  }
  std::error_code ignored;
  report->bytes = fs::file_size(partial.path(), ignored);
  if (auto placed = partial.put_in_place(); !placed) return placed.error();
  return report;
}

}  // namespace deltapost::store
