// JSON Schemas of strangers over any value: bounded, and the same verdict each time. Parts: schema, value.
#include "condition/schema.hpp"

#include "base/check.hpp"
#include "fuzz/input.hpp"
#include "fuzz/targets.hpp"

namespace deltapost::fuzz {
namespace {

constexpr std::size_t kMaxViolations = 10;

}  // namespace

void schema(std::string_view input) {
  const auto [first, second] = parts_of<2>(input);
  const auto json = parse_json(first);
  if (!json) return;
  const auto schema = condition::Schema::parse(*json, "schema");
  if (!schema) return DP_CHECK(schema.error().field.starts_with("schema"));
  const auto value = parse_json(second);
  if (!value) return;
  const auto found = schema->check(*value);
  DP_CHECK(found.size() <= kMaxViolations);
  for (const auto& violation : found) DP_CHECK(!violation.message.empty());
  const auto again = schema->check(*parse_json(to_text(*value)));
  DP_CHECK(again.size() == found.size());
}

}  // namespace deltapost::fuzz
