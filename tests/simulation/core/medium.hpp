// Medium: what a system's store lies on, and what of it is left when the power is cut.
#pragma once

#include <memory>
#include <string>

#include "store/store.hpp"
#include "support/faulty_disk.hpp"
#include "support/temp_dir.hpp"

namespace deltapost::simulation {

enum class MediumKind {
  memory,  // a MemoryStore that outlives the system: after a crash, what was committed
  file,    // a SqliteStore; the process ends, the operating system does not
  disk,    // a SqliteStore; the power is cut, and what was not synced is lost
};

class Medium {
 public:
  Medium(MediumKind kind, store::Part partitions);
  ~Medium();

  MediumKind kind() const { return kind_; }
  /// Opens the store when it is not open.
  Result<void> open();
  store::Store& store() { return *store_; }
  bool is_open() const { return store_ != nullptr; }
  /// The system closed it in order.
  void close();
  /// What a sudden end leaves.
  void crash();

 private:
  const MediumKind kind_;
  const store::Part partitions_;
  std::unique_ptr<testing::FaultyDisk> disk_;  // must outlive the store
  std::unique_ptr<testing::TempDir> folder_;
  std::unique_ptr<store::Store> store_;
};

}  // namespace deltapost::simulation
