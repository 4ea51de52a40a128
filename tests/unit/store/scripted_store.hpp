// A memory store whose commits can be counted and made to fail.
#pragma once

#include <atomic>
#include <mutex>
#include <optional>
#include <vector>

#include "store/memory/memory_store.hpp"

namespace deltapost::testing {

class ScriptedStore : public store::MemoryStore {
 public:
  using MemoryStore::MemoryStore;

  Result<store::CommitReceipt> commit(store::Batch batch) override {
    std::lock_guard lock(mutex_);
    writes_per_commit_.push_back(batch.writes.size());
    if (failure_) return *failure_;
    return MemoryStore::commit(std::move(batch));
  }

  void fail_with(std::optional<Error> failure) {
    std::lock_guard lock(mutex_);
    failure_ = std::move(failure);
  }
  std::vector<std::size_t> writes_per_commit() const {
    std::lock_guard lock(mutex_);
    return writes_per_commit_;
  }

 private:
  mutable std::mutex mutex_;
  std::optional<Error> failure_;
  std::vector<std::size_t> writes_per_commit_;
};

}  // namespace deltapost::testing
