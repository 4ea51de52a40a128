// A folder of its own for one test, gone with all that is in it when the test ends.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>

#include "base/check.hpp"

namespace deltapost::testing {

class TempDir {
 public:
  /// In memory: where syncing costs nothing, for tests that make many stores and ask nothing of the disk.
  enum class Where { disk, memory };

  explicit TempDir(Where where = Where::disk) {
    const std::filesystem::path in_memory = "/dev/shm";
    const bool memory = where == Where::memory && std::filesystem::is_directory(in_memory);
    const auto parent = memory ? in_memory : std::filesystem::temp_directory_path();
    std::string name = (parent / "deltapost-test-XXXXXX").string();
    DP_CHECK(mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  ~TempDir() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;

  std::string file(const std::string& name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

}  // namespace deltapost::testing
