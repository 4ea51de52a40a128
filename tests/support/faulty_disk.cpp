#include "support/faulty_disk.hpp"

#include <filesystem>
#include <fstream>

#include "base/check.hpp"

namespace deltapost::testing {

/// What SQLite takes for the file; the real one lies behind it in the same allocation.
struct FaultyDisk::File {
  sqlite3_file base;
  FaultyDisk* disk;
  const char* path;  // SQLite keeps it as long as the file is open
  bool is_log;

  static File* of(sqlite3_file* file) { return reinterpret_cast<File*>(file); }
  static sqlite3_file* real(sqlite3_file* file) { return reinterpret_cast<sqlite3_file*>(of(file) + 1); }
};

namespace {

/// A method of the real file, called on it.
template <auto kMethod, class... Args>
int forward(sqlite3_file* real, Args... args) {
  return (real->pMethods->*kMethod)(real, args...);
}

}  // namespace

const sqlite3_io_methods FaultyDisk::kMethods = {
    .iVersion = 2,  // no memory-mapped pages: every write must pass here
    .xClose = [](sqlite3_file* f) { return forward<&sqlite3_io_methods::xClose>(File::real(f)); },
    .xRead =
        [](sqlite3_file* f, void* to, int count, sqlite3_int64 at) {
          return forward<&sqlite3_io_methods::xRead>(File::real(f), to, count, at);
        },
    .xWrite = FaultyDisk::write,
    .xTruncate =
        [](sqlite3_file* f, sqlite3_int64 size) {
          return forward<&sqlite3_io_methods::xTruncate>(File::real(f), size);
        },
    .xSync = FaultyDisk::sync,
    .xFileSize =
        [](sqlite3_file* f, sqlite3_int64* size) {
          return forward<&sqlite3_io_methods::xFileSize>(File::real(f), size);
        },
    .xLock = [](sqlite3_file* f,
                int level) { return forward<&sqlite3_io_methods::xLock>(File::real(f), level); },
    .xUnlock = [](sqlite3_file* f,
                  int level) { return forward<&sqlite3_io_methods::xUnlock>(File::real(f), level); },
    .xCheckReservedLock =
        [](sqlite3_file* f, int* held) {
          return forward<&sqlite3_io_methods::xCheckReservedLock>(File::real(f), held);
        },
    .xFileControl =
        [](sqlite3_file* f, int operation, void* argument) {
          return forward<&sqlite3_io_methods::xFileControl>(File::real(f), operation, argument);
        },
    .xSectorSize = [](sqlite3_file* f) { return forward<&sqlite3_io_methods::xSectorSize>(File::real(f)); },
    .xDeviceCharacteristics =
        [](sqlite3_file* f) { return forward<&sqlite3_io_methods::xDeviceCharacteristics>(File::real(f)); },
    .xShmMap =
        [](sqlite3_file* f, int page, int size, int extend, void volatile** to) {
          return forward<&sqlite3_io_methods::xShmMap>(File::real(f), page, size, extend, to);
        },
    .xShmLock =
        [](sqlite3_file* f, int first, int count, int flags) {
          return forward<&sqlite3_io_methods::xShmLock>(File::real(f), first, count, flags);
        },
    .xShmBarrier = [](sqlite3_file* f) { File::real(f)->pMethods->xShmBarrier(File::real(f)); },
    .xShmUnmap = [](sqlite3_file* f,
                    int remove) { return forward<&sqlite3_io_methods::xShmUnmap>(File::real(f), remove); },
    .xFetch = nullptr,
    .xUnfetch = nullptr,
};

FaultyDisk::FaultyDisk() {
  static std::atomic<int> made{0};
  name_ = "faulty-disk-" + std::to_string(++made);
  sqlite3_vfs* real = sqlite3_vfs_find(nullptr);
  DP_CHECK(real != nullptr);
  vfs_ = *real;
  vfs_.szOsFile += static_cast<int>(sizeof(File));
  vfs_.zName = name_.c_str();
  vfs_.xOpen = FaultyDisk::open;
  vfs_.pNext = nullptr;
  // SQLite gives this back with every open; the system's own is found again by its name.
  vfs_.pAppData = this;
  DP_CHECK(sqlite3_vfs_register(&vfs_, 0) == SQLITE_OK);
}

FaultyDisk::~FaultyDisk() {
  sqlite3_vfs_unregister(&vfs_);
}

int FaultyDisk::open(sqlite3_vfs* vfs, const char* path, sqlite3_file* file, int flags, int* out_flags) {
  sqlite3_vfs* system = sqlite3_vfs_find(nullptr);
  const int code = system->xOpen(system, path, File::real(file), flags, out_flags);
  File* mine = File::of(file);
  mine->base.pMethods = File::real(file)->pMethods == nullptr ? nullptr : &kMethods;
  mine->disk = static_cast<FaultyDisk*>(vfs->pAppData);
  mine->path = path;
  mine->is_log = (flags & SQLITE_OPEN_WAL) != 0;
  return code;
}

int FaultyDisk::write(sqlite3_file* file, const void* bytes, int count, sqlite3_int64 at) {
  if (const int code = File::of(file)->disk->write_code_; code != SQLITE_OK) return code;
  return forward<&sqlite3_io_methods::xWrite>(File::real(file), bytes, count, at);
}

int FaultyDisk::sync(sqlite3_file* file, int flags) {
  File* mine = File::of(file);
  if (const int code = mine->disk->sync_code_; code != SQLITE_OK) return code;
  const int code = forward<&sqlite3_io_methods::xSync>(File::real(file), flags);
  if (code == SQLITE_OK && mine->path != nullptr) {
    if (mine->is_log) ++mine->disk->log_syncs_;
    mine->disk->remember(mine->path, File::real(file));
  }
  return code;
}

void FaultyDisk::remember(const std::string& path, sqlite3_file* real) {
  sqlite3_int64 size = 0;
  DP_CHECK(forward<&sqlite3_io_methods::xFileSize>(real, &size) == SQLITE_OK);
  std::string bytes(static_cast<std::size_t>(size), '\0');
  if (size > 0) {
    DP_CHECK(forward<&sqlite3_io_methods::xRead>(real, static_cast<void*>(bytes.data()),
                                                 static_cast<int>(size), sqlite3_int64{0}) == SQLITE_OK);
  }
  std::lock_guard lock(mutex_);
  synced_[path] = std::move(bytes);
}

void FaultyDisk::leave_after_power_cut(const std::string& folder) {
  std::lock_guard lock(mutex_);
  for (const auto& [path, bytes] : synced_) {
    const auto name = std::filesystem::path(path).filename();
    if (name.string().ends_with("-journal")) continue;  // deleted by every commit that used one
    std::ofstream(std::filesystem::path(folder) / name, std::ios::binary) << bytes;
  }
}

}  // namespace deltapost::testing
