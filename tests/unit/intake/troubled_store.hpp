// A memory store whose commits can be held back or made to fail, and that throws when a certain record is
// read: what a mistake of ours looks like to those who call.
#pragma once

#include <condition_variable>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>

#include "store/memory/memory_store.hpp"

namespace deltapost::testing {

class TroubledStore : public store::MemoryStore {
 public:
  Result<store::CommitReceipt> commit(store::Batch batch) override {
    std::unique_lock lock(mutex_);
    ++arrived_;
    moved_.notify_all();
    moved_.wait(lock, [this] { return !held_; });
    if (failure_) return *failure_;
    lock.unlock();
    return MemoryStore::commit(std::move(batch));
  }

  Result<std::optional<store::StoredRecord>> find(const RecordKey& key) override {
    if (key.id == "poison") throw std::logic_error("a mistake of ours");
    return MemoryStore::find(key);
  }

  /// Commits wait from now on, until let_go().
  void hold() {
    std::lock_guard lock(mutex_);
    held_ = true;
    arrived_ = 0;
  }
  void let_go() {
    std::lock_guard lock(mutex_);
    held_ = false;
    moved_.notify_all();
  }
  void wait_for_a_commit() {
    std::unique_lock lock(mutex_);
    moved_.wait(lock, [this] { return arrived_ > 0; });
  }
  void fail_with(std::optional<Error> failure) {
    std::lock_guard lock(mutex_);
    failure_ = std::move(failure);
  }

 private:
  std::mutex mutex_;
  std::condition_variable moved_;
  bool held_ = false;
  int arrived_ = 0;
  std::optional<Error> failure_;
};

}  // namespace deltapost::testing
