// Schema: JSON Schema (draft 7, json-schema.org/draft-07) for the content of webhooks, on valijson. Compiled once,
// used many times, any thread. References lead only into the schema itself: nothing is fetched.
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
  /// Fault::invalid below `field` when it is no schema, refers to something outside, or is larger than 64 KiB.
  static Result<Schema> parse(const Json& schema, std::string_view field);

  /// Empty: it fits. At most 10 violations.
  std::vector<Violation> check(const Json& value) const;

 private:
  struct Compiled;
  explicit Schema(std::shared_ptr<const Compiled> compiled) : compiled_(std::move(compiled)) {}
  std::shared_ptr<const Compiled> compiled_;
};

}  // namespace deltapost::condition
