// What a SqliteStore is made of; shared by the files that implement it.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "store/retention.hpp"
#include "store/sqlite/batch_writer.hpp"
#include "store/sqlite/database.hpp"
#include "store/sqlite/file_lock.hpp"
#include "store/sqlite/names.hpp"
#include "store/sqlite/readers.hpp"
#include "store/sqlite/sqlite_store.hpp"

namespace deltapost::store {

struct SqliteStore::Impl {
  std::unique_ptr<sqlite::FileLock> lock;  // first in, last out
  sqlite::Names names;
  std::mutex next_to_write, writing;
  std::unique_ptr<sqlite::Database> writer;  // under `writing`, as are the next three
  sqlite::RecordPlaces found_to_write;
  std::vector<sqlite::PartitionEnds> ends;
  sqlite::AttemptNumbers attempt_numbers;
  std::unique_ptr<sqlite::Readers> readers;
  Part partitions = 0;

  /// The right to write. Who waits for it comes before who has just had it: upkeep asks for it again and
  /// again.
  std::unique_lock<std::mutex> turn_to_write() {
    std::lock_guard next(next_to_write);
    return std::unique_lock(writing);
  }
  // One transaction for all that a group reads and then writes: a read of its own would take and give back
  // the file's locks each time.
  std::optional<sqlite::Transaction> begun;  // by find_to_write, with the turn below
  std::unique_lock<std::mutex> begun_turn;
  std::atomic<std::thread::id> begun_by;
  bool has_begun_to_write() const { return begun_by == std::this_thread::get_id(); }
  /// The writing connection, in a transaction that lasts until end_to_write.
  sqlite::Database& begin_to_write() {
    if (has_begun_to_write()) return *writer;
    auto turn = turn_to_write();
    begun.emplace(*writer, sqlite::Transaction::Mode::write);
    begun_turn = std::move(turn);
    begun_by = std::this_thread::get_id();
    return *writer;
  }
  /// Rolls back what was not committed. Only what this thread began.
  void end_to_write() {
    if (!has_begun_to_write()) return;
    begun_by = std::thread::id{};
    begun.reset();
    found_to_write.clear();
    begun_turn = {};
  }
  /// `work(database)` on a reading connection.
  template <class Work>
  auto read(Work&& work) -> Result<decltype(work(std::declval<sqlite::Database&>()))> {
    sqlite::Readers::Borrowed database(*readers);
    return sqlite::guarded([&] { return work(*database); });
  }
  /// The same, and all that `work` reads is of one moment.
  template <class Work>
  auto read_at_once(Work&& work) -> Result<decltype(work(std::declval<sqlite::Database&>()))> {
    return read([&](sqlite::Database& database) {
      sqlite::Transaction moment(database, sqlite::Transaction::Mode::read);
      return work(database);
    });
  }
  /// `work(database)` in a write transaction of its own, committed when it returns.
  template <class Work>
  auto write(Work&& work) -> Result<decltype(work(std::declval<sqlite::Database&>()))> {
    const auto turn = turn_to_write();
    return sqlite::guarded([&] {
      sqlite::Transaction transaction(*writer, sqlite::Transaction::Mode::write);
      auto result = work(*writer);
      transaction.commit();
      return result;
    });
  }

  // Forgetting by age, in sqlite_retention.cpp.
  Result<std::size_t> drop_receipts(const AccountId& account, sqlite::Name name, Time before);
  Result<std::size_t> drop_attempts(const EndpointId& endpoint, Time before);
  Redactor redactor(sqlite::Name account);
};

}  // namespace deltapost::store
