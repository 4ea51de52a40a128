// Who may write to the file, and for how long. Private to the SQLite store.
#pragma once

#include <atomic>
#include <mutex>
#include <optional>
#include <thread>

#include "store/sqlite/database.hpp"

namespace deltapost::store::sqlite {

/// Who waits for the right to write comes before who has just had it: upkeep asks for it again and again.
class WriteTurns {
 public:
  std::unique_lock<std::mutex> take() {
    std::lock_guard next(next_);
    return std::unique_lock(writing_);
  }

 private:
  std::mutex next_, writing_;
};

/// One transaction for all that a group of changes reads and then writes: reads of their own would take and
/// give back the file's locks each time. It belongs to the thread that began it.
class GroupTransaction {
 public:
  bool is_mine() const { return thread_ == std::this_thread::get_id(); }

  /// Takes a turn and begins, unless this thread has begun already. Throws SqlError; also when a failure has
  /// ended the transaction meanwhile, as SQLite does after some: what came next would each be committed by
  /// itself.
  void begin(WriteTurns& turns, Database& writer) {
    if (is_mine()) {
      if (writer.in_transaction()) return;
      throw SqlError(SQLITE_ABORT_ROLLBACK, "an earlier failure has undone the group's transaction");
    }
    auto turn = turns.take();
    transaction_.emplace(writer, Transaction::Mode::write);
    turn_ = std::move(turn);
    thread_ = std::this_thread::get_id();
  }
  void commit() { transaction_->commit(); }
  /// Rolls back what was not committed, and ends the turn.
  void end() {
    thread_ = std::thread::id{};
    transaction_.reset();
    turn_ = {};
  }

 private:
  std::unique_lock<std::mutex> turn_;
  std::optional<Transaction> transaction_;
  std::atomic<std::thread::id> thread_;
};

}  // namespace deltapost::store::sqlite
