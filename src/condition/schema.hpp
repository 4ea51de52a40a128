// Schema: JSON Schema (draft 7, json-schema.org/draft-07) for the content of webhooks, on valijson. Compiled
// once, used many times, any thread.
//
// A schema may come from a stranger, so it is kept from running without end:
//   $ref      leads to a schema in the same document (`#`, `#/definitions/x`); nothing is fetched, and $id is
//             not looked at
//   pattern   and patternProperties are refused: the validator's regular expressions run without a bound
//   format    is an annotation, as draft 7 allows; what a field must be is checked where it is written
//   keywords  that are probably misspelt are refused with the name that was meant; other unknown members are
//             passed over
//   bounds    64 KiB, 32 levels, 32 schemas one inside the other on one value, 256 levels with all
//             definitions, and 500,000 steps in one check: about one for each value and schema that meet,
//             more for uniqueItems (half the square of the length), const and enum
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "record/json.hpp"

namespace deltapost::condition {

struct Violation {
  std::string pointer;  // JSON pointer to the offending value
  std::string message;  // one sentence, without the value itself
};

class Schema {
 public:
  /// Fault::invalid for `field`, with a JSON pointer to the place, when it is no schema or breaks a rule
  /// above.
  static Result<Schema> parse(const Json& schema, std::string_view field);

  /// Empty: it fits. At most 10 violations; one alone, of the whole value, when the steps do not suffice.
  std::vector<Violation> check(const Json& value) const;

 private:
  struct Compiled;
  explicit Schema(std::shared_ptr<const Compiled> compiled) : compiled_(std::move(compiled)) {}
  std::shared_ptr<const Compiled> compiled_;
};

}  // namespace deltapost::condition
