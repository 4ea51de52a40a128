#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <utility>

#include "record/json.hpp"

namespace deltapost {
namespace {

namespace json = boost::json;

void write(std::string& out, const Json& value);

/// Which bytes of a string cannot stand for themselves.
constexpr std::array<bool, 256> kEscaped = [] {
  std::array<bool, 256> escaped{};
  for (std::size_t c = 0; c < 0x20; ++c) escaped[c] = true;
  escaped['"'] = escaped['\\'] = true;
  return escaped;
}();

void write_escape(std::string& out, unsigned char c) {
  static constexpr char kHex[] = "0123456789abcdef";
  switch (c) {
    case '"':
      out += "\\\"";
      break;
    case '\\':
      out += "\\\\";
      break;
    case '\n':
      out += "\\n";
      break;
    case '\r':
      out += "\\r";
      break;
    case '\t':
      out += "\\t";
      break;
    case '\b':
      out += "\\b";
      break;
    case '\f':
      out += "\\f";
      break;
    default:
      out += "\\u00";
      out += kHex[c >> 4];
      out += kHex[c & 15];
  }
}

/// How many bytes from `at` on stand for themselves: eight at a time by the usual bit tricks, which may stop
/// early at a byte that is plain (never late at one that is not), then one by one.
std::size_t plain_until(std::string_view text, std::size_t at) {
  constexpr std::uint64_t kOnes = 0x0101010101010101, kHighs = 0x8080808080808080;
  const auto has_zero = [](std::uint64_t word) { return (word - kOnes) & ~word & kHighs; };
  while (at + 8 <= text.size()) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data() + at, 8);
    const std::uint64_t below_space = (word - kOnes * 0x20) & ~word & kHighs;
    if ((below_space | has_zero(word ^ kOnes * '"') | has_zero(word ^ kOnes * '\\')) != 0) break;
    at += 8;
  }
  while (at < text.size() && !kEscaped[static_cast<unsigned char>(text[at])]) ++at;
  return at;
}

void write(std::string& out, std::string_view text) {
  out += '"';
  std::size_t from = 0;
  for (std::size_t end = plain_until(text, 0); end < text.size(); end = plain_until(text, from)) {
    out.append(text, from, end - from);
    write_escape(out, static_cast<unsigned char>(text[end]));
    from = end + 1;
  }
  out.append(text, from);
  out += '"';
}

template <class Number>
void write_number(std::string& out, Number number) {
  char digits[32];
  const auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
  out.append(digits, end);
}

void write(std::string& out, double number) {
  if (!std::isfinite(number)) {
    out += "null";
    return;
  }
  const std::size_t start = out.size();
  write_number(out, number);
  if (out.find_first_not_of("-0123456789", start) == std::string::npos) out += ".0";
}

void write(std::string& out, const JsonObject& object) {
  out += '{';
  bool first = true;
  for (const auto& member : object) {
    if (!std::exchange(first, false)) out += ',';
    write(out, std::string_view(member.key()));
    out += ':';
    write(out, member.value());
  }
  out += '}';
}

void write(std::string& out, const JsonArray& array) {
  out += '[';
  bool first = true;
  for (const Json& element : array) {
    if (!std::exchange(first, false)) out += ',';
    write(out, element);
  }
  out += ']';
}

void write(std::string& out, const Json& value) {
  switch (value.kind()) {
    case json::kind::null:
      out += "null";
      break;
    case json::kind::bool_:
      out += value.get_bool() ? "true" : "false";
      break;
    case json::kind::int64:
      write_number(out, value.get_int64());
      break;
    case json::kind::uint64:
      write_number(out, value.get_uint64());
      break;
    case json::kind::double_:
      write(out, value.get_double());
      break;
    case json::kind::string:
      write(out, std::string_view(value.get_string()));
      break;
    case json::kind::array:
      write(out, value.get_array());
      break;
    case json::kind::object:
      write(out, value.get_object());
      break;
  }
}

// A number is compared as what it is exactly: an integer of either sign, or a double that is no integer.
struct ExactNumber {
  bool integer = false;
  bool negative = false;
  std::uint64_t magnitude = 0;
  double fraction = 0;

  friend bool operator==(const ExactNumber&, const ExactNumber&) = default;
};

ExactNumber exact(std::int64_t number) {
  const auto bits = static_cast<std::uint64_t>(number);
  return {true, number < 0, number < 0 ? ~bits + 1 : bits, 0};
}

ExactNumber exact(const Json& value) {
  if (value.is_int64()) return exact(value.get_int64());
  if (value.is_uint64()) return {true, false, value.get_uint64(), 0};
  const double number = value.get_double();
  const bool integer = std::trunc(number) == number && std::abs(number) < 0x1p64;
  if (!integer) return {false, false, 0, number};
  return {true, number < 0, static_cast<std::uint64_t>(std::abs(number)), 0};
}

bool same_object(const JsonObject& a, const JsonObject& b) {
  if (a.size() != b.size()) return false;
  for (const auto& member : a) {
    const Json* other = b.if_contains(member.key());
    if (other == nullptr || !same_json(member.value(), *other)) return false;
  }
  return true;
}

bool same_array(const JsonArray& a, const JsonArray& b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (!same_json(a[i], b[i])) return false;
  }
  return true;
}

}  // namespace

std::string to_text(const Json& value) {
  std::string out;
  write(out, value);
  return out;
}

std::string to_text(const JsonObject& object) {
  std::string out;
  write(out, object);
  return out;
}

void append_text(std::string& out, const Json& value) {
  write(out, value);
}

void append_quoted(std::string& out, std::string_view text) {
  write(out, text);
}

bool same_json(const Json& a, const Json& b) {
  if (a.is_number() && b.is_number()) return exact(a) == exact(b);
  if (a.kind() != b.kind()) return false;
  switch (a.kind()) {
    case json::kind::string:
      return a.get_string() == b.get_string();
    case json::kind::bool_:
      return a.get_bool() == b.get_bool();
    case json::kind::array:
      return same_array(a.get_array(), b.get_array());
    case json::kind::object:
      return same_object(a.get_object(), b.get_object());
    default:
      return true;
  }
}

bool erase_key(JsonObject& object, std::string_view key) {
  const auto member = object.find(key);
  if (member == object.end()) return false;
  object.stable_erase(member);
  return true;
}

}  // namespace deltapost
