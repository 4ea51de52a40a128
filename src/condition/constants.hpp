// Values that evaluations hand out by reference.
#pragma once

#include "record/json.hpp"

namespace deltapost::condition {

inline const Json kNull;
inline const Json kTrue(true);
inline const Json kFalse(false);
inline const JsonArray kNoElements;

inline const Json& truth(bool value) {
  return value ? kTrue : kFalse;
}

inline const JsonArray& elements_of(const Json& value) {
  return value.is_array() ? value.get_array() : kNoElements;
}

}  // namespace deltapost::condition
