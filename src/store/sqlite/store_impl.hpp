// What a SqliteStore is made of; shared by the files that implement it.
#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "store/retention.hpp"
#include "store/sqlite/batch_writer.hpp"
#include "store/sqlite/database.hpp"
#include "store/sqlite/file_lock.hpp"
#include "store/sqlite/medium.hpp"
#include "store/sqlite/names.hpp"
#include "store/sqlite/readers.hpp"
#include "store/sqlite/sqlite_store.hpp"
#include "store/sqlite/write_turns.hpp"

namespace deltapost::store {

struct SqliteStore::Impl {
  explicit Impl(TroubleObserver on_trouble) : medium(std::move(on_trouble)) {}

  std::unique_ptr<sqlite::FileLock> lock;  // first in, last out
  sqlite::Medium medium;
  sqlite::Names names;
  sqlite::WriteTurns turns;
  std::unique_ptr<sqlite::Database> writer;  // in a turn, as are the next four
  sqlite::GroupTransaction group;
  sqlite::TouchedRecords found_to_write;
  std::vector<sqlite::PartitionEnds> ends;
  sqlite::AttemptNumbers attempt_numbers;
  std::unique_ptr<sqlite::Readers> readers;
  Part partitions = 0;

  /// The writing connection, in a transaction that lasts until end_to_write.
  sqlite::Database& begin_to_write() {
    medium.expect_trusted();
    group.begin(turns, *writer);
    return *writer;
  }
  void end_to_write() {
    if (!group.is_mine()) return;
    found_to_write.clear();
    group.end();
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
  /// The edge of the adapter for what writes: the medium is told how it went, and asked before.
  template <class Work>
  auto watched(Work&& work) -> Result<decltype(work())> {
    auto done = sqlite::guarded([&] {
      medium.expect_trusted();
      try {
        return work();
      } catch (const sqlite::SqlError& failure) {
        medium.wrote(&failure);
        throw;
      }
    });
    if (done) medium.wrote(nullptr);
    return done;
  }
  /// `work(database)` in a write transaction of its own, committed when it returns.
  template <class Work>
  auto write(Work&& work) -> Result<decltype(work(std::declval<sqlite::Database&>()))> {
    const auto turn = turns.take();
    return watched([&] {
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
