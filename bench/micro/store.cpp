// Groups of 64 changes, each of another record; the figures are per change.
#include <benchmark/benchmark.h>

#include "bench/support/samples.hpp"
#include "bench/support/writing.hpp"
#include "store/group_committer.hpp"
#include "store/memory/memory_store.hpp"
#include "store/sqlite/sqlite_store.hpp"
#include "tests/support/temp_dir.hpp"

namespace deltapost::bench {
namespace {

/// The next version of each of kGroup records.
class Group {
 public:
  explicit Group(Kind kind) {
    for (std::size_t number = 1; number <= kGroup; ++number) {
      store::RecordWrite write;
      write.entry = row_of(kind, number, 0);
      write.updated_at = kNow;
      batch_.writes.push_back(std::move(write));
    }
  }

  const store::Batch& next() {
    for (auto& write : batch_.writes) ++write.entry.version;
    return batch_;
  }

 private:
  store::Batch batch_;
};

struct OnDisk {
  testing::TempDir folder;
  std::unique_ptr<store::SqliteStore> store =
      good(store::SqliteStore::open({.path = folder.file("bench.db")}));
};

void commit_all(benchmark::State& state, store::Store& store, Kind kind) {
  Group group(kind);
  while (state.KeepRunningBatch(kGroup)) DP_CHECK(store.commit(group.next()).has_value());
}

void commit_memory(benchmark::State& state, Kind kind) {
  store::MemoryStore store;
  commit_all(state, store, kind);
}

void commit_sqlite(benchmark::State& state, Kind kind) {
  OnDisk disk;
  commit_all(state, *disk.store, kind);
}

/// What each job asks of the draft and adds to it.
void draft(benchmark::State& state, Kind kind) {
  store::MemoryStore store;
  Group group(kind);
  DP_CHECK(store.commit(group.next()).has_value());
  const auto& batch = group.next();
  while (state.KeepRunningBatch(kGroup)) {
    store::Draft draft(store, kNow);
    for (const auto& write : batch.writes) {
      draft.begin_job();
      benchmark::DoNotOptimize(draft.find(write.entry.key));
      draft.put(write);
    }
    benchmark::DoNotOptimize(draft.batch());
  }
}

/// Jobs that do nothing: what the queue and the hand-over cost.
void group_committer(benchmark::State& state) {
  store::MemoryStore store;
  testing::ManualClock clock;
  while (state.KeepRunningBatch(kGroup)) {
    store::GroupCommitter committer(store, clock, {.max_group = kGroup});
    for (std::size_t i = 0; i < kGroup; ++i)
      DP_CHECK(committer.submit([](store::Draft&) { return ok(); }, [](const Result<void>&) {}).has_value());
    committer.start();
    committer.stop();
  }
}

BENCHMARK_CAPTURE(draft, lead, Kind::lead);
BENCHMARK_CAPTURE(draft, contact, Kind::contact);
BENCHMARK(group_committer)->Name("group_committer/idle_jobs")->UseRealTime();
BENCHMARK_CAPTURE(commit_memory, lead, Kind::lead);
BENCHMARK_CAPTURE(commit_memory, contact, Kind::contact);
BENCHMARK_CAPTURE(commit_sqlite, lead, Kind::lead)->UseRealTime();
BENCHMARK_CAPTURE(commit_sqlite, contact, Kind::contact)->UseRealTime();

}  // namespace
}  // namespace deltapost::bench
