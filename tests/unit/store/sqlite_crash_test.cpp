// Promise 1 against the process: killed at any instant, a store loses nothing that it acknowledged.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <random>

#include "store/sqlite/sqlite_store.hpp"
#include "store/verify.hpp"
#include "support/store_rows.hpp"
#include "support/temp_dir.hpp"

namespace deltapost::store {
namespace {

using namespace deltapost::testing;  // NOLINT: rows for tests

constexpr int kStores = 5;
constexpr int kKillsPerStore = 6;
constexpr int kRecordsPerBatch = 3;  // each batch takes all of these to its own number, and makes one more

RecordKey shared_record(int i) {
  return lead_key("shared" + std::to_string(i));
}
RecordKey own_record(Version batch) {
  return lead_key("own" + std::to_string(batch));
}

RecordWrite step(const RecordKey& key, Version version, Version batch) {
  auto write = write_of(key, version, after_ms(static_cast<std::int64_t>(batch)));
  const std::string number = std::to_string(version);
  write.entry.changes = version == 1
                            ? R"({"v":{"new":1}})"
                            : R"({"v":{"old":)" + std::to_string(version - 1) + R"(,"new":)" + number + "}}";
  return write;
}

Batch numbered_batch(Version number) {
  Batch batch;
  for (int i = 0; i < kRecordsPerBatch; ++i) batch.writes.push_back(step(shared_record(i), number, number));
  batch.writes.push_back(step(own_record(number), 1, number));
  batch.idempotency = {{AccountId("acme"), std::to_string(number), "f", "r", after_ms(1)}};
  batch.progress = {shared({.part = 0, .cursor = number})};
  return batch;
}

/// The child: commits batches and reports each success, until it is killed.
[[noreturn]] void commit_until_killed(const SqliteOptions& options, Version next, int report) {
  auto store = SqliteStore::open(options);
  if (!store) _exit(1);
  for (Version number = next;; ++number) {
    if (!(*store)->commit(numbered_batch(number))) _exit(2);
    if (::write(report, &number, sizeof number) != sizeof number) _exit(3);
  }
}

/// Waits for some reports, then for a random moment more, and kills. The last number that was reported.
Version kill_at_random(pid_t child, int reports, std::mt19937& random) {
  Version last = 0;
  const unsigned wanted = random() % 60;
  for (unsigned i = 0; i < wanted; ++i) {
    if (::read(reports, &last, sizeof last) != sizeof last) break;
  }
  std::atomic<unsigned> moment{static_cast<unsigned>(random() % 200'000)};
  while (moment > 0) --moment;
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  for (Version more = 0; ::read(reports, &more, sizeof more) == sizeof more;) last = more;
  return last;
}

/// All of batch `number` and of those before it, nothing of a later one.
void expect_exactly_up_to(SqliteStore& store, Version number) {
  for (int i = 0; i < kRecordsPerBatch; ++i) {
    const auto record = value_of(store.find(shared_record(i)));
    EXPECT_EQ(record ? record->version : 0, number);
  }
  for (Version each = 1; each <= number; ++each) EXPECT_TRUE(value_of(store.find(own_record(each)))) << each;
  EXPECT_EQ(value_of(store.find(own_record(number + 1))), std::nullopt);
  EXPECT_EQ(value_of(store.idempotency(AccountId("acme"), std::to_string(number))).has_value(), number > 0);
  EXPECT_EQ(value_of(store.delivery_state(0)).cursor, number);
}

/// Kills one committing child; how far the store then is. Checks that it is neither less nor more than it
/// should be.
void crash_once(const SqliteOptions& options, Version& reached, std::mt19937& random) {
  int pipe_ends[2];
  ASSERT_EQ(pipe(pipe_ends), 0);
  ASSERT_GE(fcntl(pipe_ends[1], F_SETPIPE_SZ, 4096), 4096);  // a child that runs ahead waits
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) commit_until_killed(options, reached + 1, pipe_ends[1]);
  close(pipe_ends[1]);
  const Version reported = std::max(reached, kill_at_random(child, pipe_ends[0], random));
  close(pipe_ends[0]);

  auto store = value_of(SqliteStore::open(options));
  ASSERT_NE(store, nullptr);
  const auto record = value_of(store->find(shared_record(0)));
  reached = record ? record->version : 0;
  ASSERT_GE(reached, reported);
  ASSERT_LE(reached, reported + 1);  // the one that was under way may have made it
  expect_exactly_up_to(*store, reached);
  const auto report = value_of(verify(*store));
  ASSERT_TRUE(report.sound()) << ::testing::PrintToString(report.problems);
  ASSERT_EQ(report.changes, reached * (kRecordsPerBatch + 1));
}

TEST(SqliteCrash, LosesNothingThatWasAcknowledgedAndKeepsBatchesWhole) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  for (int i = 0; i < kStores; ++i) {
    TempDir folder(TempDir::Where::memory);
    // Few pages between checkpoints, so that some kills hit one.
    const SqliteOptions options{
        .path = folder.file("store"), .partitions = 3, .readers = 1, .checkpoint_pages = 40};
    Version reached = 0;
    for (int kill = 0; kill < kKillsPerStore && !HasFailure(); ++kill) crash_once(options, reached, random);
    EXPECT_GT(reached, 0u);
  }
}

}  // namespace
}  // namespace deltapost::store
