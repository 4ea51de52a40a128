// Bytes as text. What is read is written as the very same text, so that no two texts stand for the same
// bytes.
#include "base/encoding.hpp"

#include "base/check.hpp"
#include "fuzz/targets.hpp"

namespace deltapost::fuzz {
namespace {

std::string lower_case(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = c >= 'A' && c <= 'F' ? static_cast<char>(c + ('a' - 'A')) : c;
  return lower;
}

}  // namespace

void encoding(std::string_view input) {
  if (const auto bytes = from_hex(input)) DP_CHECK(hex(*bytes) == lower_case(input));
  if (const auto bytes = from_base64(input)) DP_CHECK(base64(*bytes) == input);
  if (const auto bytes = from_base64url(input)) DP_CHECK(base64url(*bytes) == input);
  DP_CHECK(*from_hex(hex(input)) == input);
  DP_CHECK(*from_base64(base64(input)) == input);
  DP_CHECK(*from_base64url(base64url(input)) == input);
  if (const auto text = from_form(input)) DP_CHECK(valid_utf8(*text) && text->size() <= input.size());
}

}  // namespace deltapost::fuzz
