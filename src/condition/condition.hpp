// Condition: the one language in which endpoint filters (and later rules, scores and validation) say when
// they hold. JsonLogic (jsonlogic.com): {"==": [{"var": "data.changes.status.new"}, "QUALIFIED"]}. Parsed and
// checked once, evaluated many times; a bounded number of steps, no side effects.
//
// Operators: var, missing, missing_some, ==, ===, !=, !==, !, !!, and, or, if (also ?:), >, >=, <, <= (the
// last two also between: three arguments), +, -, *, /, %, min, max, in, cat, substr, merge, map, filter,
// reduce, all, none, some. They give what the reference implementation (json-logic-js 2) gives, but:
//   - an object holds exactly one operator and each operator has as many arguments as it can use: an object
//   that
//     the reference would quietly take for a value that is always true is refused;
//   - arrays and objects are equal when they hold the same JSON, for ==, ===, in and their opposites;
//   - a path of var is written as a FieldPath (a backslash before a dot of a key). Where keys hold dots, the
//     longest key that leads on wins: with `changes` keyed by dotted paths,
//     data.changes.additionalInfo.state.new finds `new` in the member "additionalInfo.state" of data.changes;
//   - of a text there are no members (no `length`), texts are measured in characters (Unicode code points)
//   and
//     numbers in texts are decimal;
//   - what is no number (0/0, 1/0) counts as such within the rule and is null as its result.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "record/json.hpp"

namespace deltapost::condition {

inline constexpr std::size_t kMaxNodes = 200;     // operators and values; an array of plain values is one
inline constexpr std::size_t kMaxLevels = 16;     // operators inside operators
inline constexpr std::size_t kMaxSteps = 20'000;  // per evaluation
inline constexpr std::size_t kMaxMadeBytes = std::size_t{1} << 20;  // of texts and arrays, per evaluation

struct Node;
struct Needed;

/// Immutable; any number of threads may evaluate one at a time.
class Condition {
 public:
  /// Fault::invalid names the place (`filter.and.1`) and, for an unknown operator, those there are.
  static Result<Condition> parse(const Json& rule, std::string_view field = "filter");

  /// JsonLogic truth of the rule over `data`. Never fails: a missing variable is null.
  bool holds(const Json& data) const;
  /// The rule's value, for scores and for the tests against the reference implementation. A rule that needs
  /// more than kMaxSteps or kMaxMadeBytes on this data gives null, and so does not hold.
  Json evaluate(const Json& data) const;

  const Json& rule() const;

  /// What the data must have for the rule to hold, if that can be told at a glance: of a comparison (== or
  /// ===) between a variable and a text, and of an `and` with such a one among its parts.
  std::optional<Needed> needed() const;

 private:
  Condition(std::shared_ptr<const Node> root, std::shared_ptr<const Json> rule);

  std::shared_ptr<const Node> root_;
  std::shared_ptr<const Json> rule_;
};

/// The rule can hold only where the variable is this text, or no text at all.
struct Needed {
  std::string path;  // of the variable
  Condition variable;
  std::string text;
};

}  // namespace deltapost::condition
