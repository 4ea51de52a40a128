#include "net/text.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

namespace deltapost::net {
namespace {

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

constexpr std::array<bool, 256> kTokenChars = [] {
  std::array<bool, 256> token{};
  for (const char c : std::string_view("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz"
                                       "ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
    token[static_cast<unsigned char>(c)] = true;
  return token;
}();

bool is_token_char(char c) {
  return kTokenChars[static_cast<unsigned char>(c)];
}

bool is_blank(char c) {
  return c == ' ' || c == '\t';
}

bool is_value_char(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return c == '\t' || (byte >= 0x20 && byte != 0x7f);
}

/// True only when none of eight bytes is a control character (the usual bit tricks, which may say no too
/// often).
bool eight_are_visible(const char* bytes) {
  constexpr std::uint64_t kOnes = 0x0101010101010101, kHighs = 0x8080808080808080;
  std::uint64_t word = 0;
  std::memcpy(&word, bytes, sizeof word);
  const std::uint64_t below_space = (word - kOnes * 0x20) & ~word & kHighs;
  const std::uint64_t deletes = word ^ kOnes * 0x7f;
  return (below_space | ((deletes - kOnes) & ~deletes & kHighs)) == 0;
}

}  // namespace

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return a.size() == b.size() &&
         std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) { return lower(x) == lower(y); });
}

bool is_token(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_token_char);
}

bool is_field_value(std::string_view text) {
  if (!text.empty() && (is_blank(text.front()) || is_blank(text.back()))) return false;
  std::size_t at = 0;
  while (at + 8 <= text.size() && eight_are_visible(text.data() + at)) at += 8;
  return std::all_of(text.begin() + static_cast<std::ptrdiff_t>(at), text.end(), is_value_char);
}

std::string lower_first(std::string_view text) {
  std::string lowered(text);
  if (!lowered.empty()) lowered.front() = lower(lowered.front());
  return lowered;
}

}  // namespace deltapost::net
