// Condition: the one language in which endpoint filters (and later rules, scores and validation) say when they
// hold. JsonLogic (jsonlogic.com): {"==": [{"var": "data.changes.status.new"}, "QUALIFIED"]}. Parsed and checked
// once, evaluated many times; a bounded number of steps, no side effects.
#pragma once

#include <memory>

#include "base/result.hpp"
#include "record/json.hpp"

namespace deltapost::condition {

class Condition {
 public:
  /// Fault::invalid names the place (`filter.and.1`) and, for an unknown operator, those there are. At most 200
  /// nodes and 16 levels.
  static Result<Condition> parse(const Json& rule, std::string_view field = "filter");

  /// JsonLogic truth of the rule over `data`. Never fails: a missing variable is null.
  bool holds(const Json& data) const;
  /// The rule's value, for scores and for the tests against the reference implementation.
  Json evaluate(const Json& data) const;

  const Json& rule() const;

 private:
  struct Node;
  std::shared_ptr<const Node> root_;
  std::shared_ptr<const Json> rule_;
};

}  // namespace deltapost::condition
