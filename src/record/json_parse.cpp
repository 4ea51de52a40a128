#include "record/json.hpp"

#include <boost/json/basic_parser_impl.hpp>
#include <charconv>
#include <cmath>
#include <set>
#include <utility>
#include <vector>

namespace deltapost {
namespace {

namespace json = boost::json;

constexpr std::size_t kShownKeyBytes = 100;
// Room for the parts of usual documents; beyond it the stack takes memory of its own.
constexpr std::size_t kStackBytes = 4096;

std::size_t count_members(const Json& value) {
  std::size_t count = 0;
  if (const JsonArray* array = value.if_array()) {
    for (const Json& element : *array) count += count_members(element);
  } else if (const JsonObject* object = value.if_object()) {
    count = object->size();
    for (const auto& member : *object) count += count_members(member.value());
  }
  return count;
}

// What every handler of the parser must say.
struct Unlimited {
  static constexpr std::size_t max_array_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_object_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_string_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_key_size = static_cast<std::size_t>(-1);
};

// Builds the value while the parser reads: what an object or array holds lies on a stack until its size is
// known, so that it takes its memory once.
class TreeBuilder : public Unlimited {
 public:
  explicit TreeBuilder(json::storage_ptr storage) : stack_({}, room_, sizeof room_) {
    stack_.reset(std::move(storage));
  }

  bool on_document_begin(json::error_code&) { return true; }
  bool on_document_end(json::error_code&) { return true; }

  bool on_object_begin(json::error_code&) { return true; }
  bool on_object_end(std::size_t members, json::error_code&) {
    stack_.push_object(members);
    return true;
  }
  bool on_array_begin(json::error_code&) { return true; }
  bool on_array_end(std::size_t elements, json::error_code&) {
    stack_.push_array(elements);
    return true;
  }

  bool on_key_part(json::string_view part, std::size_t, json::error_code&) { return keep_chars(part); }
  bool on_key(json::string_view last, std::size_t, json::error_code&) {
    stack_.push_key(last);
    ++keys_;
    return true;
  }
  bool on_string_part(json::string_view part, std::size_t, json::error_code&) { return keep_chars(part); }
  bool on_string(json::string_view last, std::size_t, json::error_code&) {
    stack_.push_string(last);
    return true;
  }

  bool on_number_part(json::string_view part, json::error_code&) {
    number_ += part;
    return true;
  }
  bool on_int64(std::int64_t number, json::string_view, json::error_code&) {
    stack_.push_int64(number);
    number_.clear();
    return true;
  }
  bool on_uint64(std::uint64_t number, json::string_view, json::error_code&) {
    stack_.push_uint64(number);
    number_.clear();
    return true;
  }
  // The parser's own double can be a unit in the last place off, and so would not survive being written and
  // read again.
  bool on_double(double rough, json::string_view last, json::error_code& error) {
    const std::string_view text = number_.empty() ? std::string_view(last) : (number_ += last);
    double number = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
    if (read.ec == std::errc::result_out_of_range && std::abs(rough) < 1) number = 0;
    const bool too_great = read.ec == std::errc::result_out_of_range && std::abs(rough) >= 1;
    if (too_great || !std::isfinite(number)) {
      number_too_great_ = true;
      error = json::error::input_error;
      return false;
    }
    stack_.push_double(number);
    number_.clear();
    return true;
  }

  bool on_bool(bool value, json::error_code&) {
    stack_.push_bool(value);
    return true;
  }
  bool on_null(json::error_code&) {
    stack_.push_null();
    return true;
  }
  bool on_comment_part(json::string_view, json::error_code&) { return true; }
  bool on_comment(json::string_view, json::error_code&) { return true; }

  Json take() { return stack_.release(); }
  /// Of two members with one key the stack keeps one: fewer members than keys tell of a repeated key.
  std::size_t keys() const { return keys_; }
  bool number_too_great() const { return number_too_great_; }

 private:
  bool keep_chars(json::string_view part) {
    stack_.push_chars(part);
    return true;
  }

  unsigned char room_[kStackBytes];
  json::value_stack stack_;
  std::string number_;
  std::size_t keys_ = 0;
  bool number_too_great_ = false;
};

// Reads a text that is known to repeat a key, up to the end of that key.
class RepeatedKeyFinder : public Unlimited {
 public:
  bool on_document_begin(json::error_code&) { return true; }
  bool on_document_end(json::error_code&) { return true; }
  bool on_object_begin(json::error_code&) {
    open_.emplace_back();
    return true;
  }
  bool on_object_end(std::size_t, json::error_code&) {
    open_.pop_back();
    return true;
  }
  bool on_array_begin(json::error_code&) { return true; }
  bool on_array_end(std::size_t, json::error_code&) { return true; }
  bool on_key_part(json::string_view part, std::size_t, json::error_code&) {
    key_ += part;
    return true;
  }
  bool on_key(json::string_view last, std::size_t, json::error_code& error) {
    key_ += last;
    if (!open_.back().insert(key_).second) {
      error = json::error::input_error;
      return false;
    }
    key_.clear();
    return true;
  }
  bool on_string_part(json::string_view, std::size_t, json::error_code&) { return true; }
  bool on_string(json::string_view, std::size_t, json::error_code&) { return true; }
  bool on_number_part(json::string_view, json::error_code&) { return true; }
  bool on_int64(std::int64_t, json::string_view, json::error_code&) { return true; }
  bool on_uint64(std::uint64_t, json::string_view, json::error_code&) { return true; }
  bool on_double(double, json::string_view, json::error_code&) { return true; }
  bool on_bool(bool, json::error_code&) { return true; }
  bool on_null(json::error_code&) { return true; }
  bool on_comment_part(json::string_view, json::error_code&) { return true; }
  bool on_comment(json::string_view, json::error_code&) { return true; }

  const std::string& key() const { return key_; }

 private:
  std::vector<std::set<std::string>> open_;
  std::string key_;
};

std::string describe(json::error error) {
  switch (error) {
    case json::error::extra_data:
      return "something follows the JSON value; send one value and nothing after it";
    case json::error::incomplete:
      return "the JSON ends too early; send the whole value";
    case json::error::illegal_leading_surrogate:
    case json::error::illegal_trailing_surrogate:
    case json::error::expected_utf16_escape:
      return "a \\u escape is half of a surrogate pair; write both halves";
    case json::error::expected_hex_digit:
      return "a \\u escape needs four hexadecimal digits";
    default:
      return "this is not JSON (RFC 8259), or not valid UTF-8";
  }
}

// A key as a message may show it: whole characters, and not too many.
std::string shown(std::string_view key) {
  if (key.size() <= kShownKeyBytes) return std::string(key);
  std::size_t end = kShownKeyBytes;
  while (end > 0 && (static_cast<unsigned char>(key[end]) & 0xC0) == 0x80) --end;
  return std::string(key.substr(0, end)) + "…";
}

Error explain(json::error_code code, std::size_t offset, bool number_too_great, const JsonLimits& limits) {
  const std::string at = " (at byte " + std::to_string(offset) + ")";
  if (number_too_great || code == json::error::exponent_overflow) {
    return {Fault::malformed, "a number is beyond the range of a double (about 1.8e308)" + at};
  }
  if (code == json::error::too_deep) {
    return {Fault::too_large,
            "the JSON is nested more than " + std::to_string(limits.max_depth) + " levels deep" + at};
  }
  return {Fault::malformed, describe(static_cast<json::error>(code.value())) + at};
}

Error repeated_key(std::string_view text, const json::parse_options& options) {
  json::basic_parser<RepeatedKeyFinder> parser(options);
  json::error_code code;
  const std::size_t offset = parser.write_some(false, text.data(), text.size(), code);
  std::string key = shown(parser.handler().key());
  return {Fault::malformed,
          "the key \"" + key + "\" is given twice in one object; give it once (at byte " +
              std::to_string(offset) + ")",
          std::move(key)};
}

}  // namespace

Result<Json> parse_json(std::string_view text, const JsonLimits& limits, boost::json::storage_ptr storage) {
  if (text.size() > limits.max_bytes) {
    return Error{Fault::too_large, "the JSON has " + std::to_string(text.size()) + " bytes; at most " +
                                       std::to_string(limits.max_bytes) + " are taken"};
  }
  json::parse_options options;
  options.max_depth = limits.max_depth;
  json::basic_parser<TreeBuilder> parser(options, std::move(storage));
  json::error_code code;
  const std::size_t read = parser.write_some(false, text.data(), text.size(), code);
  if (!code && read < text.size()) code = json::error::extra_data;
  if (code) return explain(code, read, parser.handler().number_too_great(), limits);
  Json value = parser.handler().take();
  if (count_members(value) < parser.handler().keys()) return repeated_key(text, options);
  return value;
}

Result<JsonObject> parse_json_object(std::string_view text, const JsonLimits& limits,
                                     boost::json::storage_ptr storage) {
  Result<Json> value = parse_json(text, limits, std::move(storage));
  if (!value) return std::move(value).error();
  if (!value->is_object()) {
    return Error{Fault::invalid, "the JSON must be an object: {\"field\": value, …}"};
  }
  return std::move(value->get_object());
}

}  // namespace deltapost
