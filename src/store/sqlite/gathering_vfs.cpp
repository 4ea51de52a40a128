#include "store/sqlite/gathering_vfs.hpp"

#include <new>
#include <vector>

#include "store/sqlite/vfs_layer.hpp"

namespace deltapost::store::sqlite {
namespace {

/// With a page behind it still less than the 128 KiB that SQLite's own VFS writes in one piece.
constexpr sqlite3_int64 kLogStretch = 64 * 1024;
/// What is written in a larger piece lies in larger pieces in the system's cache, too, all of which counts as
/// written when a page of it is.
constexpr sqlite3_int64 kMainStretch = 4096;
constexpr sqlite3_int64 kPage = 1024;  // as a rule

/// Of one open file: what stands at `at` and is not written yet, all of it begun in one stretch of the file.
/// One that is only read has nothing.
struct Gathered {
  explicit Gathered(sqlite3_int64 size) : stretch(size) {}

  const sqlite3_int64 stretch;
  std::vector<char> bytes{};
  sqlite3_int64 at = 0;

  bool goes_on_with(sqlite3_int64 next) const {
    return next == at + static_cast<sqlite3_int64>(bytes.size()) && next / stretch == at / stretch;
  }
};

extern const VfsLayer kGathering;

Gathered& gathered_of(sqlite3_file* file) {
  return *static_cast<Gathered*>(state_of(kGathering, file));
}

const sqlite3_io_methods* beneath(sqlite3_file* file) {
  return methods_beneath(kGathering, file);
}

/// What cannot be written is let go: its transaction fails, and the next one begins where it began.
int flush(sqlite3_file* file) {
  Gathered& gathered = gathered_of(file);
  if (gathered.bytes.empty()) return SQLITE_OK;
  const int code = beneath(file)->xWrite(file, gathered.bytes.data(), static_cast<int>(gathered.bytes.size()),
                                         gathered.at);
  gathered.bytes.clear();
  return code;
}

int write(sqlite3_file* file, const void* bytes, int count, sqlite3_int64 at) {
  Gathered& gathered = gathered_of(file);
  if (!gathered.goes_on_with(at)) {
    if (const int code = flush(file); code != SQLITE_OK) return code;
  }
  if (gathered.bytes.empty()) gathered.at = at;
  try {
    gathered.bytes.reserve(static_cast<std::size_t>(gathered.stretch + kPage));
    const auto* from = static_cast<const char*>(bytes);
    gathered.bytes.insert(gathered.bytes.end(), from, from + count);
  } catch (const std::bad_alloc&) {
    return SQLITE_NOMEM;
  }
  return SQLITE_OK;
}

int read(sqlite3_file* file, void* to, int count, sqlite3_int64 at) {
  if (const int code = flush(file); code != SQLITE_OK) return code;
  return beneath(file)->xRead(file, to, count, at);
}

int sync(sqlite3_file* file, int flags) {
  if (const int code = flush(file); code != SQLITE_OK) return code;
  return beneath(file)->xSync(file, flags);
}

int truncate(sqlite3_file* file, sqlite3_int64 size) {
  if (const int code = flush(file); code != SQLITE_OK) return code;
  return beneath(file)->xTruncate(file, size);
}

int size_of(sqlite3_file* file, sqlite3_int64* size) {
  if (const int code = flush(file); code != SQLITE_OK) return code;
  return beneath(file)->xFileSize(file, size);
}

int close(sqlite3_file* file) {
  const int flushed = flush(file);
  const sqlite3_io_methods* methods = beneath(file);
  gathered_of(file).~Gathered();
  const int closed = methods->xClose(file);
  return flushed != SQLITE_OK ? flushed : closed;
}

constinit const VfsLayer kGathering{
    .prefix = "deltapost-gathering-",
    .files = SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_DB,
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
    .make_state =
        [](void* place, int flags) {
          new (place) Gathered((flags & SQLITE_OPEN_WAL) != 0 ? kLogStretch : kMainStretch);
        },
};

}  // namespace

std::string gathering_vfs(const std::string& over) {
  return vfs_over(kGathering, over);
}

}  // namespace deltapost::store::sqlite
