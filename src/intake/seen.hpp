// Seen: whether a source's statement was met before.
#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "format/inbound.hpp"
#include "intake/source.hpp"
#include "store/draft.hpp"

namespace deltapost::intake {

/// A digest of the parts, each with its length, so that no two lists of parts give one digest.
std::string digest_of(std::initializer_list<std::string_view> parts);

/// What tells one statement of a source from its others: its event's id, else its record, time and content.
/// Without an id or a time it cannot be told from others: the same words may mean a new event.
class SeenStatement {
 public:
  /// `event_id`: empty where there is none.
  SeenStatement(const Source& source, const format::Statement& statement, std::string_view event_id);

  /// The row of the first that was met, as long as it counts; nullopt: there was none.
  Result<std::optional<store::SeenRow>> look_up(store::Draft& draft) const;
  /// Whether it says what the one of this row said.
  bool says_what(const store::SeenRow& row) const;
  void remember(store::Draft& draft, store::ReceiptNumber receipt) const;

 private:
  std::string content() const;

  const Source& source_;
  const format::Statement& statement_;
  const bool by_id_;
  const std::string key_;  // empty: it cannot be told
};

}  // namespace deltapost::intake
