#include "store/sqlite/vfs_layer.hpp"

#include <map>
#include <mutex>
#include <utility>

namespace deltapost::store::sqlite {
namespace {

/// A file's methods with some of them replaced. First in its table, so that the table is found again from a
/// file.
struct Methods {
  sqlite3_io_methods own;
  const sqlite3_io_methods* real;
  std::size_t state_at;  // bytes behind the file's beginning
};

const Methods& methods_of(sqlite3_file* file) {
  return *reinterpret_cast<const Methods*>(file->pMethods);
}

/// What is registered with SQLite, which takes it for its first member; never freed, as SQLite may hold on to
/// it.
struct Vfs {
  sqlite3_vfs own;
  sqlite3_vfs* real;
  const VfsLayer* layer;
  std::string name;
  std::size_t state_at;
};

class Registry {
 public:
  static Registry& instance() {
    static Registry registry;
    return registry;
  }

  std::string over(const VfsLayer& layer, const std::string& name) {
    std::lock_guard lock(mutex_);
    auto& vfs = vfs_[{&layer, name}];
    if (vfs) return vfs->name;
    sqlite3_vfs* real = sqlite3_vfs_find(name.empty() ? nullptr : name.c_str());
    if (real == nullptr) return name;  // opening will say so
    constexpr std::size_t kAligned = alignof(std::max_align_t);
    const std::size_t state_at =
        (static_cast<std::size_t>(real->szOsFile) + kAligned - 1) / kAligned * kAligned;
    vfs = std::make_unique<Vfs>(Vfs{*real, real, &layer, std::string(layer.prefix) + real->zName, state_at});
    vfs->own.zName = vfs->name.c_str();
    vfs->own.pNext = nullptr;
    vfs->own.szOsFile = static_cast<int>(state_at + layer.state_bytes);
    vfs->own.xOpen = [](sqlite3_vfs* self, const char* path, sqlite3_file* file, int flags, int* out_flags) {
      const auto& mine = *reinterpret_cast<const Vfs*>(self);
      const int code = mine.real->xOpen(mine.real, path, file, flags, out_flags);
      if (code == SQLITE_OK && (flags & mine.layer->files) != 0) instance().take(mine, file);
      return code;
    };
    sqlite3_vfs_register(&vfs->own, 0);
    return vfs->name;
  }

 private:
  void take(const Vfs& vfs, sqlite3_file* file) {
    std::lock_guard lock(mutex_);
    auto& methods = methods_[{&vfs, file->pMethods}];
    if (!methods) {
      methods = std::make_unique<Methods>(Methods{*file->pMethods, file->pMethods, vfs.state_at});
      vfs.layer->replace(methods->own);
    }
    file->pMethods = &methods->own;
    if (vfs.layer->make_state != nullptr) vfs.layer->make_state(state_of(file));
  }

  std::mutex mutex_;
  std::map<std::pair<const VfsLayer*, std::string>, std::unique_ptr<Vfs>> vfs_;
  std::map<std::pair<const Vfs*, const sqlite3_io_methods*>, std::unique_ptr<Methods>> methods_;
};

}  // namespace

std::string vfs_over(const VfsLayer& layer, const std::string& name) {
  return Registry::instance().over(layer, name);
}

const sqlite3_io_methods* methods_beneath(sqlite3_file* file) {
  return methods_of(file).real;
}

void* state_of(sqlite3_file* file) {
  return reinterpret_cast<char*>(file) + methods_of(file).state_at;
}

}  // namespace deltapost::store::sqlite
