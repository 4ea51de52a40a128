#include "store/sqlite/wiping_vfs.hpp"

#include <algorithm>
#include <optional>
#include <vector>

#include "store/sqlite/vfs_layer.hpp"

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

int write(sqlite3_file* file, const void* bytes, int count, sqlite3_int64 at) {
  const sqlite3_io_methods* real = methods_beneath(file);
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

constexpr VfsLayer kWiping{.prefix = "deltapost-wiping-",
                           .files = SQLITE_OPEN_MAIN_DB,
                           .replace = [](sqlite3_io_methods& methods) { methods.xWrite = write; }};

}  // namespace

std::string wiping_vfs(const std::string& over) {
  return vfs_over(kWiping, over);
}

}  // namespace deltapost::store::sqlite
