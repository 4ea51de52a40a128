// Remembering what was done: at most one commit of a partition's progress under way at a time, in order.
#include <algorithm>

#include "delivery/runner_core.hpp"

namespace deltapost::delivery {

namespace {

constexpr Millis kSubmitAgainAfter{50};     // the committer's queue was full
constexpr Millis kCommitAgainAfter{1'000};  // the store could not write

}  // namespace

void RunnerCore::save_later() {
  if (std::exchange(saving_later_, true)) return;
  parts_.loop.after(options_.progress_every, [self = shared_from_this()] {
    if (self->stopped_) return;
    self->drive();  // histories first: a hold that is being read would be remembered where it was
    self->saving_later_ = false;
    self->save(false);
  });
}

void RunnerCore::save(bool all) {
  for (store::Part part = 0; part < partitions_.size(); ++part) save(part, all);
}

void RunnerCore::save(store::Part part, bool all) {
  Part& mine = partitions_[part];
  if (mine.saving || !mine.lease) return;
  auto progress = engine_.take_progress(part, all || !mine.after_save.empty());
  std::vector<Saved> saved = std::exchange(mine.after_save, {});
  if (!progress) {
    for (Saved& call : saved) call(ok());
    return;
  }
  mine.saving = true;
  submit(part, std::make_shared<const store::DeliveryProgress>(std::move(*progress)), std::move(saved));
}

void RunnerCore::submit(store::Part part, std::shared_ptr<const store::DeliveryProgress> progress,
                        std::vector<Saved> saved) {
  // Shared by the ways it can end, of which one is taken.
  auto waiting = std::make_shared<std::vector<Saved>>(std::move(saved));
  const auto again = [this, part, progress, waiting](Millis delay) {
    parts_.loop.after(delay, [self = shared_from_this(), part, progress, waiting] {
      if (!self->stopped_) self->submit(part, progress, std::move(*waiting));
    });
  };
  const auto submitted = parts_.committer.submit(
      [progress](store::Draft& draft) {
        draft.put(progress);
        return ok();
      },
      [self = shared_from_this(), part, again, waiting](const Result<void>& result) {
        self->parts_.loop.post([self, part, again, waiting, result] {
          if (self->stopped_) return;
          const bool outcome_is_known = result || result.error().fault == Fault::stale_epoch;
          if (!outcome_is_known && !self->out_of_patience_) return again(kCommitAgainAfter);
          self->committed(part, std::move(*waiting), result);
        });
      },
      store::Wait::any);
  if (submitted) return;
  if (submitted.error().fault == Fault::overloaded) return again(kSubmitAgainAfter);
  committed(part, std::move(*waiting), submitted);
}

void RunnerCore::committed(store::Part part, std::vector<Saved> saved, const Result<void>& result) {
  partitions_[part].saving = false;
  if (result) {
    engine_.progress_saved(part);
  } else if (result.error().fault == Fault::stale_epoch) {
    close(part, taken_over());
  } else {
    // It was given up, and what is taken after it must not be written: that passes over what only this one
    // told. Whoever opens the partition next goes on where it was written down last.
    if (partitions_[part].lease) static_cast<void>(parts_.store.release_lease(*partitions_[part].lease));
    close(part, result.error());
  }
  for (Saved& call : saved) call(result);
  if (stopped_) return;
  if (!partitions_[part].after_save.empty()) save(part, true);
  save_later();
  drive_soon();
}

void RunnerCore::when_saved(store::Part part, Saved saved) {
  if (!partitions_[part].lease) {
    saved(Error{Fault::unavailable, "another node delivers this partition"});
    return;
  }
  partitions_[part].after_save.push_back(std::move(saved));
  save(part, true);
}

void RunnerCore::when_all_saved(Saved saved) {
  struct Joined {
    std::size_t left = 0;
    Result<void> worst = ok();
    Saved saved;
  };
  auto joined = std::make_shared<Joined>();
  joined->saved = std::move(saved);
  joined->left = 1;
  const auto one_done = [joined](const Result<void>& result) {
    if (!result) joined->worst = result;
    if (--joined->left == 0) joined->saved(joined->worst);
  };
  for (store::Part part = 0; part < partitions_.size(); ++part) {
    if (!partitions_[part].lease) continue;
    ++joined->left;
    when_saved(part, one_done);
  }
  one_done(ok());
}

}  // namespace deltapost::delivery
