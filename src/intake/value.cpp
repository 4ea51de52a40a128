#include "intake/value.hpp"

#include <algorithm>

#include "base/time.hpp"
#include "record/fields.hpp"

namespace deltapost::intake {
namespace {

/// What can be a date-time at all; most texts cannot, and need no reading.
bool may_be_time(const Json& value) {
  constexpr std::size_t kShortest = std::string_view("2025-05-09T15:28:40Z").size();
  return value.is_string() && value.get_string().size() >= kShortest && value.get_string()[4] == '-';
}

}  // namespace

bool is_nothing(const Json* value) {
  return value == nullptr || value->is_null();
}

bool same(const Json* a, const Json* b) {
  if (is_nothing(a) || is_nothing(b)) return is_nothing(a) == is_nothing(b);
  if (same_json(*a, *b)) return true;
  // One moment in two spellings.
  if (!may_be_time(*a) || !may_be_time(*b)) return false;
  const auto one = parse_iso(a->get_string()), other = parse_iso(b->get_string());
  return one && other && *one == *other;
}

/// The same to the byte: setting one where the other is changes nothing.
bool identical(const Json& a, const Json& b) {
  if (a.kind() != b.kind()) return false;
  if (const JsonObject* object = a.if_object()) {
    return std::ranges::equal(*object, b.get_object(), [](const auto& one, const auto& other) {
      return one.key() == other.key() && identical(one.value(), other.value());
    });
  }
  if (const JsonArray* array = a.if_array()) return std::ranges::equal(*array, b.get_array(), identical);
  return a == b;
}

std::string shown(const Json* value) {
  return is_nothing(value) ? "nothing" : fields::shown(*value);
}

}  // namespace deltapost::intake
