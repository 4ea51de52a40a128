#include "store/group_committer.hpp"

#include <algorithm>
#include <future>

#include "base/check.hpp"

namespace deltapost::store {
namespace {

Error shutting_down() {
  return {Fault::unavailable, "the server is shutting down; try again later"};
}

/// The commit time of the newest entry of any partition; the epoch when there is none.
Result<Time> newest_entry_time(Store& store) {
  Time newest{};
  for (Part part = 0; part < store.partitions(); ++part) {
    auto head = store.head(part);
    if (!head) return head.error();
    if (*head == 0) continue;
    auto last = store.read_log(part, *head - 1, 1);
    if (!last) return last.error();
    for (const auto& entry : last->entries) newest = std::max(newest, entry.at);
  }
  return newest;
}

}  // namespace

GroupCommitter::GroupCommitter(Store& store, const Clock& clock, GroupCommitterLimits limits)
    : store_(store), clock_(clock), limits_(limits), admission_(limits.max_group, limits.admission) {
  DP_CHECK(limits.max_group > 0);
}

GroupCommitter::~GroupCommitter() {
  stop();
}

void GroupCommitter::on_committed(Committed committed) {
  DP_CHECK(!thread_.joinable() && !committed_);
  committed_ = std::move(committed);
}

void GroupCommitter::start() {
  DP_CHECK(!thread_.joinable());
  thread_ = std::thread([this] { work(); });
}

void GroupCommitter::stop() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
  for (Item& item : std::exchange(queue_, {})) item.done(shutting_down());
}

Result<void> GroupCommitter::submit(Job job, Done done, Wait wait) {
  const Time now = clock_.now();
  {
    std::lock_guard lock(mutex_);
    if (stopping_) return shutting_down();
    if (!takes(wait, now)) {
      return Error{Fault::overloaded, "too many changes are waiting to be stored; try again later"};
    }
    queue_.push_back({std::move(job), std::move(done), now});
  }
  wake_.notify_one();
  return ok();
}

bool GroupCommitter::takes() {
  const Time now = clock_.now();
  std::lock_guard lock(mutex_);
  return takes(Wait::bounded, now);
}

bool GroupCommitter::takes(Wait wait, Time now) {
  const bool room = queue_.size() < limits_.max_waiting;
  if (room && (wait == Wait::any || admission_.admits(queue_.size(), now))) return true;
  if (wait == Wait::bounded) admission_.refused();
  return false;
}

Result<void> GroupCommitter::run(Job job) {
  DP_CHECK(std::this_thread::get_id() != thread_.get_id());
  std::promise<Result<void>> promise;
  auto answer = promise.get_future();
  auto accepted = submit(
      std::move(job), [&promise](const Result<void>& result) { promise.set_value(result); }, Wait::any);
  if (!accepted) return accepted;
  if (!thread_.joinable()) {
    while (commit_next()) continue;
  }
  return answer.get();
}

std::size_t GroupCommitter::waiting() const {
  std::lock_guard lock(mutex_);
  return queue_.size();
}

Millis GroupCommitter::lag() const {
  const Time now = clock_.now();
  std::lock_guard lock(mutex_);
  return queue_.empty() ? Millis{0} : std::max(now - queue_.front().since, Millis{0});
}

void GroupCommitter::work() {
  do {
    wait_for_jobs();
  } while (commit_next());
}

bool GroupCommitter::commit_next() {
  Group group = next_group();
  if (group.empty()) return false;
  commit_group(group);
  {
    std::lock_guard lock(mutex_);
    admission_.group_ended(clock_.now());
  }
  for (Item& item : group) item.done(item.result);
  return true;
}

void GroupCommitter::wait_for_jobs() {
  std::unique_lock lock(mutex_);
  if (queue_.empty()) admission_.pause_began(clock_.now());
  wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
}

GroupCommitter::Group GroupCommitter::next_group() {
  std::lock_guard lock(mutex_);
  const auto count = static_cast<std::ptrdiff_t>(std::min(queue_.size(), limits_.max_group));
  Group group(std::make_move_iterator(queue_.begin()), std::make_move_iterator(queue_.begin() + count));
  queue_.erase(queue_.begin(), queue_.begin() + count);
  admission_.group_began(group.size(), queue_.size(), clock_.now());
  return group;
}

void GroupCommitter::commit_group(Group& group) {
  auto now = next_commit_time();
  if (!now) {
    for (Item& item : group) item.result = now.error();
    return;
  }
  if (commit_together(group, *now)) return;
  for (Item& item : group) commit_together({&item, 1}, *now);
}

bool GroupCommitter::commit_together(std::span<Item> items, Time now) {
  Draft draft(store_, now);
  decide(items, draft);
  if (draft.empty()) return true;
  const auto committed = commit(draft.take());
  if (committed) return true;
  const Fault fault = committed.error().fault;
  if (items.size() > 1 && (fault == Fault::conflict || fault == Fault::stale_epoch)) return false;
  // Who wrote nothing may have been decided on what the others wrote.
  for (Item& item : items)
    if (item.result) item.result = committed;
  return true;
}

void GroupCommitter::decide(std::span<Item> items, Draft& draft) {
  for (Item& item : items) {
    draft.begin_job();
    item.result = item.job(draft);
    if (!item.result) draft.drop_job();
  }
}

Result<void> GroupCommitter::commit(Batch batch) {
  auto receipt = store_.commit(std::move(batch));
  if (!receipt) return receipt.error();
  if (committed_ && !receipt->entries.empty()) committed_(std::move(receipt->entries));
  return ok();
}

Result<Time> GroupCommitter::next_commit_time() {
  if (!last_commit_at_) {
    auto newest = newest_entry_time(store_);
    if (!newest) return newest.error();
    last_commit_at_ = *newest;
  }
  last_commit_at_ = std::max(*last_commit_at_, clock_.now());
  return *last_commit_at_;
}

}  // namespace deltapost::store
