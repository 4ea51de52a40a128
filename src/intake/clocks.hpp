// Clocks: when each field of a record was set last, by the clock of whoever set it. They let statements
// arrive in any order: of two values for a field, the newer statement's stays, whichever came first (a
// last-writer-wins register per field). Write-once fields are the other way round: the oldest statement's
// stays.
//
// They lie beside the record and are kept only for records that some source has spoken about. What others
// wrote meanwhile (the API, an import) is caught up from the record's changes when the next statement comes,
// so those who write pay nothing.
//
// As text they are small: fields set at the commonest time are not listed.
#pragma once

#include <boost/container/flat_map.hpp>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "intake/fields_of.hpp"
#include "record/json.hpp"
#include "record/path.hpp"
#include "record/record.hpp"

namespace deltapost::intake {

/// A moment at the sender's: his time and, where he numbers his statements, which one of that time.
struct Stamp {
  Time at{};
  std::uint64_t sequence = 0;
  friend auto operator<=>(const Stamp&, const Stamp&) = default;
};

/// Before anything was set.
inline constexpr Stamp kNever{};

/// Of a write-once field: the oldest statement that gave it.
struct First {
  Stamp at;
  bool implied = false;  // nobody gave it: it was concluded, and gives way to whoever gives it
};

/// The number that a statement gave a question of a contact.
struct NumberClaim {
  unsigned number = 0;  // 0: it gave none; then `at` is the oldest statement with the question
  Stamp at;
};

class Clocks {
 public:
  /// `document`: the record's, at the version that the text was written for. Fault::corrupt.
  static Result<Clocks> parse(std::string_view text, const JsonObject& document);
  /// `document`: the record's at `version`.
  std::string text(const JsonObject& document) const;

  /// kNever for a field that nobody has set. A field below a container that was set or cleared as a whole
  /// (tags, tracking) is as new as that, at least.
  Stamp of(const FieldPath& path) const;
  void set(const FieldPath& path, Stamp stamp);

  /// nullopt: it was set by somebody who is no source, or never; if it has a value, that stays.
  std::optional<First> first(std::string_view field) const;
  void set_first(std::string_view field, First first);

  void claim_number(std::string_view label, unsigned number, Stamp stamp);
  /// NumberClaim{}: no statement had the question.
  NumberClaim claim_of(std::string_view label) const;

  /// Takes in a change that no source made, committed for the record's next version.
  void catch_up(const Change& change, Time updated_at);

  Version version = 0;  // of the record, up to which changes are taken in
  Stamp newest;         // of all statements about the record

 private:
  struct Below {
    std::string name;
    Stamp at;
  };
  struct Member {
    std::string name;
    std::optional<Stamp> at{};   // nullopt: only members of it were set
    std::vector<Below> below{};  // by name
  };
  template <class Value>
  using ByName = boost::container::flat_map<std::string, Value, std::less<>>;

  void begin(const JsonObject& document, Stamp base);
  Stamp list(const JsonObject& document, std::vector<std::pair<std::string, Stamp>>& listed) const;
  void append_claims(std::string& out, const JsonObject& document) const;
  const Member* find(std::string_view name) const;
  const Stamp* find(std::string_view name, std::optional<std::string_view> below) const;
  Stamp of(std::string_view name, std::string_view below) const;

  std::vector<Member> members_;  // of the document, few of them
  ByName<First> firsts_;         // by dotted path
  ByName<NumberClaim> claims_;   // by label
};

}  // namespace deltapost::intake
