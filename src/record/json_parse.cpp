#include "record/json.hpp"

#include <boost/json/basic_parser_impl.hpp>
#include <charconv>
#include <cmath>
#include <optional>
#include <utility>
#include <vector>

namespace deltapost {
namespace {

namespace json = boost::json;

// Most objects have few members; room for these is cheaper than growing step by step.
constexpr std::size_t kUsualMembers = 8;
constexpr std::size_t kShownKeyBytes = 100;

// Builds the value while the parser reads. Each open container is reached through a pointer: a container does
// not move while one of its members is being read, because nothing is added beside that member.
class TreeBuilder {
 public:
  static constexpr std::size_t max_array_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_object_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_string_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_key_size = static_cast<std::size_t>(-1);

  bool on_document_begin(json::error_code&) { return true; }
  bool on_document_end(json::error_code&) { return true; }

  bool on_object_begin(json::error_code&) {
    Json& value = place();
    value.emplace_object();
    return open(value);
  }
  bool on_object_end(std::size_t, json::error_code&) { return close(); }
  bool on_array_begin(json::error_code&) {
    Json& value = place();
    value.emplace_array();
    return open(value);
  }
  bool on_array_end(std::size_t, json::error_code&) { return close(); }

  bool on_key_part(json::string_view part, std::size_t, json::error_code&) { return keep(part); }
  bool on_key(json::string_view last, std::size_t, json::error_code& error) {
    const std::string_view key = whole(last);
    JsonObject& object = open_.back()->get_object();
    if (object.empty()) object.reserve(kUsualMembers);
    const auto [member, inserted] = object.emplace(key, nullptr);
    if (!inserted) {
      repeated_key_ = key;
      return refuse(error);
    }
    member_ = &member->value();
    parts_.clear();
    return true;
  }

  bool on_string_part(json::string_view part, std::size_t, json::error_code&) { return keep(part); }
  bool on_string(json::string_view last, std::size_t, json::error_code&) {
    place().emplace_string() = whole(last);
    parts_.clear();
    return true;
  }

  bool on_number_part(json::string_view part, json::error_code&) { return keep(part); }
  bool on_int64(std::int64_t number, json::string_view, json::error_code&) {
    place() = number;
    parts_.clear();
    return true;
  }
  bool on_uint64(std::uint64_t number, json::string_view, json::error_code&) {
    place() = number;
    parts_.clear();
    return true;
  }
  // The parser's own double can be a unit in the last place off, and so would not survive being written and
  // read again.
  bool on_double(double rough, json::string_view last, json::error_code& error) {
    const std::string_view text = whole(last);
    double number = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
    if (read.ec == std::errc::result_out_of_range && std::abs(rough) < 1) number = 0;
    const bool too_great = read.ec == std::errc::result_out_of_range && std::abs(rough) >= 1;
    if (too_great || !std::isfinite(number)) {
      number_too_great_ = true;
      return refuse(error);
    }
    place() = number;
    parts_.clear();
    return true;
  }

  bool on_bool(bool value, json::error_code&) {
    place() = value;
    return true;
  }
  bool on_null(json::error_code&) {
    place() = nullptr;
    return true;
  }
  bool on_comment_part(json::string_view, json::error_code&) { return true; }
  bool on_comment(json::string_view, json::error_code&) { return true; }

  Json take() { return std::move(root_); }
  const std::optional<std::string>& repeated_key() const { return repeated_key_; }
  bool number_too_great() const { return number_too_great_; }

 private:
  Json& place() {
    if (open_.empty()) return root_;
    if (open_.back()->is_object()) return *member_;
    return open_.back()->get_array().emplace_back(nullptr);
  }
  bool open(Json& container) {
    open_.push_back(&container);
    return true;
  }
  bool close() {
    open_.pop_back();
    return true;
  }
  bool keep(std::string_view part) {
    parts_ += part;
    return true;
  }
  std::string_view whole(std::string_view last) {
    if (parts_.empty()) return last;
    parts_ += last;
    return parts_;
  }
  static bool refuse(json::error_code& error) {
    error = json::error::input_error;
    return false;
  }

  Json root_;
  std::vector<Json*> open_;
  Json* member_ = nullptr;
  std::string parts_;
  std::optional<std::string> repeated_key_;
  bool number_too_great_ = false;
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

Error explain(json::error_code code, std::size_t offset, const TreeBuilder& tree, const JsonLimits& limits) {
  const std::string at = " (at byte " + std::to_string(offset) + ")";
  if (tree.repeated_key()) {
    return {Fault::malformed,
            "the key \"" + shown(*tree.repeated_key()) + "\" is given twice in one object; give it once" + at,
            std::string{shown(*tree.repeated_key())}};
  }
  if (tree.number_too_great() || code == json::error::exponent_overflow) {
    return {Fault::malformed, "a number is beyond the range of a double (about 1.8e308)" + at};
  }
  if (code == json::error::too_deep) {
    return {Fault::too_large,
            "the JSON is nested more than " + std::to_string(limits.max_depth) + " levels deep" + at};
  }
  return {Fault::malformed, describe(static_cast<json::error>(code.value())) + at};
}

}  // namespace

Result<Json> parse_json(std::string_view text, const JsonLimits& limits) {
  if (text.size() > limits.max_bytes) {
    return Error{Fault::too_large, "the JSON has " + std::to_string(text.size()) + " bytes; at most " +
                                       std::to_string(limits.max_bytes) + " are taken"};
  }
  json::parse_options options;
  options.max_depth = limits.max_depth;
  json::basic_parser<TreeBuilder> parser(options);
  json::error_code code;
  const std::size_t read = parser.write_some(false, text.data(), text.size(), code);
  if (!code && read < text.size()) code = json::error::extra_data;
  if (code) return explain(code, read, parser.handler(), limits);
  return parser.handler().take();
}

Result<JsonObject> parse_json_object(std::string_view text, const JsonLimits& limits) {
  Result<Json> value = parse_json(text, limits);
  if (!value) return std::move(value).error();
  if (!value->is_object()) {
    return Error{Fault::invalid, "the JSON must be an object: {\"field\": value, …}"};
  }
  return std::move(value->get_object());
}

}  // namespace deltapost
