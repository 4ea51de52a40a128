// Every operation of the disk fails once, one after another, and for good: whatever was acknowledged is there
// when the store is opened again, what was not is there whole or not at all, and the callers were told.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>

#include "faulty_workload.hpp"
#include "store/sqlite/sqlite_store.hpp"
#include "store/verify.hpp"
#include "support/faulty_disk.hpp"
#include "support/store_rows.hpp"
#include "support/temp_dir.hpp"

namespace deltapost::store {
namespace {

using namespace deltapost::testing;  // NOLINT: rows for tests

/// One way in which a disk fails.
struct Way {
  std::string name;
  DiskFault fault;
};

void PrintTo(const Way& way, std::ostream* out) {
  *out << way.name;
}

/// So many runs of each way, spread over all operations of their kind; DELTAPOST_FAULT_RUNS asks for others.
std::uint64_t runs_per_way() {
  const char* wanted = std::getenv("DELTAPOST_FAULT_RUNS");
  return wanted == nullptr ? 30 : std::max(1ull, std::strtoull(wanted, nullptr, 10));
}

std::uint64_t operations_of_a_run(DiskOperation operation) {
  TempDir folder(TempDir::Where::memory);
  FaultyDisk disk;
  FaultyWorkload workload(folder.file("store"), disk.vfs());
  workload.run();
  EXPECT_TRUE(workload.refusals().empty()) << workload.refusals().front().message;
  EXPECT_EQ(workload.acknowledged(), (FaultyWorkload::kGroups + 1) * FaultyWorkload::kJobsPerGroup);
  EXPECT_THAT(workload.problems_at(folder.file("store")), ::testing::IsEmpty());
  return disk.count(operation);
}

class SqliteFaults : public ::testing::TestWithParam<Way> {
 protected:
  /// The workload with the fault after so many good operations.
  void run_with_fault_after(std::uint64_t good) {
    SCOPED_TRACE(GetParam().name + " after " + std::to_string(good) + " good ones");
    TempDir folder(TempDir::Where::memory);
    FaultyDisk disk;
    DiskFault fault = GetParam().fault;
    fault.after = good;
    disk.fail(fault);
    FaultyWorkload workload(folder.file("store"), disk.vfs());
    workload.run();
    EXPECT_TRUE(disk.struck());
    for (const Error& refusal : workload.refusals()) {
      EXPECT_EQ(refusal.fault, Fault::unavailable) << refusal.message;
      EXPECT_NE(refusal.message.find("store's file"), std::string::npos) << refusal.message;
    }
    EXPECT_EQ(workload.acknowledged_in_spite(), 0);
    acknowledged_ += workload.acknowledged();

    // The power is cut when all is over: only what the disk was made to keep is left, and perhaps more.
    TempDir left(TempDir::Where::memory);
    std::mt19937 random(static_cast<unsigned>(good));
    disk.leave_after_power_cut(left.file(""), random, std::uniform_real_distribution(0.0, 1.0)(random));
    EXPECT_THAT(workload.problems_at(left.file("store")), ::testing::IsEmpty()) << "after a power cut";
    disk.heal();
    EXPECT_THAT(workload.problems_at(folder.file("store")), ::testing::IsEmpty());
  }

  int acknowledged_ = 0;
};

TEST_P(SqliteFaults, LoseNothingThatWasAcknowledgedAndLeaveNothingByHalf) {
  const std::uint64_t operations = operations_of_a_run(GetParam().fault.operation);
  ASSERT_GT(operations, 0u);
  const std::uint64_t stride = std::max<std::uint64_t>(1, operations / runs_per_way());
  std::uint64_t runs = 0;
  for (std::uint64_t good = 0; good < operations && !HasFailure(); good += stride, ++runs)
    run_with_fault_after(good);
  RecordProperty("operations", std::to_string(operations));
  RecordProperty("runs", std::to_string(runs));
  EXPECT_GT(acknowledged_, 0);
}

constexpr auto kOnce = true;

INSTANTIATE_TEST_SUITE_P(
    EachWay, SqliteFaults,
    ::testing::Values(
        Way{"FailedReadOnce", {DiskOperation::read, SQLITE_IOERR_READ, 0, kOnce}},
        Way{"FailedReads", {DiskOperation::read, SQLITE_IOERR_READ}},
        Way{"FailedWriteOnce", {DiskOperation::write, SQLITE_IOERR_WRITE, 0, kOnce}},
        Way{"ShortWriteOnce", {DiskOperation::write, SQLITE_IOERR_WRITE, 0, kOnce, true}},
        Way{"FailedWrites", {DiskOperation::write, SQLITE_IOERR_WRITE}},
        Way{"FullDiskForAMoment", {DiskOperation::write, SQLITE_FULL, 0, kOnce, true}},
        Way{"FullDisk", {DiskOperation::write, SQLITE_FULL, 0, false, true}},
        Way{"FailedTruncation", {DiskOperation::truncate, SQLITE_IOERR_TRUNCATE, 0, kOnce}},
        Way{"FailedSyncOfTheLogOnce", {DiskOperation::sync_log, SQLITE_IOERR_FSYNC, 0, kOnce}},
        Way{"FailedSyncsOfTheLog", {DiskOperation::sync_log, SQLITE_IOERR_FSYNC}},
        Way{"FailedSyncOfTheMainFileOnce", {DiskOperation::sync_main, SQLITE_IOERR_FSYNC, 0, kOnce}},
        Way{"FailedSyncsOfTheMainFile", {DiskOperation::sync_main, SQLITE_IOERR_FSYNC}},
        Way{"FailedOpening", {DiskOperation::open, SQLITE_CANTOPEN, 0, kOnce}},
        Way{"FullDiskUnderTheIndex", {DiskOperation::map_index, SQLITE_IOERR_SHMSIZE, 0, kOnce}},
        Way{"DiskGone", {DiskOperation::any, SQLITE_IOERR}}),
    [](const auto& way) { return way.param.name; });

}  // namespace
}  // namespace deltapost::store
