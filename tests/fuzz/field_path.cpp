// Dotted paths and patterns of fields: each text is one path, each path one text; a pattern covers what it
// names.
#include "base/check.hpp"
#include "fuzz/targets.hpp"
#include "record/diff.hpp"
#include "record/path.hpp"

namespace deltapost::fuzz {

void field_path(std::string_view input) {
  const auto path = parse_dotted(input);
  if (path) {
    DP_CHECK(!path->empty());
    DP_CHECK(dotted(*path) == input);
  }
  const auto pattern = FieldPattern::parse(input);
  if (!pattern) return;
  DP_CHECK(pattern->text() == input);
  const auto again = FieldPattern::parse(pattern->text());
  DP_CHECK(again);
  if (!path) return;
  DP_CHECK(pattern->touches(*path) == again->touches(*path));
  FieldPath below = *path;
  if (below.back() == "*") below.pop_back();
  below.push_back("member");
  DP_CHECK(pattern->touches(below));
}

}  // namespace deltapost::fuzz
