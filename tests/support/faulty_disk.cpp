#include "support/faulty_disk.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "base/check.hpp"

namespace deltapost::testing {

/// What SQLite takes for the file; the real one lies behind it in the same allocation.
struct FaultyDisk::File {
  sqlite3_file base;
  FaultyDisk* disk;
  const char* path;  // SQLite keeps it as long as the file is open; null: not one of those that are watched
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

std::string contents_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

const char* to_string(DiskOperation operation) {
  switch (operation) {
    case DiskOperation::open:
      return "open";
    case DiskOperation::read:
      return "read";
    case DiskOperation::write:
      return "write";
    case DiskOperation::truncate:
      return "truncate";
    case DiskOperation::sync_main:
      return "sync of the main file";
    case DiskOperation::sync_log:
      return "sync of the log";
    case DiskOperation::map_index:
      return "growth of the index";
    case DiskOperation::any:
      break;
  }
  return "operation";
}

const sqlite3_io_methods FaultyDisk::kMethods = {
    .iVersion = 2,  // no memory-mapped pages: every write must pass here
    .xClose = [](sqlite3_file* f) { return forward<&sqlite3_io_methods::xClose>(File::real(f)); },
    .xRead = FaultyDisk::read,
    .xWrite = FaultyDisk::write,
    .xTruncate = FaultyDisk::truncate,
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
    .xShmMap = FaultyDisk::map_index,
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
  vfs_.xDelete = FaultyDisk::remove;
  vfs_.pNext = nullptr;
  // SQLite gives this back with every call; the system's own is found again by its name.
  vfs_.pAppData = this;
  DP_CHECK(sqlite3_vfs_register(&vfs_, 0) == SQLITE_OK);
}

FaultyDisk::~FaultyDisk() {
  sqlite3_vfs_unregister(&vfs_);
}

// ---- faults

void FaultyDisk::fail(const DiskFault& fault) {
  std::lock_guard lock(mutex_);
  fault_ = fault;
  armed_ = true;
  struck_ = false;
}

void FaultyDisk::heal() {
  std::lock_guard lock(mutex_);
  armed_ = false;
}

bool FaultyDisk::struck() const {
  std::lock_guard lock(mutex_);
  return struck_;
}

std::uint64_t FaultyDisk::count(DiskOperation operation) const {
  std::lock_guard lock(mutex_);
  const auto found = counts_.find(operation);
  return found == counts_.end() ? 0 : found->second;
}

bool FaultyDisk::leaves_half() const {
  std::lock_guard lock(mutex_);
  return fault_.leaves_half;
}

int FaultyDisk::ask(DiskOperation operation) {
  std::lock_guard lock(mutex_);
  ++counts_[operation];
  ++counts_[DiskOperation::any];
  if (!armed_ || (fault_.operation != operation && fault_.operation != DiskOperation::any)) return SQLITE_OK;
  if (fault_.after > 0) {
    --fault_.after;
    return SQLITE_OK;
  }
  struck_ = true;
  armed_ = !fault_.once;
  return fault_.code;
}

// ---- files

int FaultyDisk::open(sqlite3_vfs* vfs, const char* path, sqlite3_file* file, int flags, int* out_flags) {
  auto* disk = static_cast<FaultyDisk*>(vfs->pAppData);
  File* mine = File::of(file);
  mine->base.pMethods = nullptr;
  if (disk->ask(DiskOperation::open) != SQLITE_OK) return SQLITE_CANTOPEN;
  sqlite3_vfs* system = sqlite3_vfs_find(nullptr);
  const int code = system->xOpen(system, path, File::real(file), flags, out_flags);
  mine->base.pMethods = File::real(file)->pMethods == nullptr ? nullptr : &kMethods;
  mine->disk = disk;
  mine->is_log = (flags & SQLITE_OPEN_WAL) != 0;
  mine->path = mine->is_log || (flags & SQLITE_OPEN_MAIN_DB) != 0 ? path : nullptr;
  return code;
}

int FaultyDisk::remove(sqlite3_vfs* vfs, const char* path, int sync_folder) {
  auto* disk = static_cast<FaultyDisk*>(vfs->pAppData);
  {
    std::lock_guard lock(disk->mutex_);
    disk->files_.erase(path);
  }
  sqlite3_vfs* system = sqlite3_vfs_find(nullptr);
  return system->xDelete(system, path, sync_folder);
}

int FaultyDisk::read(sqlite3_file* file, void* to, int count, sqlite3_int64 at) {
  const int code =
      File::of(file)->path == nullptr ? SQLITE_OK : File::of(file)->disk->ask(DiskOperation::read);
  return code != SQLITE_OK ? code : forward<&sqlite3_io_methods::xRead>(File::real(file), to, count, at);
}

int FaultyDisk::write(sqlite3_file* file, const void* bytes, int count, sqlite3_int64 at) {
  File* mine = File::of(file);
  if (mine->path == nullptr) return forward<&sqlite3_io_methods::xWrite>(File::real(file), bytes, count, at);
  const int failed = mine->disk->ask(DiskOperation::write);
  if (failed != SQLITE_OK && !mine->disk->leaves_half()) return failed;
  const int written = failed != SQLITE_OK ? count / 2 : count;
  const int code = forward<&sqlite3_io_methods::xWrite>(File::real(file), bytes, written, at);
  {
    std::lock_guard lock(mine->disk->mutex_);
    auto& unsynced = mine->disk->files_[mine->path].unsynced;
    for (sqlite3_int64 sector = at / kSector; sector * kSector < at + written; ++sector)
      unsynced.insert(sector);
  }
  return failed != SQLITE_OK ? failed : code;
}

int FaultyDisk::truncate(sqlite3_file* file, sqlite3_int64 size) {
  File* mine = File::of(file);
  const int code = mine->path == nullptr ? SQLITE_OK : mine->disk->ask(DiskOperation::truncate);
  return code != SQLITE_OK ? code : forward<&sqlite3_io_methods::xTruncate>(File::real(file), size);
}

int FaultyDisk::map_index(sqlite3_file* file, int page, int size, int extend, void volatile** to) {
  const int code = extend == 0 ? SQLITE_OK : File::of(file)->disk->ask(DiskOperation::map_index);
  if (code != SQLITE_OK) {
    *to = nullptr;
    return code;
  }
  return forward<&sqlite3_io_methods::xShmMap>(File::real(file), page, size, extend, to);
}

int FaultyDisk::sync(sqlite3_file* file, int flags) {
  File* mine = File::of(file);
  if (mine->path == nullptr) return forward<&sqlite3_io_methods::xSync>(File::real(file), flags);
  FaultyDisk& disk = *mine->disk;
  const int code = disk.ask(mine->is_log ? DiskOperation::sync_log : DiskOperation::sync_main);
  std::lock_guard lock(disk.mutex_);
  Contents& contents = disk.files_[mine->path];
  if (code == SQLITE_OK) disk.keep(mine->path, contents);
  contents.unsynced.clear();
  return code;  // the real file need not be synced: what the disk holds is kept here
}

// ---- power cuts

/// What is written is on the disk now.
void FaultyDisk::keep(const std::string& path, Contents& contents) {
  std::ifstream file(path, std::ios::binary);
  contents.synced.resize(std::filesystem::file_size(path));
  for (const sqlite3_int64 sector : contents.unsynced) {
    const auto at = static_cast<std::size_t>(sector * kSector);
    if (at >= contents.synced.size()) continue;
    file.seekg(sector * kSector);
    file.read(contents.synced.data() + at,
              static_cast<std::streamsize>(std::min<std::size_t>(kSector, contents.synced.size() - at)));
    DP_CHECK(file.good());
  }
}

void FaultyDisk::leave_after_power_cut(const std::string& folder) {
  leave(folder, nullptr, 0);
}

void FaultyDisk::leave_after_power_cut(const std::string& folder, std::mt19937& random, double chance) {
  leave(folder, &random, chance);
}

void FaultyDisk::leave(const std::string& folder, std::mt19937* random, double chance) {
  std::lock_guard lock(mutex_);
  for (const auto& [path, contents] : files_) {
    std::string left = contents.synced;
    const std::string now = contents_of(path);
    for (const sqlite3_int64 sector : contents.unsynced) {
      const auto at = static_cast<std::size_t>(sector * kSector);
      if (random == nullptr || at >= now.size() || !std::bernoulli_distribution(chance)(*random)) continue;
      const std::string_view bytes = std::string_view(now).substr(at, kSector);
      left.resize(std::max(left.size(), at + bytes.size()));
      left.replace(at, bytes.size(), bytes);
    }
    const auto name = std::filesystem::path(path).filename();
    std::ofstream(std::filesystem::path(folder) / name, std::ios::binary) << left;
  }
}

}  // namespace deltapost::testing
