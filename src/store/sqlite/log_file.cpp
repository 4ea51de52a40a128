#include "store/sqlite/log_file.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <memory>
#include <vector>

#include "store/sqlite/database.hpp"

namespace deltapost::store::sqlite {
namespace {

constexpr sqlite3_int64 kAtOnce = 1 << 16;  // SQLite writes less than 128 KiB in one piece

/// A file of a VFS, opened as SQLite opens its log.
class LogFile {
 public:
  LogFile(sqlite3_vfs& vfs, const std::string& path) : memory_(static_cast<std::size_t>(vfs.szOsFile)) {
    int given = 0;
    check(vfs.xOpen(&vfs, path.c_str(), file(), SQLITE_OPEN_READWRITE | SQLITE_OPEN_WAL, &given));
  }
  ~LogFile() {
    if (file()->pMethods != nullptr) file()->pMethods->xClose(file());
  }
  LogFile(const LogFile&) = delete;
  LogFile& operator=(const LogFile&) = delete;

  void write_again() {
    sqlite3_int64 size = 0;
    check(file()->pMethods->xFileSize(file(), &size));
    std::vector<char> bytes(static_cast<std::size_t>(std::min(size, kAtOnce)));
    for (sqlite3_int64 at = 0; at < size; at += kAtOnce) {
      const int count = static_cast<int>(std::min(size - at, kAtOnce));
      check(file()->pMethods->xRead(file(), bytes.data(), count, at));
      check(file()->pMethods->xWrite(file(), bytes.data(), count, at));
    }
    check(file()->pMethods->xSync(file(), SQLITE_SYNC_NORMAL));
  }

 private:
  static void check(int code) {
    if (code != SQLITE_OK) throw SqlError(code, sqlite3_errstr(code));
  }
  sqlite3_file* file() { return reinterpret_cast<sqlite3_file*>(memory_.data()); }

  std::vector<std::max_align_t> memory_;  // more than enough: szOsFile of them
};

}  // namespace

void make_log_durable(const std::string& path, const std::string& vfs) {
  sqlite3_vfs* found = sqlite3_vfs_find(vfs.empty() ? nullptr : vfs.c_str());
  if (found == nullptr) return;                                  // opening will say so
  const std::string log = path + "-wal" + std::string(2, '\0');  // SQLite's file names end in several
  int exists = 0;
  if (found->xAccess(found, log.c_str(), SQLITE_ACCESS_EXISTS, &exists) != SQLITE_OK || exists == 0) return;
  LogFile(*found, log).write_again();
}

}  // namespace deltapost::store::sqlite
