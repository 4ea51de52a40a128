#include "condition/coercion.hpp"

#include <charconv>
#include <cmath>
#include <limits>
#include <optional>
#include <string_view>

namespace deltapost::condition {
namespace {

constexpr double kNoNumber = std::numeric_limits<double>::quiet_NaN();
constexpr double kMaxExact = 0x1p53;
constexpr std::string_view kSpace = " \t\n\v\f\r";

// The number at the beginning of the text, and how much of the text it is. nullopt: there is none.
struct Leading {
  double number;
  std::size_t size;
};

std::optional<Leading> read_leading(std::string_view text) {
  const std::size_t sign = text.starts_with('-') || text.starts_with('+') ? 1 : 0;
  const double direction = text.starts_with('-') ? -1 : 1;
  const std::string_view rest = text.substr(sign);
  constexpr std::string_view kInfinity = "Infinity";
  if (rest.starts_with(kInfinity)) {
    return Leading{direction * std::numeric_limits<double>::infinity(), sign + kInfinity.size()};
  }
  // from_chars also takes a sign and spellings such as "nan", which are no numbers here.
  const bool digit = !rest.empty() && ((rest[0] >= '0' && rest[0] <= '9') || rest[0] == '.');
  if (!digit) return std::nullopt;
  double number = 0;
  const auto read = std::from_chars(rest.data(), rest.data() + rest.size(), number);
  if (read.ec == std::errc::invalid_argument) return std::nullopt;
  const std::size_t size = sign + static_cast<std::size_t>(read.ptr - rest.data());
  if (read.ec == std::errc::result_out_of_range) {
    const std::string_view digits = rest.substr(0, size - sign);
    const bool tiny =
        digits.find("e-") != std::string_view::npos || digits.find("E-") != std::string_view::npos;
    number = tiny ? 0 : std::numeric_limits<double>::infinity();
  }
  return Leading{direction * number, size};
}

double number_of_text(std::string_view text) {
  const std::size_t first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return 0;
  text = text.substr(first, text.find_last_not_of(kSpace) + 1 - first);
  const auto leading = read_leading(text);
  return leading && leading->size == text.size() ? leading->number : kNoNumber;
}

// Number::toString of ECMA-262: digits and exponent as the shortest form has them, plain up to 10^21.
std::string text_of_number(double number) {
  if (std::isnan(number)) return "NaN";
  if (std::isinf(number)) return number < 0 ? "-Infinity" : "Infinity";
  if (number == 0) return "0";
  char buffer[32];
  const auto end =
      std::to_chars(buffer, buffer + sizeof buffer, std::abs(number), std::chars_format::scientific).ptr;
  const std::string_view written(buffer, static_cast<std::size_t>(end - buffer));
  const std::size_t e = written.find('e');
  std::string digits(written.substr(0, e));
  if (digits.size() > 1) digits.erase(1, 1);
  const int exponent = std::stoi(std::string(written.substr(e + 1)));
  const int count = static_cast<int>(digits.size());
  const std::string sign = number < 0 ? "-" : "";
  if (exponent >= 21 || exponent < -6) {
    const std::string power = (exponent < 0 ? "-" : "+") + std::to_string(std::abs(exponent));
    return sign + digits.substr(0, 1) + (count > 1 ? "." + digits.substr(1) : "") + "e" + power;
  }
  if (exponent < 0) return sign + "0." + std::string(static_cast<std::size_t>(-exponent - 1), '0') + digits;
  if (count <= exponent + 1)
    return sign + digits + std::string(static_cast<std::size_t>(exponent + 1 - count), '0');
  const auto point = static_cast<std::size_t>(exponent + 1);
  return sign + digits.substr(0, point) + "." + digits.substr(point);
}

// ToPrimitive: arrays and objects are texts. The text is made in `place`.
const Json& primitive(const Json& value, Json& place) {
  if (!value.is_structured()) return value;
  place = to_string(value);
  return place;
}

bool both_text(const Json& a, const Json& b) {
  return a.is_string() && b.is_string();
}

}  // namespace

bool truthy(const Json& value) {
  if (value.is_number()) {
    const double number = value.to_number<double>();
    return number != 0 && !std::isnan(number);
  }
  if (value.is_string()) return !value.get_string().empty();
  if (value.is_array()) return !value.get_array().empty();
  if (value.is_bool()) return value.get_bool();
  return value.is_object();
}

double to_number(const Json& value) {
  if (value.is_number()) return value.to_number<double>();
  if (value.is_string()) return number_of_text(value.get_string());
  if (value.is_bool()) return value.get_bool() ? 1 : 0;
  return value.is_null() ? 0 : number_of_text(to_string(value));
}

double leading_number(const Json& value) {
  if (value.is_number()) return value.to_number<double>();
  const std::string text = to_string(value);
  const std::size_t first = text.find_first_not_of(kSpace);
  const auto leading =
      first == std::string::npos ? std::nullopt : read_leading(std::string_view(text).substr(first));
  return leading ? leading->number : kNoNumber;
}

Json from_number(double number) {
  if (std::trunc(number) == number && std::abs(number) <= kMaxExact) return static_cast<std::int64_t>(number);
  return number;
}

std::string to_string(const Json& value) {
  if (value.is_string()) return std::string(value.get_string());
  if (value.is_int64() || value.is_uint64()) return to_text(value);
  if (value.is_double()) return text_of_number(value.get_double());
  if (value.is_bool()) return value.get_bool() ? "true" : "false";
  if (value.is_null()) return "null";
  if (value.is_object()) return "[object Object]";
  std::string text;
  for (const Json& element : value.get_array()) {
    if (&element != value.get_array().data()) text += ',';
    if (!element.is_null()) text += to_string(element);
  }
  return text;
}

bool loosely_equal(const Json& a, const Json& b) {
  if (a.is_null() || b.is_null()) return a.is_null() && b.is_null();
  if ((a.is_structured() && b.is_structured()) || (a.is_number() && b.is_number()) || both_text(a, b)) {
    return same_json(a, b);
  }
  if (a.is_structured() || b.is_structured()) {
    Json place;  // one of the two at most is no primitive
    return loosely_equal(primitive(a, place), primitive(b, place));
  }
  return to_number(a) == to_number(b);
}

bool less(const Json& a, const Json& b) {
  Json left_place, right_place;
  const Json& left = primitive(a, left_place);
  const Json& right = primitive(b, right_place);
  if (both_text(left, right)) return left.get_string() < right.get_string();
  return to_number(left) < to_number(right);
}

bool less_or_equal(const Json& a, const Json& b) {
  Json left_place, right_place;
  const Json& left = primitive(a, left_place);
  const Json& right = primitive(b, right_place);
  if (both_text(left, right)) return left.get_string() <= right.get_string();
  return to_number(left) <= to_number(right);
}

}  // namespace deltapost::condition
