#include "simulation/core/medium.hpp"

#include <filesystem>

#include "store/memory/memory_store.hpp"
#include "store/sqlite/sqlite_store.hpp"

namespace deltapost::simulation {
namespace {

constexpr const char* kName = "deltapost.db";
constexpr std::size_t kCheckpointPages = 64;  // small enough to be met

}  // namespace

Medium::Medium(MediumKind kind, store::Part partitions) : kind_(kind), partitions_(partitions) {
  if (kind == MediumKind::memory) {
    store_ = std::make_unique<store::MemoryStore>(partitions);
    return;
  }
  folder_ = std::make_unique<testing::TempDir>(testing::TempDir::Where::memory);
  if (kind == MediumKind::disk) disk_ = std::make_unique<testing::FaultyDisk>();
}

Medium::~Medium() = default;

Result<void> Medium::open() {
  if (store_ != nullptr) return ok();
  auto opened = store::SqliteStore::open({.path = folder_->file(kName),
                                          .partitions = partitions_,
                                          .readers = 1,
                                          .checkpoint_pages = kCheckpointPages,
                                          .vfs = disk_ != nullptr ? disk_->vfs() : std::string()});
  if (!opened) return opened.error();
  store_ = *std::move(opened);
  return ok();
}

void Medium::close() {
  if (kind_ != MediumKind::memory) store_.reset();
}

void Medium::crash() {
  if (kind_ != MediumKind::disk) return close();
  const testing::TempDir left(testing::TempDir::Where::memory);
  disk_->leave_after_power_cut(left.file(""));
  store_.reset();
  namespace fs = std::filesystem;
  for (const auto& file : fs::directory_iterator(folder_->file(""))) fs::remove(file.path());
  for (const auto& file : fs::directory_iterator(left.file("")))
    fs::copy_file(file.path(), folder_->file(file.path().filename().string()));
}

}  // namespace deltapost::simulation
