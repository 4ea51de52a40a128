// FieldPath: where a field is inside a document, from the outside in. Written dotted: `additionalInfo.age`.
// A dot or backslash that belongs to a key is written with a backslash before it: `answers.e\.g\. Rome`.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace deltapost {

using FieldPath = std::vector<std::string>;

std::string dotted(const FieldPath& path);
/// Fault::invalid for an empty text, an empty key or a lone backslash at the end.
Result<FieldPath> parse_dotted(std::string_view text);

/// What an endpoint's `fields` holds: a dotted path that covers the field itself and all below it, or one that
/// ends in `.*` and covers only what is below. `*` alone covers everything.
class FieldPattern {
 public:
  static Result<FieldPattern> parse(std::string_view text);
  /// True when a change at `changed` touches what the pattern covers: at, below or (a whole object replaced)
  /// above it.
  bool touches(const FieldPath& changed) const;
  const std::string& text() const { return text_; }

 private:
  std::string text_;
  FieldPath prefix_;
  bool below_only_ = false;
};

}  // namespace deltapost
