#include "condition/condition.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <utility>

#include "condition/coercion.hpp"
#include "condition/evaluator.hpp"
#include "condition/node.hpp"
#include "record/fields.hpp"

namespace deltapost::condition {
namespace {

constexpr std::size_t kAnyNumber = static_cast<std::size_t>(-1);

constexpr std::array kOperators{
    OperatorInfo{"var", Operator::variable, 0, 2},
    OperatorInfo{"missing", Operator::missing, 0, kAnyNumber},
    OperatorInfo{"missing_some", Operator::missing_some, 2, 2},
    OperatorInfo{"==", Operator::equal, 2, 2},
    OperatorInfo{"===", Operator::strictly_equal, 2, 2},
    OperatorInfo{"!=", Operator::not_equal, 2, 2},
    OperatorInfo{"!==", Operator::not_strictly_equal, 2, 2},
    OperatorInfo{"!", Operator::negation, 1, 1},
    OperatorInfo{"!!", Operator::truth, 1, 1},
    OperatorInfo{"and", Operator::conjunction, 1, kAnyNumber},
    OperatorInfo{"or", Operator::disjunction, 1, kAnyNumber},
    OperatorInfo{"if", Operator::choice, 0, kAnyNumber},
    OperatorInfo{"?:", Operator::choice, 0, kAnyNumber},
    OperatorInfo{">", Operator::greater, 2, 2},
    OperatorInfo{">=", Operator::greater_or_equal, 2, 2},
    OperatorInfo{"<", Operator::less, 2, 3},
    OperatorInfo{"<=", Operator::less_or_equal, 2, 3},
    OperatorInfo{"+", Operator::add, 1, kAnyNumber},
    OperatorInfo{"-", Operator::subtract, 1, 2},
    OperatorInfo{"*", Operator::multiply, 1, kAnyNumber},
    OperatorInfo{"/", Operator::divide, 2, 2},
    OperatorInfo{"%", Operator::modulo, 2, 2},
    OperatorInfo{"min", Operator::minimum, 1, kAnyNumber},
    OperatorInfo{"max", Operator::maximum, 1, kAnyNumber},
    OperatorInfo{"in", Operator::in, 2, 2},
    OperatorInfo{"cat", Operator::concatenate, 0, kAnyNumber},
    OperatorInfo{"substr", Operator::substring, 2, 3},
    OperatorInfo{"merge", Operator::merge, 0, kAnyNumber},
    OperatorInfo{"map", Operator::map, 2, 2},
    OperatorInfo{"filter", Operator::filter, 2, 2},
    OperatorInfo{"reduce", Operator::reduce, 2, 3},
    OperatorInfo{"all", Operator::all, 2, 2},
    OperatorInfo{"none", Operator::none, 2, 2},
    OperatorInfo{"some", Operator::some, 2, 2},
};

Error invalid(std::string_view place, std::string message) {
  return {Fault::invalid, std::move(message), std::string(place)};
}

bool holds_objects(const Json& value) {
  if (!value.is_array()) return value.is_object();
  const JsonArray& elements = value.get_array();
  return std::any_of(elements.begin(), elements.end(), holds_objects);
}

std::string arguments_wanted(const OperatorInfo& info) {
  const std::string least = std::to_string(info.min_arguments);
  if (info.max_arguments == info.min_arguments) return least;
  return info.max_arguments == kAnyNumber ? least + " or more"
                                          : least + " to " + std::to_string(info.max_arguments);
}

class Parser {
 public:
  Result<Node> parse(const Json& rule, const std::string& place, std::size_t level) {
    if (++nodes_ > kMaxNodes) {
      return invalid(place,
                     "makes the rule larger than " + std::to_string(kMaxNodes) + " operators and values");
    }
    if (rule.is_object()) return parse_operator(rule.get_object(), place, level);
    if (!holds_objects(rule)) {
      Node node;
      node.literal = rule;
      return node;
    }
    return parse_arguments(Node{Operator::array, {}, {}, {}}, rule.get_array(), place, level);
  }

 private:
  Result<Node> parse_operator(const JsonObject& rule, const std::string& place, std::size_t level) {
    if (level == kMaxLevels) {
      return invalid(place, "is more than " + std::to_string(kMaxLevels) + " operators deep");
    }
    if (rule.size() != 1) {
      return invalid(place, "has " + std::to_string(rule.size()) +
                                " members; a rule is an object with one operator, join rules with \"and\"");
    }
    const std::string name(rule.begin()->key());
    const auto info =
        std::find_if(kOperators.begin(), kOperators.end(), [&](const auto& i) { return i.name == name; });
    if (info == kOperators.end()) return unknown_operator(name, place);

    // A single argument may stand without its array.
    const Json& given = rule.begin()->value();
    const JsonArray arguments = given.is_array() ? given.get_array() : JsonArray{given};
    const std::string inside = place + "." + name;
    if (arguments.size() < info->min_arguments || arguments.size() > info->max_arguments) {
      return invalid(inside, "has " + std::to_string(arguments.size()) + " arguments; it takes " +
                                 arguments_wanted(*info));
    }
    Node node;
    node.id = info->id;
    Result<Node> parsed = parse_arguments(std::move(node), arguments, inside, level + 1);
    if (!parsed) return parsed;
    return node_with_path(std::move(*parsed), inside);
  }

  Result<Node> parse_arguments(Node node, const JsonArray& arguments, const std::string& place,
                               std::size_t level) {
    for (std::size_t i = 0; i < arguments.size(); ++i) {
      Result<Node> argument = parse(arguments[i], place + "." + std::to_string(i), level);
      if (!argument) return argument;
      node.arguments.push_back(std::move(*argument));
    }
    return node;
  }

  // Most paths are fixed, so they are taken apart once.
  static Result<Node> node_with_path(Node node, const std::string& place) {
    if (node.id != Operator::variable || node.arguments.empty()) return node;
    const Node& path = node.arguments.front();
    if (path.id != Operator::literal || path.literal.is_null() || path.literal == "") return node;
    if (path.literal.is_structured())
      return invalid(place + ".0", "must be the path of a value, such as \"data.id\"");
    Result<VariablePath> parsed = VariablePath::parse(to_string(path.literal));
    if (!parsed) return invalid(place + ".0", parsed.error().message);
    node.path = std::move(*parsed);
    return node;
  }

  static Error unknown_operator(const std::string& name, const std::string& place) {
    std::string message = "has the unknown operator " + fields::shown(Json(name)) + "; there are ";
    for (const OperatorInfo& known : kOperators) {
      if (&known != kOperators.data()) message += ", ";
      message += known.name;
    }
    return invalid(place, std::move(message));
  }

  std::size_t nodes_ = 0;
};

// What is no number within a rule is null outside.
void leave_numbers(Json& value) {
  if (value.is_double() && !std::isfinite(value.get_double())) value = nullptr;
  if (value.is_array()) std::for_each(value.get_array().begin(), value.get_array().end(), leave_numbers);
  if (value.is_object()) {
    for (auto& member : value.get_object()) leave_numbers(member.value());
  }
}

/// The two sides of a comparison that only equal texts can pass, if it is one.
std::optional<Needed> needed_by(const Json& rule) {
  if (!rule.is_object() || rule.get_object().size() != 1) return std::nullopt;
  const auto& [name, arguments] = *rule.get_object().begin();
  if (!arguments.is_array()) return std::nullopt;
  const JsonArray& sides = arguments.get_array();
  if (name == "and") {
    for (const Json& part : sides)
      if (auto needed = needed_by(part)) return needed;
    return std::nullopt;
  }
  if ((name != "==" && name != "===") || sides.size() != 2) return std::nullopt;
  for (const std::size_t i : {0U, 1U}) {
    const Json &variable = sides[i], &text = sides[1 - i];
    const Json* path = variable.is_object() ? variable.get_object().if_contains("var") : nullptr;
    if (path == nullptr || !path->is_string() || path->get_string().empty() || !text.is_string()) continue;
    auto condition = Condition::parse(variable);
    if (!condition) return std::nullopt;
    return Needed{std::string(path->get_string()), *std::move(condition), std::string(text.get_string())};
  }
  return std::nullopt;
}

}  // namespace

Condition::Condition(std::shared_ptr<const Node> root, std::shared_ptr<const Json> rule)
    : root_(std::move(root)), rule_(std::move(rule)) {}

Result<Condition> Condition::parse(const Json& rule, std::string_view field) {
  if (!rule.is_object()) {
    return invalid(field,
                   "must be a rule: an object with one operator, such as "
                   "{\"==\": [{\"var\": \"data.record.status\"}, \"QUALIFIED\"]}");
  }
  Result<Node> root = Parser().parse(rule, std::string(field), 0);
  if (!root) return std::move(root).error();
  return Condition(std::make_shared<const Node>(std::move(*root)), std::make_shared<const Json>(rule));
}

bool Condition::holds(const Json& data) const {
  return truthy(Evaluator(data).run(*root_));
}

Json Condition::evaluate(const Json& data) const {
  Evaluator evaluator(data);
  Json value = evaluator.run(*root_);
  leave_numbers(value);
  return value;
}

const Json& Condition::rule() const {
  return *rule_;
}

std::optional<Needed> Condition::needed() const {
  return needed_by(*rule_);
}

}  // namespace deltapost::condition
