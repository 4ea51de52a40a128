// JSON texts, and two documents against each other: what is read and written again is read as the same, a
// diff applied gives the other document, reversed the first one; merging twice is merging once. Parts:
// document, patch.
#include "base/check.hpp"
#include "fuzz/input.hpp"
#include "fuzz/record_properties.hpp"
#include "fuzz/targets.hpp"
#include "record/merge.hpp"

namespace deltapost::fuzz {

void json(std::string_view input) {
  const auto [first, second] = parts_of<2>(input);
  const auto before = parse_json(first);
  if (!before) return;
  check_text_round_trip(*before);
  const auto patch = parse_json(second);
  if (!patch) return;
  check_text_round_trip(*patch);
  DP_CHECK(same_json(*before, *patch) == same_json(*patch, *before));
  if (!before->is_object() || !patch->is_object()) return;
  check_diff(before->get_object(), patch->get_object());
  JsonObject merged = before->get_object();
  merge_patch(merged, patch->get_object());
  check_diff(before->get_object(), merged);
  JsonObject twice = merged;
  merge_patch(twice, patch->get_object());
  DP_CHECK(same_json(twice, merged));
}

}  // namespace deltapost::fuzz
