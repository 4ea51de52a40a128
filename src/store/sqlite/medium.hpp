// Medium: what the disk under the store's file did to the last write, and whether it may be given another
// one. Private to the SQLite store. Any thread.
//
// After a failed sync it may not. The kernel may have dropped the pages that it could not write and taken
// them for written, so that the next sync succeeds without them; what a checkpoint had copied is then in
// neither file once the log begins anew (docs/adr/0014-a-failed-sync-is-final.md).
#pragma once

#include <functional>
#include <mutex>
#include <optional>

#include "store/sqlite/database.hpp"
#include "store/types.hpp"

namespace deltapost::store::sqlite {

class Medium {
 public:
  /// `lost` is called once, on the thread that met it, when a sync has failed; it may be empty.
  explicit Medium(std::function<void()> lost) : on_lost_(std::move(lost)) {}

  /// Throws a Refusal (Fault::unavailable) once a sync has failed.
  void expect_trusted() const {
    std::lock_guard lock(mutex_);
    if (lost_) throw Refusal{*lost_};
  }
  bool trusted() const {
    std::lock_guard lock(mutex_);
    return !lost_;
  }

  void written() {
    std::lock_guard lock(mutex_);
    write_failure_.reset();
  }
  void not_written(const SqlError& failure) { remember(write_failure_, failure); }
  /// The same for folding the log into the main file, which SQLite may do later just as well.
  void folded() {
    std::lock_guard lock(mutex_);
    fold_failure_.reset();
  }
  void not_folded(const SqlError& failure) { remember(fold_failure_, failure); }

  std::optional<Trouble> trouble() const {
    std::lock_guard lock(mutex_);
    if (lost_) return Trouble{.error = *lost_, .final = true};
    if (write_failure_) return Trouble{.error = *write_failure_};
    if (fold_failure_) return Trouble{.error = *fold_failure_};
    return std::nullopt;
  }

 private:
  void remember(std::optional<Error>& kept, const SqlError& failure) {
    if (failure.error().fault != Fault::unavailable) return;  // not the medium's doing
    {
      std::lock_guard lock(mutex_);
      kept = failure.error();
      if (!failure.is_failed_sync() || lost_) return;
      lost_ = Error{Fault::unavailable, kept->message +
                                            "; what was written may not be on the disk, so nothing more is "
                                            "written until the store was opened again"};
    }
    if (on_lost_) on_lost_();
  }

  mutable std::mutex mutex_;
  std::optional<Error> lost_, write_failure_, fold_failure_;
  const std::function<void()> on_lost_;
};

}  // namespace deltapost::store::sqlite
