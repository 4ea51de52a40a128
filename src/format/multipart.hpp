// multipart/form-data (RFC 7578, RFC 2046), read strictly: no preamble, no nesting, CRLF everywhere, as every
// browser and library writes it. Private to the room.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace deltapost::format {

inline constexpr std::size_t kMaxFormFields = 200;
inline constexpr std::size_t kMaxFormNameBytes = 256;

struct FormPart {
  std::string name;
  bool file = false;
  std::string_view content;  // points into the body
};

/// Fault::malformed says what is wrong; Fault::too_large past kMaxFormFields.
Result<std::vector<FormPart>> parse_multipart(std::string_view body, std::string_view boundary);

/// A header's value with parameters: `text/plain; charset=utf-8`. The value and the names in lower case,
/// quoted strings without their quotes.
struct ParametricValue {
  std::string value;
  std::vector<std::pair<std::string, std::string>> parameters;

  std::string_view parameter(std::string_view name) const;
  bool has(std::string_view name) const;
};
Result<ParametricValue> parse_parametric(std::string_view text);

}  // namespace deltapost::format
