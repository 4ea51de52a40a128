// Operators on numbers and texts.
#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "condition/coercion.hpp"
#include "condition/constants.hpp"
#include "condition/evaluator.hpp"

namespace deltapost::condition {

const Json& Evaluator::arithmetic(const Node& node) {
  switch (node.id) {
    case Operator::add:
      return sum(node);
    case Operator::multiply:
      return product(node);
    case Operator::minimum:
      return extreme(node, false);
    case Operator::maximum:
      return extreme(node, true);
    default:
      break;
  }
  const double a = to_number(whole_argument(node, 0));
  if (node.arguments.size() == 1) return keep_number(-a);
  const double b = to_number(whole_argument(node, 1));
  switch (node.id) {
    case Operator::subtract:
      return keep_number(a - b);
    case Operator::divide:
      return keep_number(a / b);
    default:
      return keep_number(std::fmod(a, b));
  }
}

const Json& Evaluator::sum(const Node& node) {
  double total = 0;
  for (std::size_t i = 0; i < node.arguments.size(); ++i) total += leading_number(whole_argument(node, i));
  return keep_number(total);
}

// A single factor is handed through as it is: so the reference has it.
const Json& Evaluator::product(const Node& node) {
  if (node.arguments.size() == 1) return argument(node, 0);
  double total = 1;
  for (std::size_t i = 0; i < node.arguments.size(); ++i) total *= leading_number(whole_argument(node, i));
  return keep_number(total);
}

const Json& Evaluator::extreme(const Node& node, bool greatest) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  double best = greatest ? -kInfinity : kInfinity;
  for (std::size_t i = 0; i < node.arguments.size(); ++i) {
    const double number = to_number(whole_argument(node, i));
    if (std::isnan(number) || std::isnan(best)) {
      best = std::numeric_limits<double>::quiet_NaN();
    } else {
      best = greatest ? std::max(best, number) : std::min(best, number);
    }
  }
  return keep_number(best);
}

const Json& Evaluator::concatenation(const Node& node) {
  std::string text;
  for (std::size_t i = 0; i < node.arguments.size(); ++i) {
    const Json& part = whole_argument(node, i);
    if (part.is_null()) continue;
    const std::string more = to_string(part);
    if (!budget_.take_bytes(more.size())) return kNull;
    text += more;
  }
  return keep_text(std::move(text));
}

const Json& Evaluator::substring(const Node& node) {
  const std::string text = to_string(whole_argument(node, 0));
  std::vector<std::size_t> starts;  // of each character, and the end
  for (std::size_t i = 0; i < text.size(); ++i) {
    if ((static_cast<unsigned char>(text[i]) & 0xC0) != 0x80) starts.push_back(i);
  }
  const auto count = static_cast<double>(starts.size());
  starts.push_back(text.size());

  const auto whole = [](double number) { return std::isnan(number) ? 0 : std::trunc(number); };
  double first = whole(to_number(argument(node, 1)));
  first = std::clamp(first < 0 ? count + first : first, 0.0, count);
  double last = count;
  if (node.arguments.size() > 2) {
    const double length = whole(to_number(argument(node, 2)));
    last = std::clamp(length < 0 ? count + length : first + length, first, count);
  }
  const std::size_t begin = starts[static_cast<std::size_t>(first)];
  const std::size_t end = starts[static_cast<std::size_t>(last)];
  if (!budget_.take_bytes(end - begin)) return kNull;
  return keep_text(text.substr(begin, end - begin));
}

}  // namespace deltapost::condition
