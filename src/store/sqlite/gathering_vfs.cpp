#include "store/sqlite/gathering_vfs.hpp"

#include <new>
#include <vector>

#include "store/sqlite/vfs_layer.hpp"

namespace deltapost::store::sqlite {
namespace {

/// With a page behind it still less than the 128 KiB that SQLite's own VFS writes in one piece.
constexpr std::size_t kMostGathered = 64 * 1024;

/// Of one open log: what stands at `at` and is not written yet. A log that is only read has nothing.
struct Gathered {
  std::vector<char> bytes;
  sqlite3_int64 at = 0;

  sqlite3_int64 end() const { return at + static_cast<sqlite3_int64>(bytes.size()); }
};

Gathered& gathered_of(sqlite3_file* file) {
  return *static_cast<Gathered*>(state_of(file));
}

/// What cannot be written is let go: its transaction fails, and the next one begins where it began.
int flush(sqlite3_file* file) {
  Gathered& gathered = gathered_of(file);
  if (gathered.bytes.empty()) return SQLITE_OK;
  const int code = methods_beneath(file)->xWrite(file, gathered.bytes.data(),
                                                 static_cast<int>(gathered.bytes.size()), gathered.at);
  gathered.bytes.clear();
  return code;
}

int write(sqlite3_file* file, const void* bytes, int count, sqlite3_int64 at) {
  Gathered& gathered = gathered_of(file);
  const auto size = static_cast<std::size_t>(count);
  if (at != gathered.end() || gathered.bytes.size() + size > kMostGathered) {
    if (const int code = flush(file); code != SQLITE_OK) return code;
  }
  if (gathered.bytes.empty()) gathered.at = at;
  try {
    gathered.bytes.reserve(kMostGathered);
    const auto* from = static_cast<const char*>(bytes);
    gathered.bytes.insert(gathered.bytes.end(), from, from + size);
  } catch (const std::bad_alloc&) {
    return SQLITE_NOMEM;
  }
  return SQLITE_OK;
}

int read(sqlite3_file* file, void* to, int count, sqlite3_int64 at) {
  if (const int code = flush(file); code != SQLITE_OK) return code;
  return methods_beneath(file)->xRead(file, to, count, at);
}

int sync(sqlite3_file* file, int flags) {
  if (const int code = flush(file); code != SQLITE_OK) return code;
  return methods_beneath(file)->xSync(file, flags);
}

int truncate(sqlite3_file* file, sqlite3_int64 size) {
  if (const int code = flush(file); code != SQLITE_OK) return code;
  return methods_beneath(file)->xTruncate(file, size);
}

int size_of(sqlite3_file* file, sqlite3_int64* size) {
  if (const int code = flush(file); code != SQLITE_OK) return code;
  return methods_beneath(file)->xFileSize(file, size);
}

int close(sqlite3_file* file) {
  const int flushed = flush(file);
  const sqlite3_io_methods* beneath = methods_beneath(file);
  gathered_of(file).~Gathered();
  const int closed = beneath->xClose(file);
  return flushed != SQLITE_OK ? flushed : closed;
}

constexpr VfsLayer kGathering{
    .prefix = "deltapost-gathering-",
    .files = SQLITE_OPEN_WAL,
    .replace =
        [](sqlite3_io_methods& methods) {
          methods.xWrite = write;
          methods.xRead = read;
          methods.xSync = sync;
          methods.xTruncate = truncate;
          methods.xFileSize = size_of;
          methods.xClose = close;
        },
    .state_bytes = sizeof(Gathered),
    .make_state = [](void* place) { new (place) Gathered(); },
};

}  // namespace

std::string gathering_vfs(const std::string& over) {
  return vfs_over(kGathering, over);
}

}  // namespace deltapost::store::sqlite
