// Operators on arrays: map, filter, reduce, all, none, some, in, merge.
#include <algorithm>
#include <utility>

#include "condition/coercion.hpp"
#include "condition/constants.hpp"
#include "condition/evaluator.hpp"

namespace deltapost::condition {

// Runs what follows in another scope.
class Evaluator::Within {
 public:
  Within(Evaluator& evaluator, Scope scope)
      : evaluator_(evaluator), outer_(std::exchange(evaluator.scope_, scope)) {}
  ~Within() { evaluator_.scope_ = outer_; }
  Within(const Within&) = delete;
  Within& operator=(const Within&) = delete;

 private:
  Evaluator& evaluator_;
  Scope outer_;
};

const Json& Evaluator::over_elements(const Node& node) {
  const JsonArray& elements = elements_of(argument(node, 0));
  switch (node.id) {
    case Operator::map:
      return mapped(node, elements);
    case Operator::filter:
      return filtered(node, elements);
    case Operator::all:
      return truth(!elements.empty() && !any_element(node, elements, false));
    case Operator::none:
      return truth(!any_element(node, elements, true));
    default:
      return truth(any_element(node, elements, true));
  }
}

const Json& Evaluator::mapped(const Node& node, const JsonArray& elements) {
  JsonArray made;
  for (const Json& element : elements) {
    const Within within(*this, {&element});
    if (!append(made, argument(node, 1))) break;
  }
  return keep(std::move(made));
}

const Json& Evaluator::filtered(const Node& node, const JsonArray& elements) {
  JsonArray made;
  for (const Json& element : elements) {
    const Within within(*this, {&element});
    if (truthy(argument(node, 1)) && !append(made, element)) break;
    if (budget_.exhausted()) break;
  }
  return keep(std::move(made));
}

bool Evaluator::any_element(const Node& node, const JsonArray& elements, bool wanted) {
  for (const Json& element : elements) {
    const Within within(*this, {&element});
    if (truthy(argument(node, 1)) == wanted) return true;
    if (budget_.exhausted()) break;
  }
  return false;
}

const Json& Evaluator::reduced(const Node& node) {
  const Json& list = argument(node, 0);
  const Json* accumulator = node.arguments.size() > 2 ? &argument(node, 2) : &kNull;
  for (const Json& element : elements_of(list)) {
    const Within within(*this, {nullptr, &element, accumulator});
    accumulator = &argument(node, 1);
    if (budget_.exhausted()) break;
  }
  return *accumulator;
}

const Json& Evaluator::array_of(const Node& node) {
  JsonArray made;
  for (const Node& element : node.arguments) {
    if (!append(made, run(element))) break;
  }
  return keep(std::move(made));
}

const Json& Evaluator::merged(const Node& node) {
  JsonArray made;
  for (const Node& part : node.arguments) {
    const Json& value = run(part);
    if (!value.is_array()) {
      append(made, value);
      continue;
    }
    for (const Json& element : value.get_array()) {
      if (!append(made, element)) break;
    }
  }
  return keep(std::move(made));
}

const Json& Evaluator::contained(const Node& node) {
  const Json& wanted = whole_argument(node, 0);
  const Json& place = whole_argument(node, 1);
  if (place.is_string()) {
    const std::string_view text = place.get_string();
    return truth(!text.empty() && text.find(to_string(wanted)) != std::string_view::npos);
  }
  const JsonArray& elements = elements_of(place);
  return truth(
      std::any_of(elements.begin(), elements.end(), [&](const Json& e) { return same_json(e, wanted); }));
}

}  // namespace deltapost::condition
