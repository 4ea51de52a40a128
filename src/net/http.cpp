#include "net/http.hpp"

#include "base/check.hpp"
#include "net/text.hpp"

namespace deltapost::net {

std::optional<std::string_view> find_header(const Headers& headers, std::string_view name) {
  for (const Header& header : headers) {
    if (equal_ignoring_case(header.name, name)) return header.value;
  }
  return std::nullopt;
}

namespace {

constexpr std::string_view kBetween = ": ", kEnd = "\r\n";

/// Takes the first line's name and value off the text.
std::pair<std::string_view, std::string_view> next_line(std::string_view& text) {
  const std::string_view line = text.substr(0, text.find(kEnd));
  text.remove_prefix(line.size() + kEnd.size());
  const std::size_t colon = line.find(kBetween);
  return {line.substr(0, colon), line.substr(colon + kBetween.size())};
}

}  // namespace

HeaderName::HeaderName(std::string_view literal) : text_(literal) {
  DP_CHECK(is_token(literal));
}

void HeaderLines::add(const HeaderName& name, std::string_view value) {
  write(name, [value](std::string& text) { text += value; });
}

void HeaderLines::begin(const HeaderName& name) {
  text_.append(name.text()).append(kBetween);
}

void HeaderLines::end(std::size_t value_from) {
  DP_CHECK(is_field_value(std::string_view(text_).substr(value_from)));
  text_ += kEnd;
}

std::optional<std::string_view> HeaderLines::find(std::string_view name) const {
  for (std::string_view rest = text_; !rest.empty();) {
    const auto [known, value] = next_line(rest);
    if (equal_ignoring_case(known, name)) return value;
  }
  return std::nullopt;
}

Headers HeaderLines::apart() const {
  Headers headers;
  for (std::string_view rest = text_; !rest.empty();) {
    const auto [name, value] = next_line(rest);
    headers.push_back({std::string(name), std::string(value)});
  }
  return headers;
}

std::optional<std::string_view> OutRequest::header(std::string_view name) const {
  if (const auto value = lines.find(name)) return value;
  return find_header(headers, name);
}

Headers OutRequest::all_headers() const {
  Headers all = lines.apart();
  all.insert(all.end(), headers.begin(), headers.end());
  return all;
}

std::optional<std::string_view> Request::param(std::string_view name) const {
  for (const auto& [key, value] : query) {
    if (key == name) return value;
  }
  return std::nullopt;
}

}  // namespace deltapost::net
