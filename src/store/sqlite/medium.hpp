// Medium: what the disk under the store's file did to the last write, and whether it may be given another
// one. Private to the SQLite store. Any thread.
//
// After a failed sync it may not. The kernel may have dropped the pages that it could not write and taken
// them for written, so that the next sync succeeds without them; what a checkpoint had copied is then in
// neither file once the log begins anew (docs/adr/0014-a-failed-sync-is-final.md).
#pragma once

#include <mutex>
#include <optional>

#include "store/sqlite/database.hpp"
#include "store/sqlite/sqlite_store.hpp"

namespace deltapost::store::sqlite {

class Medium {
 public:
  /// `tell` may be empty.
  explicit Medium(TroubleObserver tell) : tell_(std::move(tell)) {}

  /// Throws a Refusal (Fault::unavailable) once a sync has failed.
  void expect_trusted() const {
    std::lock_guard lock(mutex_);
    if (lost_) throw Refusal{*lost_};
  }
  bool trusted() const {
    std::lock_guard lock(mutex_);
    return !lost_;
  }

  /// How a write went; null: well.
  void wrote(const SqlError* failure) { remember(write_failure_, failure); }
  /// How folding the log into the main file went, which can be done later just as well.
  void folded(const SqlError* failure) { remember(fold_failure_, failure); }

  std::optional<Trouble> trouble() const {
    std::lock_guard lock(mutex_);
    return now();
  }

 private:
  void remember(std::optional<Error>& kept, const SqlError* failure) {
    std::optional<Trouble> after;
    {
      std::lock_guard lock(mutex_);
      if (failure == nullptr && !kept) return;
      const auto before = now();
      kept.reset();
      if (failure != nullptr && failure->error().fault == Fault::unavailable) kept = failure->error();
      if (kept && failure->is_failed_sync() && !lost_)
        lost_ = Error{Fault::unavailable, kept->message +
                                              "; what was written may not be on the disk, so nothing more is "
                                              "written until the store was opened again"};
      after = now();
      if (before.has_value() == after.has_value() && (!after || before->final == after->final)) return;
    }
    if (tell_) tell_(after);
  }
  std::optional<Trouble> now() const {
    if (lost_) return Trouble{.error = *lost_, .final = true};
    if (write_failure_) return Trouble{.error = *write_failure_};
    if (fold_failure_) return Trouble{.error = *fold_failure_};
    return std::nullopt;
  }

  mutable std::mutex mutex_;
  std::optional<Error> lost_, write_failure_, fold_failure_;
  const TroubleObserver tell_;
};

}  // namespace deltapost::store::sqlite
