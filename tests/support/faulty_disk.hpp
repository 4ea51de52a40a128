// FaultyDisk: a SQLite VFS over the system's that refuses writes or syncs on command, and remembers what each
// file held when it was last synced: what a power cut would leave.
#pragma once

#include <sqlite3.h>

#include <atomic>
#include <map>
#include <mutex>
#include <string>

namespace deltapost::testing {

class FaultyDisk {
 public:
  FaultyDisk();
  ~FaultyDisk();  // every file opened through it must be closed
  FaultyDisk(const FaultyDisk&) = delete;
  FaultyDisk& operator=(const FaultyDisk&) = delete;

  /// The name to open databases with.
  const std::string& vfs() const { return name_; }

  // From now on such calls fail with SQLite's result code, until heal().
  void fail_writes(int code) { write_code_ = code; }
  void fail_syncs(int code) { sync_code_ = code; }
  void heal() { write_code_ = sync_code_ = SQLITE_OK; }

  /// How often a write-ahead log was synced.
  int log_syncs() const { return log_syncs_; }

  /// Writes every file's synced state into `folder`, under its own name.
  void leave_after_power_cut(const std::string& folder);

 private:
  struct File;
  static const sqlite3_io_methods kMethods;
  static int open(sqlite3_vfs* vfs, const char* path, sqlite3_file* file, int flags, int* out_flags);
  static int write(sqlite3_file* file, const void* bytes, int count, sqlite3_int64 at);
  static int sync(sqlite3_file* file, int flags);
  void remember(const std::string& path, sqlite3_file* real);

  std::string name_;
  sqlite3_vfs vfs_{};
  std::atomic<int> write_code_{SQLITE_OK};
  std::atomic<int> sync_code_{SQLITE_OK};
  std::atomic<int> log_syncs_{0};
  std::mutex mutex_;
  std::map<std::string, std::string> synced_;  // path -> bytes
};

}  // namespace deltapost::testing
