#include "condition/evaluator.hpp"

#include <utility>

#include "base/check.hpp"
#include "condition/coercion.hpp"
#include "condition/constants.hpp"

namespace deltapost::condition {
const Json& Evaluator::run(const Node& node) {
  if (!budget_.take_steps(1)) return kNull;
  if (node.id == Operator::literal) return node.literal;
  const Json& value = dispatch(node);
  return budget_.exhausted() ? kNull : value;
}

const Json& Evaluator::dispatch(const Node& node) {
  switch (node.id) {
    case Operator::literal:
      return node.literal;
    case Operator::array:
      return array_of(node);
    case Operator::variable:
      return variable(node);
    case Operator::missing:
      return missing(node);
    case Operator::missing_some:
      return missing_some(node);
    case Operator::negation:
      return truth(!truthy(argument(node, 0)));
    case Operator::truth:
      return truth(truthy(argument(node, 0)));
    case Operator::conjunction:
      return first_that_is(false, node);
    case Operator::disjunction:
      return first_that_is(true, node);
    case Operator::choice:
      return choice(node);
    case Operator::equal:
    case Operator::strictly_equal:
    case Operator::not_equal:
    case Operator::not_strictly_equal:
    case Operator::greater:
    case Operator::greater_or_equal:
    case Operator::less:
    case Operator::less_or_equal:
      return comparison(node);
    case Operator::add:
    case Operator::subtract:
    case Operator::multiply:
    case Operator::divide:
    case Operator::modulo:
    case Operator::minimum:
    case Operator::maximum:
      return arithmetic(node);
    case Operator::in:
      return contained(node);
    case Operator::concatenate:
      return concatenation(node);
    case Operator::substring:
      return substring(node);
    case Operator::merge:
      return merged(node);
    case Operator::reduce:
      return reduced(node);
    case Operator::map:
    case Operator::filter:
    case Operator::all:
    case Operator::none:
    case Operator::some:
      return over_elements(node);
  }
  DP_CHECK(false);
  return kNull;
}

const Json& Evaluator::whole_argument(const Node& node, std::size_t index) {
  const Json& value = argument(node, index);
  return budget_.take_steps_for(value) ? value : kNull;
}

const Json& Evaluator::variable(const Node& node) {
  const Json* found = nullptr;
  if (node.path) {
    found = look_up(*node.path);
  } else if (node.arguments.empty()) {
    found = look_up(kNull);
  } else {
    found = look_up(argument(node, 0));
  }
  if (found != nullptr) return *found;
  return node.arguments.size() > 1 ? argument(node, 1) : kNull;
}

const Json* Evaluator::look_up(const Json& path) {
  if (path.is_null() || path == "") {
    if (scope_.accumulator == nullptr) return scope_.data;
    JsonObject both;
    if (!budget_.take_bytes_for(*scope_.current) || !budget_.take_bytes_for(*scope_.accumulator))
      return nullptr;
    both.emplace("current", *scope_.current);
    both.emplace("accumulator", *scope_.accumulator);
    return &keep(std::move(both));
  }
  if (!budget_.take_steps_for(path)) return nullptr;
  const Result<VariablePath> parsed = VariablePath::parse(to_string(path));
  return parsed ? look_up(*parsed) : nullptr;
}

const Json* Evaluator::look_up(const VariablePath& path) {
  if (scope_.accumulator == nullptr) return path.find(*scope_.data, budget_);
  if (path.first() == "current") return path.find(*scope_.current, budget_, 1);
  return path.first() == "accumulator" ? path.find(*scope_.accumulator, budget_, 1) : nullptr;
}

const Json& Evaluator::missing(const Node& node) {
  const Json& keys = array_of(node);
  const JsonArray& given = elements_of(keys);
  return missing_of(!given.empty() && given[0].is_array() ? given[0].get_array() : given);
}

const Json& Evaluator::missing_some(const Node& node) {
  const double needed = to_number(argument(node, 0));
  const Json& options = argument(node, 1);
  const JsonArray& keys = options.is_array() ? options.get_array() : keep(JsonArray{options}).get_array();
  const Json& absent = missing_of(keys);
  const auto present = static_cast<double>(keys.size() - elements_of(absent).size());
  return present >= needed ? keep(JsonArray()) : absent;
}

const Json& Evaluator::missing_of(const JsonArray& keys) {
  JsonArray absent;
  for (const Json& key : keys) {
    const Json* found = look_up(key);
    const bool there = found != nullptr && !found->is_null() && *found != "";
    if (!there && !append(absent, key)) break;
  }
  return keep(std::move(absent));
}

const Json& Evaluator::choice(const Node& node) {
  std::size_t i = 0;
  for (; i + 1 < node.arguments.size(); i += 2) {
    if (truthy(argument(node, i))) return argument(node, i + 1);
  }
  return i < node.arguments.size() ? argument(node, i) : kNull;
}

const Json& Evaluator::first_that_is(bool wanted, const Node& node) {
  const Json* value = &kNull;
  for (const Node& alternative : node.arguments) {
    value = &run(alternative);
    if (truthy(*value) == wanted) break;
  }
  return *value;
}

const Json& Evaluator::comparison(const Node& node) {
  switch (node.id) {
    case Operator::less:
      return truth(in_order(node, less));
    case Operator::less_or_equal:
      return truth(in_order(node, less_or_equal));
    default:
      break;
  }
  const Json& a = whole_argument(node, 0);
  const Json& b = whole_argument(node, 1);
  switch (node.id) {
    case Operator::equal:
      return truth(loosely_equal(a, b));
    case Operator::not_equal:
      return truth(!loosely_equal(a, b));
    case Operator::strictly_equal:
      return truth(same_json(a, b));
    case Operator::not_strictly_equal:
      return truth(!same_json(a, b));
    case Operator::greater:
      return truth(less(b, a));
    default:
      return truth(less_or_equal(b, a));
  }
}

bool Evaluator::in_order(const Node& node, bool (*ordered)(const Json&, const Json&)) {
  const Json& a = whole_argument(node, 0);
  const Json& b = whole_argument(node, 1);
  if (node.arguments.size() == 2) return ordered(a, b);
  const Json& c = whole_argument(node, 2);
  return ordered(a, b) && ordered(b, c);
}

const Json& Evaluator::keep(Json value) {
  return made_.emplace_front(std::move(value));
}

const Json& Evaluator::keep_number(double number) {
  return keep(from_number(number));
}

const Json& Evaluator::keep_text(std::string text) {
  return keep(Json(text));
}

bool Evaluator::append(JsonArray& array, const Json& value) {
  if (!budget_.take_bytes_for(value)) return false;
  array.push_back(value);
  return true;
}

}  // namespace deltapost::condition
