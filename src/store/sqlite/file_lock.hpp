// FileLock: one process at a time. The lock is the kernel's (flock), so it goes with the process however that
// ends; the file stays and only tells who held it last.
#pragma once

#include <memory>
#include <string>

#include "base/result.hpp"

namespace deltapost::store::sqlite {

class FileLock {
 public:
  /// Fault::unavailable when another process (or another store of this one) holds it, or the file cannot be
  /// made.
  static Result<std::unique_ptr<FileLock>> take(const std::string& path);
  ~FileLock();
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;

 private:
  explicit FileLock(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};

}  // namespace deltapost::store::sqlite
