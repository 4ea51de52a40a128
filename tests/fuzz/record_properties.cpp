#include "fuzz/record_properties.hpp"

#include "base/check.hpp"
#include "record/diff.hpp"

namespace deltapost::fuzz {

void check_text_round_trip(const Json& value) {
  const std::string text = to_text(value);
  const auto again = parse_json(text, {.max_bytes = text.size()});
  DP_CHECK(again && same_json(*again, value));
  DP_CHECK(to_text(*again) == text);
}

void check_diff(const JsonObject& before, const JsonObject& after) {
  const Diff changes = diff(before, after);
  DP_CHECK(changes.empty() == same_json(before, after));
  JsonObject document = before;
  DP_CHECK(apply_diff(document, changes));
  DP_CHECK(same_json(document, after));
  DP_CHECK(apply_diff(document, reverse(changes)));
  DP_CHECK(same_json(document, before));
  DP_CHECK(changes_text(changes) == to_text(diff_to_json(changes)));
  const auto written = diff_from_json(diff_to_json(changes));
  DP_CHECK(written && apply_diff(document, *written));
  DP_CHECK(same_json(document, after));
}

}  // namespace deltapost::fuzz
