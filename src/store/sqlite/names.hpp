// Names: texts that come again and again, each kept once in the file and told by a number. Both directions
// are remembered in memory, up to a limit. Any thread, each with its own connection.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "store/sqlite/database.hpp"

namespace deltapost::store::sqlite {

using Name = std::int64_t;

class Names {
 public:
  /// What memory knows.
  std::optional<Name> known(const std::string& text);
  /// nullopt: nothing was ever stored under this text.
  std::optional<Name> find(Database& database, const std::string& text);
  /// Throws a Refusal (Fault::corrupt) when there is no such name.
  std::string text(Database& database, Name name);

  /// Of names that a transaction which has committed gave out.
  void learn(const std::string& text, Name name);

 private:
  static constexpr std::size_t kMaxRemembered = 100'000;  // beyond it, memory is begun anew

  std::shared_mutex mutex_;
  std::unordered_map<std::string, Name> by_text_;
  std::unordered_map<Name, std::string> by_name_;
};

/// The names of one write transaction: what it adds or finds is learned by the others when it has committed.
class NamesInTransaction {
 public:
  NamesInTransaction(Names& names, Database& database) : names_(names), database_(database) {}

  std::optional<Name> find(const std::string& text);
  Name give(const std::string& text);
  void committed();

 private:
  Names& names_;
  Database& database_;
  std::map<std::string, Name> met_;
};

}  // namespace deltapost::store::sqlite
