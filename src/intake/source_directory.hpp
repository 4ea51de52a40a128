// SourceDirectory: all sources, in memory, found by the token in a request's path. Follows the log.
//
// Any thread. A token is looked up by its SHA-256, so that how long it takes says nothing about tokens there
// are.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string_view>
#include <unordered_map>

#include "base/rate.hpp"
#include "base/seal.hpp"
#include "intake/source.hpp"
#include "store/store.hpp"

namespace deltapost::intake {

class SourceDirectory {
 public:
  SourceDirectory(store::Store& store, const Sealer& sealer) : store_(store), sealer_(sealer) {}

  /// Reads all sources. Call before the server starts.
  Result<void> load();
  /// Entries of kind source change the directory, others are ignored. On the committing thread. What cannot
  /// be read is told to `on_trouble` and left out.
  void follow(const std::vector<store::LogEntry>& entries);
  void on_trouble(std::function<void(const Error&)> hear) { on_trouble_ = std::move(hear); }

  /// nullptr: no source has this token just now.
  std::shared_ptr<const Source> find(std::string_view token, Time now) const;
  /// By id; nullptr when there is none, or it belongs to another account.
  std::shared_ptr<const Source> get(const AccountId& account, const std::string& id) const;

  /// Takes a request of the source's rate; false: it has had its share for now.
  bool admit(const Source& source, Time now);
  /// The same for requests that nobody vouches for (a wrong signature): how many of them are kept as
  /// receipts.
  bool admit_unverified(const Source& source, Time now);

 private:
  struct Entry {
    std::shared_ptr<const Source> source;
    TokenBucket rate;
    TokenBucket unverified;
  };
  Result<void> put(const Record& record, const std::optional<std::string>& sealed);
  void drop(const std::string& id);

  store::Store& store_;
  const Sealer& sealer_;
  std::function<void(const Error&)> on_trouble_;
  mutable std::mutex mutex_;
  std::unordered_map<std::string, Entry> by_id_;
  std::unordered_map<std::string, std::string> id_by_token_;  // by the token's SHA-256
};

}  // namespace deltapost::intake
