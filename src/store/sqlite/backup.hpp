// A copy of a store's file, made while a server may have it open.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/result.hpp"
#include "store/verify.hpp"

namespace deltapost::store {

struct CopyOptions {
  std::string from, to;
  bool replace = false;  // a file at `to`
  bool verify = true;    // open the copy and prove that its history adds up
};

struct CopyReport {
  std::uint64_t bytes = 0;
  std::uint64_t changes = 0;  // in the log
  std::optional<VerifyReport> verified{};
};

/// Copies the store as of one moment: everything that was acknowledged before the call, whole commits only.
/// Who writes to it meanwhile goes on; what is written stays in the log beside the file until the copy is
/// done. Nothing is written to `from`. The copy is one file, readable for its owner alone, free of bytes that
/// were erased; it is made beside `to` under another name, and synced before it takes that name.
///
/// Fault::not_found: there is no store at `from`. Fault::invalid: it is none, or of another version than this
/// program's, or `to` is the store itself. Fault::conflict: something is at `to` already. Fault::corrupt: the
/// copy does not add up; it is removed. Fault::unavailable: the medium fails.
Result<CopyReport> copy_store(const CopyOptions& options);

}  // namespace deltapost::store
