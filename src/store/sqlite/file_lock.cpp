#include "store/sqlite/file_lock.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>

namespace deltapost::store::sqlite {
namespace {

std::string holder_written_in(int descriptor) {
  std::array<char, 32> text{};
  const ssize_t size = pread(descriptor, text.data(), text.size(), 0);
  return size <= 0 ? "" : " (process " + std::string(text.data(), static_cast<std::size_t>(size)) + ")";
}

void write_holder(int descriptor) {
  const std::string pid = std::to_string(getpid());
  // Only a courtesy to whoever is refused: the lock holds without it.
  if (ftruncate(descriptor, 0) == 0 && pwrite(descriptor, pid.data(), pid.size(), 0) < 0) return;
}

}  // namespace

Result<std::unique_ptr<FileLock>> FileLock::take(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (descriptor < 0) {
    return Error{Fault::unavailable,
                 "cannot make the lock file " + path + ": " + std::generic_category().message(errno)};
  }
  std::unique_ptr<FileLock> lock(new FileLock(descriptor));
  while (flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    if (errno == EINTR) continue;
    return Error{Fault::unavailable, "the store is open in another process" + holder_written_in(descriptor) +
                                         ", which holds " + path +
                                         "; stop that one first, or use another file"};
  }
  write_holder(descriptor);
  return lock;
}

FileLock::~FileLock() {
  ::close(descriptor_);
}

}  // namespace deltapost::store::sqlite
