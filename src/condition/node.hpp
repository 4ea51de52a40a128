// A parsed rule: what Condition::parse makes and the evaluator walks.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "condition/variable.hpp"
#include "record/json.hpp"

namespace deltapost::condition {

enum class Operator {
  literal,  // a value that is itself
  array,    // an array whose elements are rules
  variable,
  missing,
  missing_some,
  equal,
  strictly_equal,
  not_equal,
  not_strictly_equal,
  negation,
  truth,
  conjunction,
  disjunction,
  choice,
  greater,
  greater_or_equal,
  less,
  less_or_equal,
  add,
  subtract,
  multiply,
  divide,
  modulo,
  minimum,
  maximum,
  in,
  concatenate,
  substring,
  merge,
  map,
  filter,
  reduce,
  all,
  none,
  some,
};

struct OperatorInfo {
  std::string_view name;
  Operator id;
  std::size_t min_arguments;
  std::size_t max_arguments;
};

struct Node {
  Operator id = Operator::literal;
  Json literal;
  std::optional<VariablePath> path;  // of a variable whose path is a literal
  std::vector<Node> arguments;
};

}  // namespace deltapost::condition
