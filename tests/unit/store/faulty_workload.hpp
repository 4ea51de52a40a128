// A workload for stores on a disk that fails: jobs that each touch every kind of row, in groups, with folding
// of the log, forgetting and scrubbing between them. Keeps what was acknowledged; says afterwards what of it
// is not as promised.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "store/sqlite/sqlite_store.hpp"

namespace deltapost::testing {

class FaultyWorkload {
 public:
  static constexpr int kGroups = 7, kJobsPerGroup = 3;

  /// The store's `vfs` and path; its caches are small, so that reads reach the disk.
  FaultyWorkload(std::string path, std::string vfs) : path_(std::move(path)), vfs_(std::move(vfs)) {}

  /// Opens, works, closes; opens again and works on. Goes on after a failure, as a server does.
  void run();
  /// The refusals that were met: what the callers were told.
  const std::vector<Error>& refusals() const { return refusals_; }
  /// Jobs that were acknowledged after trouble() had become final, before the store was opened again.
  int acknowledged_in_spite() const { return acknowledged_in_spite_; }
  int acknowledged() const { return static_cast<int>(acknowledged_.size()); }

  /// What is wrong with the store that is left at `path`: something acknowledged is missing, something is
  /// there by half, or history does not add up. Also whether it takes another job.
  std::vector<std::string> problems_at(const std::string& path) const;

 private:
  std::unique_ptr<store::SqliteStore> open();
  void work(store::SqliteStore& store, int first_group, int groups);
  void run_group(store::SqliteStore& store, int group);
  void note(const Result<void>& result);

  const std::string path_, vfs_;
  std::vector<Error> refusals_;
  std::vector<std::string> acknowledged_;  // names of jobs
  int acknowledged_in_spite_ = 0;
};

}  // namespace deltapost::testing
