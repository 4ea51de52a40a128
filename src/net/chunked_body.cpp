#include "net/chunked_body.hpp"

#include <algorithm>
#include <charconv>

#include "base/check.hpp"
#include "net/text.hpp"

namespace deltapost::net {

namespace {

constexpr std::string_view kLineEnd = "\r\n";
constexpr std::string_view kBlanks = " \t";
constexpr std::size_t kMaxSizeDigits = 16;

// Each takes what it is named after off the beginning of the text; false: something else is there.

void skip_blanks(std::string_view& text) {
  text.remove_prefix(std::min(text.find_first_not_of(kBlanks), text.size()));
}

bool skip_char(std::string_view& text, char expected) {
  if (!text.starts_with(expected)) return false;
  text.remove_prefix(1);
  return true;
}

bool skip_token(std::string_view& text) {
  const std::string_view token = text.substr(0, text.find_first_of(" \t;="));
  text.remove_prefix(token.size());
  return is_token(token);
}

bool skip_quoted_rest(std::string_view& text) {
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '"') {
      text.remove_prefix(at + 1);
      return true;
    }
    if (text[at] == '\\') ++at;
  }
  return false;
}

bool skip_value(std::string_view& text) {
  return skip_char(text, '"') ? skip_quoted_rest(text) : skip_token(text);
}

/// What follows a chunk's size: *( BWS ";" BWS name [ BWS "=" BWS value ] ).
bool are_extensions(std::string_view text) {
  if (text.empty()) return true;
  // A quoted value may hold blanks at its ends, which the rule for a header's value looks at.
  if (!is_field_value("x" + std::string(text) + "x")) return false;
  while (!text.empty()) {
    skip_blanks(text);
    if (!skip_char(text, ';')) return false;
    skip_blanks(text);
    if (!skip_token(text)) return false;
    std::string_view after_name = text;
    skip_blanks(after_name);
    if (!skip_char(after_name, '=')) continue;
    skip_blanks(after_name);
    if (!skip_value(after_name)) return false;
    text = after_name;
  }
  return true;
}

bool is_trailer(std::string_view line) {
  const auto colon = line.find(':');
  if (colon == std::string_view::npos || !is_token(line.substr(0, colon))) return false;
  std::string_view value = line.substr(colon + 1);
  skip_blanks(value);
  value = value.substr(0, value.find_last_not_of(kBlanks) + 1);
  return is_field_value(value);
}

}  // namespace

ChunkedBody::Part ChunkedBody::take(std::string_view bytes) {
  DP_CHECK(!bytes.empty());
  if (state_ != State::reading) return {};
  switch (place_) {
    case Place::data:
      return take_data(bytes);
    case Place::data_end:
      return take_data_end(bytes);
    case Place::size:
    case Place::trailers:
      return take_line(bytes);
  }
  return {};
}

ChunkedBody::Part ChunkedBody::take_data(std::string_view bytes) {
  const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(announced_, bytes.size()));
  announced_ -= size;
  if (announced_ == 0) place_ = Place::data_end;
  return {.used = size, .data = bytes.substr(0, size)};
}

ChunkedBody::Part ChunkedBody::take_data_end(std::string_view bytes) {
  if (bytes.front() != kLineEnd[line_.size()]) {
    state_ = State::invalid;
    return {.used = 1};
  }
  line_ += bytes.front();
  if (line_ == kLineEnd) {
    line_.clear();
    place_ = Place::size;
  }
  return {.used = 1};
}

ChunkedBody::Part ChunkedBody::take_line(std::string_view bytes) {
  const auto feed = bytes.find('\n');
  const bool ends = feed != std::string_view::npos;
  const std::size_t used = ends ? feed + 1 : bytes.size();
  const std::size_t plain = (place_ == Place::size ? kMaxSizeDigits : 0) + kLineEnd.size();
  if (overhead_ + line_.size() + used > max_overhead_ + plain) {
    state_ = State::too_long;
    return {.used = used};
  }
  line_.append(bytes.substr(0, used));
  if (ends) end_line();
  return {.used = used};
}

void ChunkedBody::end_line() {
  std::string_view line = line_;
  if (!line.ends_with(kLineEnd)) {
    state_ = State::invalid;
    return;
  }
  line.remove_suffix(kLineEnd.size());
  if (place_ == Place::size) {
    begin_chunk(line);
  } else {
    add_trailer(line);
  }
  line_.clear();
}

void ChunkedBody::begin_chunk(std::string_view size_line) {
  const std::size_t digits =
      std::min(size_line.find_first_not_of("0123456789abcdefABCDEF"), size_line.size());
  const std::string_view extensions = size_line.substr(digits);
  if (digits == 0 || digits > kMaxSizeDigits || !are_extensions(extensions)) {
    state_ = State::invalid;
    return;
  }
  std::from_chars(size_line.data(), size_line.data() + digits, announced_, 16);
  overhead_ += extensions.size();
  if (overhead_ > max_overhead_) state_ = State::too_long;
  place_ = announced_ == 0 ? Place::trailers : Place::data;
}

void ChunkedBody::add_trailer(std::string_view trailer) {
  if (trailer.empty()) {
    state_ = State::complete;
  } else if (!is_trailer(trailer)) {
    state_ = State::invalid;
  } else {
    overhead_ += trailer.size() + kLineEnd.size();
  }
}

}  // namespace deltapost::net
