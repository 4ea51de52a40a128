// A SQLite VFS that writes the log and the main file in few large pieces.
//
// SQLite appends a page to its -wal file in two writes, one of 24 bytes and one of the page, and folds the
// log into the main file page by page, in their order. A group of commits is some hundred pages, a fold some
// thousand, and each call costs more than the copying. This VFS keeps what follows upon one another in memory
// and writes it in one piece: at the end of a stretch of the file, when something else is written, and before
// the file is synced, read, measured, cut or closed. What is not written by then was not acknowledged: a
// commit counts once the log is synced (synchronous = FULL), and only then may others read it; pages that
// were folded are read from the log until the main file is synced. A write that fails is told by the call
// that needed it, at the latest by the sync.
#pragma once

#include <string>

namespace deltapost::store::sqlite {

/// The name of such a VFS over another one (by name; empty: the system's). Registered at first need, for as
/// long as the process lives.
std::string gathering_vfs(const std::string& over);

}  // namespace deltapost::store::sqlite
