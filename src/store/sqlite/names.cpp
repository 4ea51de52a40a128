#include "store/sqlite/names.hpp"

namespace deltapost::store::sqlite {

std::optional<Name> Names::known(const std::string& text) {
  std::shared_lock lock(mutex_);
  const auto found = by_text_.find(text);
  return found == by_text_.end() ? std::nullopt : std::optional(found->second);
}

std::optional<Name> Names::find(Database& database, const std::string& text) {
  if (auto name = known(text)) return name;
  Rows rows = database.query("SELECT name FROM names WHERE text = ?", text);
  if (!rows.next()) return std::nullopt;
  const Name name = rows.integer(0);
  // What a write transaction sees may be its own and never be committed.
  if (!database.is_writing()) learn(text, name);
  return name;
}

std::string Names::text(Database& database, Name name) {
  {
    std::shared_lock lock(mutex_);
    auto known = by_name_.find(name);
    if (known != by_name_.end()) return known->second;
  }
  Rows rows = database.query("SELECT text FROM names WHERE name = ?", name);
  if (!rows.next()) {
    throw Refusal{
        {Fault::corrupt, "the store's file refers to a name that it does not have: " + std::to_string(name)}};
  }
  std::string text = rows.text(0);
  if (!database.is_writing()) learn(text, name);
  return text;
}

void Names::learn(const std::string& text, Name name) {
  std::unique_lock lock(mutex_);
  if (by_text_.size() >= kMaxRemembered) {
    by_text_.clear();
    by_name_.clear();
  }
  by_text_[text] = name;
  by_name_[name] = text;
}

std::optional<Name> NamesInTransaction::find(const std::string& text) {
  if (auto name = names_.known(text)) return name;
  if (const auto met = met_.find(text); met != met_.end()) return met->second;
  auto stored = names_.find(database_, text);
  if (stored) met_.emplace(text, *stored);
  return stored;
}

Name NamesInTransaction::give(const std::string& text) {
  if (auto known = find(text)) return *known;
  database_.execute("INSERT INTO names (text) VALUES (?)", text);
  const Name name = database_.last_row_id();
  met_.emplace(text, name);
  return name;
}

void NamesInTransaction::committed() {
  for (const auto& [text, name] : met_) names_.learn(text, name);
}

}  // namespace deltapost::store::sqlite
