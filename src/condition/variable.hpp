// VariablePath: the place in the data that {"var": "…"} names.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "condition/budget.hpp"
#include "record/json.hpp"

namespace deltapost::condition {

class VariablePath {
 public:
  /// Fault::invalid for a backslash that escapes nothing.
  static Result<VariablePath> parse(std::string_view text);

  const std::string& first() const { return keys_.front().plain; }

  /// The value, looked for from the key at position `from` on; nullptr when there is none. A key that holds
  /// dots is found by a run of the path's keys, the longest run that leads to a value first. Array elements
  /// go by their index.
  const Json* find(const Json& data, Budget& budget, std::size_t from = 0) const;

 private:
  struct Key {
    std::string plain;
    std::size_t begin = 0;  // in text_
    std::size_t end = 0;
  };

  const Json* find_in_object(const JsonObject& object, Budget& budget, std::size_t from) const;

  std::string text_;  // dotted, so that a run of keys is a part of it
  std::vector<Key> keys_;
};

}  // namespace deltapost::condition
