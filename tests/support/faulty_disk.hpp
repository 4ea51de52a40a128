// FaultyDisk: a SQLite VFS over the system's that fails on command, and remembers what a power cut would
// leave.
//
// What it models beside the files that the system's VFS keeps: of each file, the bytes that are surely on the
// disk (as of its last sync that went well), and the sectors written since then, of which a power cut leaves
// any. A sync that fails takes those sectors for written without having written them, as kernels do: a later
// sync does not bring them back, though reading still gives them.
#pragma once

#include <sqlite3.h>

#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <random>
#include <set>
#include <string>

namespace deltapost::testing {

enum class DiskOperation : std::uint8_t {
  open,       // of any file
  read,       // of main file or log
  write,      // likewise
  truncate,   // likewise
  sync_main,  // of the main file
  sync_log,   // of the log
  map_index,  // of the log's index, which grows then
  any,        // all of these together
};
const char* to_string(DiskOperation operation);

struct DiskFault {
  DiskOperation operation = DiskOperation::write;
  int code = SQLITE_IOERR;   // SQLite's, that it fails with
  std::uint64_t after = 0;   // so many more of them go well first
  bool once = false;         // or each one from then on
  bool leaves_half = false;  // a failing write writes the first half
};

class FaultyDisk {
 public:
  FaultyDisk();
  ~FaultyDisk();  // every file opened through it must be closed
  FaultyDisk(const FaultyDisk&) = delete;
  FaultyDisk& operator=(const FaultyDisk&) = delete;

  /// The name to open databases with.
  const std::string& vfs() const { return name_; }

  /// In place of any other; until heal().
  void fail(const DiskFault& fault);
  void heal();
  /// Whether the fault has struck since fail().
  bool struck() const;

  /// How many of them were asked for.
  std::uint64_t count(DiskOperation operation) const;

  /// Writes what a power cut now would leave into `folder`, each file under its own name: what was synced
  /// and, with `random`, any of the sectors written since, each with that chance.
  void leave_after_power_cut(const std::string& folder);
  void leave_after_power_cut(const std::string& folder, std::mt19937& random, double chance);

 private:
  struct File;
  struct Contents {
    std::string synced;
    std::set<sqlite3_int64> unsynced;  // sectors, by number
  };
  static constexpr sqlite3_int64 kSector = 512;
  static const sqlite3_io_methods kMethods;
  static int open(sqlite3_vfs* vfs, const char* path, sqlite3_file* file, int flags, int* out_flags);
  static int remove(sqlite3_vfs* vfs, const char* path, int sync_folder);
  static int read(sqlite3_file* file, void* to, int count, sqlite3_int64 at);
  static int write(sqlite3_file* file, const void* bytes, int count, sqlite3_int64 at);
  static int truncate(sqlite3_file* file, sqlite3_int64 size);
  static int sync(sqlite3_file* file, int flags);
  static int map_index(sqlite3_file* file, int page, int size, int extend, void volatile** to);

  /// Counts it; the code that it must fail with, or SQLITE_OK.
  int ask(DiskOperation operation);
  bool leaves_half() const;
  void keep(const std::string& path, Contents& contents);
  void leave(const std::string& folder, std::mt19937* random, double chance);

  std::string name_;
  sqlite3_vfs vfs_{};
  mutable std::mutex mutex_;
  std::map<DiskOperation, std::uint64_t> counts_;
  DiskFault fault_;
  bool armed_ = false, struck_ = false;
  std::map<std::string, Contents> files_;  // main files and logs, by path
};

}  // namespace deltapost::testing
