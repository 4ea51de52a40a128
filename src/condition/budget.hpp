// Budget: what one evaluation may still use, so that no rule and no data can keep a thread or fill the
// memory.
#pragma once

#include <cstddef>

#include "condition/condition.hpp"
#include "record/json.hpp"

namespace deltapost::condition {

class Budget {
 public:
  /// False from the first time on that more is asked for than is left.
  bool take_steps(std::size_t count) { return take(steps_, count); }
  bool take_bytes(std::size_t count) { return take(bytes_, count); }
  /// For what goes through a whole value: in proportion to its size.
  bool take_steps_for(const Json& value) { return take_steps(bytes_of(value) / kBytesPerStep + 1); }
  bool take_bytes_for(const Json& value) { return take_bytes(bytes_of(value)); }
  bool exhausted() const { return exhausted_; }

 private:
  static constexpr std::size_t kBytesPerStep = 256;

  static std::size_t bytes_of(const Json& value) {
    std::size_t bytes = sizeof(Json);
    if (value.is_string()) bytes += value.get_string().size();
    if (value.is_array()) {
      for (const Json& element : value.get_array()) bytes += bytes_of(element);
    } else if (value.is_object()) {
      for (const auto& member : value.get_object()) bytes += member.key().size() + bytes_of(member.value());
    }
    return bytes;
  }

  bool take(std::size_t& left, std::size_t count) {
    if (exhausted_ || count > left) {
      exhausted_ = true;
      return false;
    }
    left -= count;
    return true;
  }

  std::size_t steps_ = kMaxSteps;
  std::size_t bytes_ = kMaxMadeBytes;
  bool exhausted_ = false;
};

}  // namespace deltapost::condition
