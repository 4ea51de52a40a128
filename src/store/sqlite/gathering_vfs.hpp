// A SQLite VFS that writes the log in few large pieces.
//
// SQLite appends a page to its -wal file in two writes, one of 24 bytes and one of the page. A group of
// commits is some hundred pages, and each call costs more than the copying. This VFS keeps what follows upon
// one another in memory and writes it in one piece: when it is large enough, when something else is written,
// and before the log is synced, read, measured, cut or closed. What is not written by then was not
// acknowledged: a commit counts once the log is synced (synchronous = FULL), and only then may others read
// it. A write that fails is told by the call that needed it, at the latest by the sync.
//
// The log alone: what is folded into the main file may be read there by others as soon as SQLite says so,
// which is after a sync only when the whole log has been folded.
#pragma once

#include <string>

namespace deltapost::store::sqlite {

/// The name of such a VFS over another one (by name; empty: the system's). Registered at first need, for as
/// long as the process lives.
std::string gathering_vfs(const std::string& over);

}  // namespace deltapost::store::sqlite
