// How a target takes its input apart. The corpora are meant to be read by people: parts stand one after the
// other, divided by a line `---`.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>

namespace deltapost::fuzz {

/// The first N-1 parts and all the rest; missing ones are empty.
template <std::size_t N>
std::array<std::string_view, N> parts_of(std::string_view input) {
  constexpr std::string_view kDivider = "\n---\n";
  std::array<std::string_view, N> parts;
  for (std::size_t i = 0; i < N; ++i) {
    const std::size_t end = i + 1 < N ? input.find(kDivider) : std::string_view::npos;
    parts[i] = input.substr(0, end);
    if (end == std::string_view::npos) break;
    input.remove_prefix(end + kDivider.size());
  }
  return parts;
}

/// Choices that belong to an input: the same for the same bytes, so that a finding can be played again.
class Choices {
 public:
  explicit Choices(std::string_view input);
  /// Uniform in [0, bound); bound > 0.
  std::size_t below(std::size_t bound);

 private:
  std::minstd_rand engine_;
};

/// The text with one character replaced by another one that is printable. Not for empty texts.
std::string with_one_changed(std::string text, Choices& choices);

}  // namespace deltapost::fuzz
