#include "fuzz/input.hpp"

#include "base/check.hpp"

namespace deltapost::fuzz {
namespace {

/// FNV-1a.
std::uint32_t digest(std::string_view bytes) {
  std::uint32_t hash = 2166136261U;
  for (const char byte : bytes) hash = (hash ^ static_cast<unsigned char>(byte)) * 16777619U;
  return hash;
}

}  // namespace

Choices::Choices(std::string_view input) : engine_(digest(input)) {}

std::size_t Choices::below(std::size_t bound) {
  return engine_() % bound;
}

std::string with_one_changed(std::string text, Choices& choices) {
  DP_CHECK(!text.empty());
  constexpr std::size_t kPrintable = '~' - ' ';
  char& changed = text[choices.below(text.size())];
  const char other = static_cast<char>(' ' + choices.below(kPrintable));
  changed = other == changed ? '~' : other;
  return text;
}

}  // namespace deltapost::fuzz
