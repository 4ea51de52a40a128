// Filters of endpoints over any data. A rule that is taken gives the same each time, and written and read
// again it is the same rule. Parts: rule, data.
#include "condition/condition.hpp"

#include "base/check.hpp"
#include "fuzz/input.hpp"
#include "fuzz/targets.hpp"

namespace deltapost::fuzz {

void condition(std::string_view input) {
  const auto [first, second] = parts_of<2>(input);
  const auto rule = parse_json(first);
  if (!rule) return;
  const auto parsed = condition::Condition::parse(*rule);
  if (!parsed) return DP_CHECK(parsed.error().field.starts_with("filter"));
  const auto data = parse_json(second);
  const Json nothing;
  const Json& over = data ? *data : nothing;
  const Json result = parsed->evaluate(over);
  const std::string text = to_text(result);
  DP_CHECK(text.size() <= 64 * condition::kMaxMadeBytes);
  DP_CHECK(to_text(parsed->evaluate(over)) == text);
  const auto again = condition::Condition::parse(*parse_json(to_text(parsed->rule())));
  DP_CHECK(again && to_text(again->evaluate(over)) == text);
  DP_CHECK(again->holds(over) == parsed->holds(over));
}

}  // namespace deltapost::fuzz
