// JsonWriter: writes a JSON text from left to right, so that a body needs no document of its own.
// Every call writes where the last one stopped; commas are its business, balance is the caller's.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "base/check.hpp"
#include "record/json.hpp"

namespace deltapost {

class JsonWriter {
 public:
  explicit JsonWriter(std::size_t expected_size) { text_.reserve(expected_size); }

  JsonWriter& open_object() { return open('{'); }
  JsonWriter& close_object() { return close('}'); }
  JsonWriter& open_array() { return open('['); }
  JsonWriter& close_array() { return close(']'); }

  /// The name of the member whose value comes next.
  JsonWriter& key(std::string_view name) {
    separate();
    append_quoted(text_, name);
    text_ += ':';
    return *this;
  }

  JsonWriter& string(std::string_view value) {
    separate();
    append_quoted(text_, value);
    return *this;
  }

  JsonWriter& value(const Json& value) {
    separate();
    append_text(text_, value);
    return *this;
  }

  /// A number that is already text.
  JsonWriter& number(std::string_view digits) { return text(digits); }

  /// A value that is text already, or the beginning of one …
  JsonWriter& text(std::string_view json) {
    separate();
    return more(json);
  }
  /// … which this goes on with.
  JsonWriter& more(std::string_view json) {
    text_ += json;
    return *this;
  }

  JsonWriter& boolean(bool value) { return number(value ? "true" : "false"); }

  JsonWriter& null() { return number("null"); }

  /// The text; the writer is empty afterwards.
  std::string take() {
    DP_CHECK(depth_ == 0);
    return std::exchange(text_, {});
  }

 private:
  JsonWriter& open(char bracket) {
    separate();
    text_ += bracket;
    ++depth_;
    return *this;
  }

  JsonWriter& close(char bracket) {
    text_ += bracket;
    --depth_;
    return *this;
  }

  /// No value ends in one of these, so the last character tells whether one stands before.
  void separate() {
    if (text_.empty() || text_.back() == '{' || text_.back() == '[' || text_.back() == ':') return;
    text_ += ',';
  }

  std::string text_;
  int depth_ = 0;
};

}  // namespace deltapost
