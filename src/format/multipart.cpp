#include "format/multipart.hpp"

#include <algorithm>
#include <array>

#include "base/encoding.hpp"
#include "format/verifier_schemes.hpp"

namespace deltapost::format {
namespace {

constexpr std::size_t kMaxBoundary = 70;  // RFC 2046
constexpr std::size_t kMaxPartHeaders = 4096;
constexpr std::size_t kMaxParameters = 20;
constexpr std::string_view kLineEnd = "\r\n";
constexpr std::string_view kBlanks = " \t";

Error malformed(std::string_view what) {
  return {Fault::malformed, "the body is no multipart/form-data: " + std::string(what)};
}

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

bool is_boundary(std::string_view text) {
  return !text.empty() && text.size() <= kMaxBoundary && text.back() != ' ' &&
         std::ranges::all_of(text, [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                  std::string_view("'()+_,-./:=? ").find(c) != std::string_view::npos;
         });
}

/// Cuts the string that begins behind a quote; nullopt when it does not end.
std::optional<std::string> cut_quoted(std::string_view& text) {
  std::string value;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '"') {
      text.remove_prefix(i + 1);
      return value;
    }
    const bool escape = text[i] == '\\' && i + 1 < text.size() && (text[i + 1] == '"' || text[i + 1] == '\\');
    value += text[escape ? ++i : i];
  }
  return std::nullopt;
}

/// Browsers write a quote or a line break in a name as %22, %0D and %0A, and nothing else.
std::string decoded_name(std::string_view name) {
  constexpr std::array<std::pair<std::string_view, char>, 3> kEscapes{
      {{"%22", '"'}, {"%0D", '\r'}, {"%0A", '\n'}}};
  std::string text;
  while (!name.empty()) {
    const auto escape =
        std::ranges::find_if(kEscapes, [&](const auto& known) { return name.starts_with(known.first); });
    const bool found = escape != kEscapes.end();
    text += found ? escape->second : name.front();
    name.remove_prefix(found ? escape->first.size() : 1);
  }
  return text;
}

struct PartHeaders {
  ParametricValue disposition, type;
  std::string encoding;
};

Result<PartHeaders> read_headers(std::string_view lines) {
  PartHeaders headers;
  while (!lines.empty()) {
    const std::string_view line = lines.substr(0, lines.find(kLineEnd));
    lines.remove_prefix(std::min(lines.size(), line.size() + kLineEnd.size()));
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos || line.find_first_of("\r\n") != std::string_view::npos) {
      return malformed("a part has a header that is none");
    }
    const std::string name = lower_case(line.substr(0, colon));
    const std::string_view value = trimmed(line.substr(colon + 1));
    if (name == "content-transfer-encoding") headers.encoding = lower_case(value);
    if (name != "content-disposition" && name != "content-type") continue;
    auto parsed = parse_parametric(value);
    if (!parsed) return parsed.error();
    (name == "content-type" ? headers.type : headers.disposition) = std::move(*parsed);
  }
  return headers;
}

Result<FormPart> read_part(std::string_view text) {
  // A part without any header begins with the empty line at once.
  const std::size_t end = text.starts_with(kLineEnd) ? 0 : text.find("\r\n\r\n");
  if (end == std::string_view::npos || end > kMaxPartHeaders) {
    return malformed("a part's headers do not end within 4096 bytes");
  }
  const auto headers = read_headers(text.substr(0, end));
  if (!headers) return headers.error();
  FormPart part;
  part.content = text.substr(end == 0 ? kLineEnd.size() : end + 2 * kLineEnd.size());
  part.name = decoded_name(headers->disposition.parameter("name"));
  part.file = headers->disposition.has("filename") || headers->disposition.has("filename*");
  if (headers->disposition.value != "form-data" || part.name.empty() ||
      part.name.size() > kMaxFormNameBytes) {
    return malformed("a part needs Content-Disposition: form-data; name=\"…\", the name 1 to 256 bytes");
  }
  if (!valid_utf8(part.name)) return malformed("a part's name is not UTF-8");
  if (part.file) return part;
  const std::string_view charset = headers->type.parameter("charset");
  if (!charset.empty() && lower_case(charset) != "utf-8" && lower_case(charset) != "us-ascii") {
    return malformed("a part has another charset than utf-8");
  }
  const std::string& encoding = headers->encoding;
  if (!encoding.empty() && encoding != "7bit" && encoding != "8bit" && encoding != "binary") {
    return malformed("a part has a Content-Transfer-Encoding; send it as it is");
  }
  if (!valid_utf8(part.content)) return malformed("a part is not UTF-8");
  return part;
}

}  // namespace

std::string_view ParametricValue::parameter(std::string_view name) const {
  for (const auto& [known, text] : parameters) {
    if (known == name) return text;
  }
  return {};
}

bool ParametricValue::has(std::string_view name) const {
  return std::ranges::any_of(parameters, [&](const auto& known) { return known.first == name; });
}

Result<ParametricValue> parse_parametric(std::string_view text) {
  const Error wrong{Fault::malformed, "a header's parameters must be written name=value, with ; between"};
  ParametricValue parsed;
  const std::string_view value = text.substr(0, text.find(';'));
  parsed.value = lower_case(trimmed(value));
  text.remove_prefix(value.size());
  while (!text.empty()) {
    text = trimmed(text.substr(1));  // behind the semicolon
    if (text.empty()) break;
    const std::size_t equals = text.find('=');
    if (equals == std::string_view::npos || parsed.parameters.size() == kMaxParameters) return wrong;
    std::string name = lower_case(trimmed(text.substr(0, equals)));
    if (name.empty() || parsed.has(name) || name.find_first_of("\"; ") != std::string::npos) return wrong;
    text = text.substr(equals + 1);
    if (text.starts_with('"')) {
      text.remove_prefix(1);
      auto quoted = cut_quoted(text);
      if (!quoted) return wrong;
      parsed.parameters.emplace_back(std::move(name), std::move(*quoted));
      text = trimmed(text);
    } else {
      const std::string_view token = text.substr(0, text.find(';'));
      parsed.parameters.emplace_back(std::move(name), trimmed(token));
      text.remove_prefix(token.size());
    }
    if (!text.empty() && !text.starts_with(';')) return wrong;
  }
  return parsed;
}

Result<std::vector<FormPart>> parse_multipart(std::string_view body, std::string_view boundary) {
  if (!is_boundary(boundary)) return malformed("its Content-Type names no boundary of 1 to 70 characters");
  const std::string first = "--" + std::string(boundary);
  const std::string delimiter = std::string(kLineEnd) + first;
  if (!body.starts_with(first)) return malformed("it does not begin with its boundary");
  body.remove_prefix(first.size());
  std::vector<FormPart> parts;
  // Each turn begins behind a boundary.
  while (!body.starts_with("--")) {
    const std::size_t line_end = body.find(kLineEnd);
    if (line_end == std::string_view::npos || !trimmed(body.substr(0, line_end)).empty()) {
      return malformed("a line begins with the boundary and goes on");
    }
    body.remove_prefix(line_end + kLineEnd.size());
    const std::size_t end = body.find(delimiter);
    if (end == std::string_view::npos) return malformed("its last boundary is missing");
    if (parts.size() == kMaxFormFields) {
      return Error{Fault::too_large, "the form has more than 200 fields"};
    }
    auto part = read_part(body.substr(0, end));
    if (!part) return part.error();
    parts.push_back(std::move(*part));
    body.remove_prefix(end + delimiter.size());
  }
  body.remove_prefix(2);
  if (!body.empty() && body != kLineEnd) return malformed("something follows its last boundary");
  return parts;
}

}  // namespace deltapost::format
