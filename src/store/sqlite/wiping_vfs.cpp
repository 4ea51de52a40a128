#include "store/sqlite/wiping_vfs.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

namespace deltapost::store::sqlite {
namespace {

/// Where SQLite's file format (https://sqlite.org/fileformat2.html) has the unused middle of a b-tree page.
struct Middle {
  std::size_t begin, end;
};

std::optional<Middle> middle_of(const unsigned char* page, std::size_t size, sqlite3_int64 at) {
  // Pages that are not b-trees begin with a page number; only beyond this one could its first byte look like
  // a b-tree's type.
  constexpr sqlite3_int64 kLastTold = 0x01ffffff;
  const auto page_bytes = static_cast<sqlite3_int64>(size);
  if (size < 512 || at % page_bytes != 0 || at / page_bytes >= kLastTold) return std::nullopt;
  const std::size_t header = at == 0 ? 100 : 0;  // the first page begins with the file's header
  const unsigned char type = page[header];
  const bool leaf = type == 0x0d || type == 0x0a, interior = type == 0x05 || type == 0x02;
  if (!leaf && !interior) return std::nullopt;
  const auto two_bytes = [&](std::size_t from) {
    return static_cast<std::size_t>(page[from]) << 8 | static_cast<std::size_t>(page[from + 1]);
  };
  const std::size_t cells = two_bytes(header + 3), content = two_bytes(header + 5);
  const Middle middle{header + (leaf ? 8 : 12) + 2 * cells, content == 0 ? 65536 : content};
  if (middle.begin > middle.end || middle.end > size)
    return std::nullopt;  // not what it seems: leave it alone
  return middle;
}

/// A file's methods with one of them replaced. First in its table, so that the table is found again from a
/// file.
struct Methods {
  sqlite3_io_methods own;
  const sqlite3_io_methods* real;
};

int write(sqlite3_file* file, const void* bytes, int count, sqlite3_int64 at) {
  const auto* real = reinterpret_cast<const Methods*>(file->pMethods)->real;
  const auto* page = static_cast<const unsigned char*>(bytes);
  const auto middle = middle_of(page, static_cast<std::size_t>(count), at);
  const auto is_stale = [](unsigned char byte) { return byte != 0; };
  if (!middle || std::none_of(page + middle->begin, page + middle->end, is_stale))
    return real->xWrite(file, bytes, count, at);
  std::vector<unsigned char> wiped(page, page + count);
  std::fill(wiped.begin() + static_cast<std::ptrdiff_t>(middle->begin),
            wiped.begin() + static_cast<std::ptrdiff_t>(middle->end), 0);
  return real->xWrite(file, wiped.data(), count, at);
}

/// What is registered with SQLite, which takes it for its first member; never freed, as SQLite may hold on to
/// it.
struct Vfs {
  sqlite3_vfs own;
  sqlite3_vfs* real;
  std::string name;
};

class Registry {
 public:
  static Registry& instance() {
    static Registry registry;
    return registry;
  }

  std::string over(const std::string& name) {
    std::lock_guard lock(mutex_);
    auto& vfs = vfs_[name];
    if (vfs) return vfs->name;
    sqlite3_vfs* real = sqlite3_vfs_find(name.empty() ? nullptr : name.c_str());
    if (real == nullptr) return name;  // opening will say so
    vfs = std::make_unique<Vfs>(Vfs{*real, real, "deltapost-wiping-" + std::string(real->zName)});
    vfs->own.zName = vfs->name.c_str();
    vfs->own.pNext = nullptr;
    vfs->own.xOpen = [](sqlite3_vfs* self, const char* path, sqlite3_file* file, int flags, int* out_flags) {
      sqlite3_vfs* below = reinterpret_cast<Vfs*>(self)->real;
      const int code = below->xOpen(below, path, file, flags, out_flags);
      if (code == SQLITE_OK && (flags & SQLITE_OPEN_MAIN_DB) != 0)
        file->pMethods = instance().wiping(file->pMethods);
      return code;
    };
    sqlite3_vfs_register(&vfs->own, 0);
    return vfs->name;
  }

 private:
  const sqlite3_io_methods* wiping(const sqlite3_io_methods* real) {
    std::lock_guard lock(mutex_);
    auto& methods = methods_[real];
    if (!methods) {
      methods = std::make_unique<Methods>(Methods{*real, real});
      methods->own.xWrite = write;
    }
    return &methods->own;
  }

  std::mutex mutex_;
  std::map<std::string, std::unique_ptr<Vfs>> vfs_;
  std::map<const sqlite3_io_methods*, std::unique_ptr<Methods>> methods_;
};

}  // namespace

std::string wiping_vfs(const std::string& over) {
  return Registry::instance().over(over);
}

}  // namespace deltapost::store::sqlite
