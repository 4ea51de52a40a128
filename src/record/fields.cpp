#include "record/fields.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>
#include <vector>

#include "record/path.hpp"

namespace deltapost::fields {
namespace {

constexpr std::size_t kMaxShownBytes = 60;
constexpr std::size_t kMaxReference = 255;
constexpr std::size_t kMaxLocalPart = 64;
constexpr std::size_t kMaxDomainLabel = 63;
constexpr std::size_t kMaxTypingErrors = 2;

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool consists_of(std::string_view text, std::string_view others) {
  return std::all_of(text.begin(), text.end(), [&](char c) {
    return is_letter(c) || is_digit(c) || others.find(c) != std::string_view::npos;
  });
}

std::size_t characters(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

// Lower case without underscores: first_name and firstName are the same to people.
std::string folded(std::string_view name) {
  std::string out;
  for (const char c : name) {
    if (c != '_' && c != '-') out += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return out;
}

// Levenshtein's, one row at a time.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i - 1] != b[j - 1]);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, replaced});
    }
  }
  return row.back();
}

// How far a name is from a known one; nullopt when nobody could have meant it.
std::optional<std::size_t> distance(const std::string& given, const std::string& known) {
  constexpr std::size_t kTellingLetters = 4;
  const std::size_t shared = std::min(given.size(), known.size());
  if (shared >= kTellingLetters && given.compare(0, shared, known, 0, shared) == 0) {
    return given.size() == known.size() ? 0 : 1;
  }
  constexpr std::size_t kLongestCompared = 64;
  if (given.size() > kLongestCompared) return std::nullopt;
  const std::size_t errors = edit_distance(given, known);
  const std::size_t allowed = std::min(kMaxTypingErrors, known.size() / 3);
  return errors <= allowed ? std::optional(errors) : std::nullopt;
}

bool is_domain(std::string_view domain) {
  std::size_t labels = 0;
  std::string_view label;
  while (true) {
    const std::size_t dot = domain.find('.');
    label = domain.substr(0, dot);
    ++labels;
    if (label.empty() || label.size() > kMaxDomainLabel || label.front() == '-' || label.back() == '-' ||
        !consists_of(label, "-")) {
      return false;
    }
    if (dot == std::string_view::npos) break;
    domain.remove_prefix(dot + 1);
  }
  return labels > 1 && label.size() > 1 && is_letter(label.front());
}

bool is_email(std::string_view address) {
  const std::size_t at = address.rfind('@');
  if (at == std::string_view::npos || at == 0 || at > kMaxLocalPart) return false;
  const std::string_view local = address.substr(0, at);
  return local.front() != '.' && local.back() != '.' && local.find("..") == std::string_view::npos &&
         consists_of(local, ".!#$%&'*+/=?^_`{|}~-") && is_domain(address.substr(at + 1));
}

bool is_time_zone(std::string_view name) {
  return !name.empty() && name.size() <= kMaxTimeZone && is_letter(name.front()) && name.back() != '/' &&
         name.find("//") == std::string_view::npos && consists_of(name, "_+-/");
}

// At a whole character.
std::string cut(std::string text) {
  if (text.size() <= kMaxShownBytes) return text;
  std::size_t end = kMaxShownBytes;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return text.substr(0, end) + "…";
}

// Not less than the bytes of a value's text with what stands around it, and found without writing it. A byte
// of a string takes six at most, as \u001f does.
constexpr std::size_t kMostPerByte = 6, kMostAround = 3, kMostOfScalar = 32;

std::size_t most_bytes(std::string_view text) {
  return kMostPerByte * text.size() + kMostAround;
}

std::size_t most_bytes(const Json& value);

std::size_t most_bytes(const JsonObject& object) {
  std::size_t sum = kMostAround;
  for (const auto& member : object)
    sum += most_bytes(std::string_view(member.key())) + most_bytes(member.value());
  return sum;
}

std::size_t most_bytes(const Json& value) {
  if (value.is_string()) return most_bytes(std::string_view(value.get_string()));
  if (const JsonObject* object = value.if_object()) return most_bytes(*object);
  const JsonArray* array = value.if_array();
  if (array == nullptr) return kMostOfScalar;
  std::size_t sum = kMostAround;
  for (const Json& element : *array) sum += most_bytes(element);
  return sum;
}

template <class Value>
Result<void> check_bytes(const Value& value, std::string_view field) {
  if (most_bytes(value) <= kMaxObjectBytes) return ok();
  const std::size_t size = to_text(value).size();
  if (size <= kMaxObjectBytes) return ok();
  return invalid(field, "has " + std::to_string(size) + " bytes as JSON; at most " +
                            std::to_string(kMaxObjectBytes) + " are allowed");
}

Error wrong_type(const Json& value, std::string_view field, std::string_view wanted) {
  return invalid(field, "must be " + std::string(wanted) + ", not " + std::string(type_name(value)));
}

}  // namespace

Error invalid(std::string_view field, std::string message) {
  // The sentence names its field, too, so that it can be read alone.
  return {Fault::invalid, std::string(field) + ": " + std::move(message), std::string(field)};
}

std::string_view type_name(const Json& value) {
  if (value.is_number()) return "a number";
  if (value.is_bool()) return "a boolean";
  if (value.is_string()) return "a string";
  if (value.is_array()) return "an array";
  return value.is_object() ? "an object" : "null";
}

std::string shown(const Json& value) {
  return cut(to_text(value));
}

std::string_view closest(std::string_view name, std::span<const std::string_view> known) {
  std::string_view best;
  std::size_t least = kMaxTypingErrors + 1;
  for (const std::string_view candidate : known) {
    const auto away = distance(folded(name), folded(candidate));
    if (away && *away < least) {
      best = candidate;
      least = *away;
    }
  }
  return best;
}

Error unknown_field(std::string_view name, std::span<const std::string_view> known) {
  std::string message = "is not a field that can be written; ";
  if (const std::string_view meant = closest(name, known); !meant.empty()) {
    message += "did you mean " + std::string(meant) + "?";
  } else {
    message += "there are ";
    for (const std::string_view& candidate : known) {
      if (&candidate != known.data()) message += ", ";
      message += candidate;
    }
  }
  return invalid(dotted({cut(std::string(name))}), std::move(message));
}

const Rule* find_rule(std::span<const Rule> rules, std::string_view name) {
  const auto rule = std::find_if(rules.begin(), rules.end(), [&](const Rule& r) { return r.name == name; });
  return rule == rules.end() ? nullptr : &*rule;
}

Result<Json> text(const Json& value, std::string_view field, std::size_t max_characters) {
  if (!value.is_string()) {
    if (value.is_number() || value.is_bool()) {
      return invalid(field, "must be a string, not " + std::string(type_name(value)) + "; write \"" +
                                to_text(value) + "\"");
    }
    return wrong_type(value, field, "a string");
  }
  const std::string_view given = value.get_string();
  if (given.size() <= max_characters) return value;  // no text has more characters than bytes
  const std::size_t length = characters(given);
  if (length <= max_characters) return value;
  return invalid(field, "has " + std::to_string(length) + " characters; at most " +
                            std::to_string(max_characters) + " are allowed");
}

Result<Json> flag(const Json& value, std::string_view field) {
  if (value.is_bool()) return value;
  return wrong_type(value, field, "true or false");
}

Result<Json> nullable_reference(const Json& value, std::string_view field) {
  if (value.is_string() && value.get_string().empty()) {
    return invalid(field, "must not be empty; give the id, or null for none");
  }
  return nullable_text<kMaxReference>(value, field);
}

Result<Json> nullable_email(const Json& value, std::string_view field) {
  Result<Json> checked = nullable_text<kMaxEmail>(value, field);
  if (!checked || checked->is_null() || is_email(checked->get_string())) return checked;
  return invalid(field,
                 shown(value) + " is no e-mail address; write it like name@example.com, or null for none");
}

Result<Json> nullable_time_zone(const Json& value, std::string_view field) {
  if (value.is_null() || (value.is_string() && is_time_zone(value.get_string()))) return value;
  if (!value.is_string()) return wrong_type(value, field, "a string or null");
  return invalid(field, shown(value) +
                            " is no time zone; give a name of the tz database such as America/New_York, "
                            "or null for none");
}

Result<Json> nullable_integer(const Json& value, std::string_view field) {
  if (value.is_null()) return value;
  if (value.is_number()) {
    if (value.is_uint64() && value.get_uint64() <= kMaxInteger) return value;
    if (value.is_int64() && value.get_int64() >= 0 &&
        static_cast<std::uint64_t>(value.get_int64()) <= kMaxInteger) {
      return value;
    }
    const double number = value.is_double() ? value.get_double() : -1;
    if (number >= 0 && number <= static_cast<double>(kMaxInteger) && std::trunc(number) == number) {
      return Json(static_cast<std::int64_t>(number));
    }
  }
  return invalid(field, "must be a whole number from 0 to 9007199254740991 or null, not " + shown(value));
}

Result<Json> nullable_object(const Json& value, std::string_view field) {
  if (!value.is_null() && !value.is_object()) return wrong_type(value, field, "an object or null");
  if (Result<void> size = check_size(value, field); !size) return std::move(size).error();
  return value;
}

Result<Json> date_time(const Json& value, std::string_view field) {
  if (!value.is_string()) return wrong_type(value, field, "a date-time such as \"2025-05-09T15:28:40.783Z\"");
  const Result<Time> time = parse_iso(value.get_string());
  if (time) return Json(iso_millis(*time));
  return invalid(field, shown(value) + " is no date-time; write it like 2025-05-09T15:28:40.783Z (RFC 3339)");
}

Result<void> check_size(const Json& value, std::string_view field) {
  return check_bytes(value, field);
}

Result<void> check_size(const JsonObject& object, std::string_view field) {
  return check_bytes(object, field);
}

}  // namespace deltapost::fields
