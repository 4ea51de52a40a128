// Evaluator: walks a parsed rule over data. Values that the rule, the data or nobody but this evaluation owns
// are passed by reference; what is made on the way lives until the evaluator goes.
#pragma once

#include <forward_list>
#include <string>

#include "condition/budget.hpp"
#include "condition/node.hpp"

namespace deltapost::condition {

class Evaluator {
 public:
  /// `data` outlives the evaluator.
  explicit Evaluator(const Json& data) : scope_{&data} {}

  /// Valid as long as this evaluator, the node and the data. null once the budget is used up.
  const Json& run(const Node& node);

 private:
  // What `var` looks into: the data, an element of it, or inside reduce the two named values.
  struct Scope {
    const Json* data = nullptr;
    const Json* current = nullptr;
    const Json* accumulator = nullptr;
  };
  class Within;

  const Json& dispatch(const Node& node);
  const Json& comparison(const Node& node);
  const Json& arithmetic(const Node& node);
  const Json& over_elements(const Node& node);

  const Json& argument(const Node& node, std::size_t index) { return run(node.arguments[index]); }
  /// The same, paid for as something that is looked at as a whole.
  const Json& whole_argument(const Node& node, std::size_t index);

  const Json& variable(const Node& node);
  const Json* look_up(const Json& path);
  const Json* look_up(const VariablePath& path);
  const Json& missing(const Node& node);
  const Json& missing_some(const Node& node);
  const Json& missing_of(const JsonArray& keys);
  const Json& choice(const Node& node);
  const Json& first_that_is(bool truth, const Node& node);
  bool in_order(const Node& node, bool (*ordered)(const Json&, const Json&));
  const Json& sum(const Node& node);
  const Json& product(const Node& node);
  const Json& extreme(const Node& node, bool greatest);
  const Json& contained(const Node& node);
  const Json& substring(const Node& node);
  const Json& concatenation(const Node& node);
  const Json& array_of(const Node& node);
  const Json& merged(const Node& node);
  const Json& mapped(const Node& node, const JsonArray& elements);
  const Json& filtered(const Node& node, const JsonArray& elements);
  const Json& reduced(const Node& node);
  bool any_element(const Node& node, const JsonArray& elements, bool truth);

  const Json& keep(Json value);
  const Json& keep_number(double number);
  const Json& keep_text(std::string text);
  bool append(JsonArray& array, const Json& value);

  Scope scope_;
  Budget budget_;
  std::forward_list<Json> made_;
};

}  // namespace deltapost::condition
