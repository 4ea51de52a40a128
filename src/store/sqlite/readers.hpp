// Readers: a few connections for whichever threads read. Who finds none free waits for one.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <vector>

#include "store/sqlite/database.hpp"

namespace deltapost::store::sqlite {

class Readers {
 public:
  explicit Readers(std::vector<std::unique_ptr<Database>> connections) : free_(std::move(connections)) {}

  /// A connection, for as long as this lives.
  class Borrowed {
   public:
    explicit Borrowed(Readers& readers) : readers_(readers), database_(readers.take()) {}
    ~Borrowed() { readers_.give_back(std::move(database_)); }
    Borrowed(const Borrowed&) = delete;
    Borrowed& operator=(const Borrowed&) = delete;
    Database& operator*() { return *database_; }

   private:
    Readers& readers_;
    std::unique_ptr<Database> database_;
  };

  /// All of them; nobody has borrowed one.
  template <class Do>
  void for_each(Do&& act) {
    for (auto& database : free_) act(*database);
  }

 private:
  std::unique_ptr<Database> take() {
    std::unique_lock lock(mutex_);
    returned_.wait(lock, [this] { return !free_.empty(); });
    auto database = std::move(free_.back());  // the one used last: its cache is the warmest
    free_.pop_back();
    return database;
  }
  void give_back(std::unique_ptr<Database> database) {
    {
      std::lock_guard lock(mutex_);
      free_.push_back(std::move(database));
    }
    returned_.notify_one();
  }

  std::mutex mutex_;
  std::condition_variable returned_;
  std::vector<std::unique_ptr<Database>> free_;
};

}  // namespace deltapost::store::sqlite
