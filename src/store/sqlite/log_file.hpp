// The write-ahead log beside the main file, before SQLite looks at it.
#pragma once

#include <string>

namespace deltapost::store::sqlite {

/// Writes a log that was left behind once more, byte for byte, and syncs it. A process that ended because of
/// a failed sync may have left in the kernel's cache what never reached the disk; SQLite would take it for
/// durable and build upon it. Throws SqlError. `path` is the main file's; nothing happens without a log.
void make_log_durable(const std::string& path, const std::string& vfs);

}  // namespace deltapost::store::sqlite
