// A SQLite VFS that leaves no stale bytes in the main file's pages.
//
// secure_delete zeroes what is deleted, but when SQLite moves rows to a neighbouring page, copies of them
// stay in the unused middle of the page they left, between the cell pointers and the cells. This VFS zeroes
// that middle whenever a page is written to the main file (which a checkpoint does). Where SQLite looks for
// free space it writes before it reads, so it never misses those bytes.
#pragma once

#include <string>

namespace deltapost::store::sqlite {

/// The name of such a VFS over another one (by name; empty: the system's). Registered at first need, for as
/// long as the process lives.
std::string wiping_vfs(const std::string& over);

}  // namespace deltapost::store::sqlite
