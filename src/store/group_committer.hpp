// GroupCommitter: the one thread that writes. What waits is put into one batch and synced once; each job's
// completion is called after its group is durable (or refused), on the committing thread.
//
// The queue is bounded, in jobs and in the time that they may have to wait (Admission): submit refuses early
// (Fault::overloaded) rather than let waiting grow.
//
// Commit times never go back: when the clock does, what is committed keeps the time of the last commit, and
// so it is after a restart.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <span>
#include <thread>
#include <vector>

#include "base/time.hpp"
#include "base/unique_function.hpp"
#include "store/admission.hpp"
#include "store/draft.hpp"

namespace deltapost::store {

struct GroupCommitterLimits {
  std::size_t max_waiting = 8192;  // jobs in the queue; beyond it submit refuses
  std::size_t max_group = 256;     // jobs in one commit
  AdmissionLimits admission{};
};

/// How long a job may have to wait. `bounded`: for as long as its sender does (Admission), which is for what
/// comes in from outside. `any`: for what follows from work that was taken before.
enum class Wait { bounded, any };

class GroupCommitter {
 public:
  /// Decides on the committing thread, reading and writing through the draft. An error refuses this job
  /// alone. Decides anew, on another draft, when its group was refused (Done): what it leaves outside the
  /// draft must be of the last time alone.
  using Job = UniqueFunction<Result<void>(Draft&)>;
  /// Success: what the job wrote is durable. An error: the job's own, or the store's. When the store refuses
  /// a group for one job's sake (Fault::conflict, Fault::stale_epoch), each of its jobs is decided anew and
  /// committed by itself, so that nothing is built on what was refused. Called exactly once for every job
  /// that submit accepted, before `committed` hears of later groups and after it heard of this one. Must be
  /// quick and must not throw.
  using Done = UniqueFunction<void(const Result<void>&)>;
  /// Hears every group's log entries (documents included), in log order, on the committing thread, before the
  /// group's jobs are completed.
  using Committed = std::function<void(std::vector<LogEntry>)>;

  GroupCommitter(Store& store, const Clock& clock, GroupCommitterLimits limits = {});
  ~GroupCommitter();  // stops if still running
  GroupCommitter(const GroupCommitter&) = delete;
  GroupCommitter& operator=(const GroupCommitter&) = delete;

  /// Call before start(), once.
  void on_committed(Committed committed);
  void start();
  /// Commits everything that was accepted, completes it, and ends the thread. Later submits are refused with
  /// Fault::unavailable. Not on the committing thread. Jobs that never saw a start() are completed with
  /// Fault::unavailable.
  void stop();

  /// Any thread. Fault::overloaded when the queue is full or the job would have to wait for too long; it is
  /// then dropped and `done` never called.
  Result<void> submit(Job job, Done done, Wait wait = Wait::bounded);
  /// Any thread. Whether submit would take a job now. Who is told no goes away, so that his request need not
  /// even be read; he counts as refused.
  bool takes();

  /// Submits, with Wait::any, and waits; before start(), the calling thread does the work itself. Not on the
  /// committing thread. For commands, tests and start-up; never on an io thread.
  Result<void> run(Job job);

  /// For who has not called start(): commits one group of what waits and completes its jobs, on the calling
  /// thread. False: nothing waited. This is what the thread does again and again; a simulation takes its
  /// steps one by one.
  bool commit_next();

  std::size_t waiting() const;
  /// How long the job that waits longest has waited, by the clock; 0 when none waits. Who sees it grow can
  /// refuse early.
  Millis lag() const;

 private:
  struct Item {
    Job job;
    Done done;
    Time since{};
    Result<void> result = ok();
  };
  using Group = std::vector<Item>;

  bool takes(Wait wait, Time now);
  void work();
  void wait_for_jobs();
  /// Empty: none waits.
  Group next_group();
  void commit_group(Group& group);
  /// Decides the jobs, one on top of the other, and commits them together. False: the store refused them for
  /// the sake of one of them.
  bool commit_together(std::span<Item> items, Time now);
  static void decide(std::span<Item> items, Draft& draft);
  Result<void> commit(Batch batch);
  Result<Time> next_commit_time();

  Store& store_;
  const Clock& clock_;
  GroupCommitterLimits limits_;
  Committed committed_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Item> queue_;
  Admission admission_;
  bool stopping_ = false;
  std::optional<Time> last_commit_at_;  // the committing thread's; unknown until the first group
  std::thread thread_;
};

}  // namespace deltapost::store
