// What SQLite VFSs of our own have in common: each stands over another one, hands everything on to it, and
// replaces some methods of one kind of file. Private to the SQLite store.
#pragma once

#include <sqlite3.h>

#include <cstddef>
#include <string>

namespace deltapost::store::sqlite {

struct VfsLayer {
  const char* prefix;  // of the VFS's name; what stands beneath follows
  int files;           // the SQLITE_OPEN_… flag of the files whose methods are replaced
  void (*replace)(sqlite3_io_methods& methods);
  /// What each of those files has to itself, where it has anything: made when it is opened; the layer's own
  /// xClose destroys it.
  std::size_t state_bytes = 0;
  void (*make_state)(void* place) = nullptr;
};

/// The name of the layer's VFS over another one (by name; empty: the system's). Registered at first need, for
/// as long as the process lives; `layer` must live as long.
std::string vfs_over(const VfsLayer& layer, const std::string& name);

// For the methods that a layer put in place.

/// The methods of the file beneath.
const sqlite3_io_methods* methods_beneath(sqlite3_file* file);
/// The file's own state.
void* state_of(sqlite3_file* file);

}  // namespace deltapost::store::sqlite
