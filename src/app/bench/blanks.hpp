// Blanks: places in a text where numbers are to be written, each a run of one mark, like `##########`.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace deltapost::app::bench {

class Blanks {
 public:
  /// All runs of at least kShortest of the mark in the text.
  Blanks(std::string_view text, char mark) {
    for (std::size_t at = text.find(mark); at != std::string_view::npos; at = text.find(mark, at)) {
      std::size_t end = std::min(text.find_first_not_of(mark, at), text.size());
      if (end - at >= kShortest) runs_.push_back({at, end - at});
      at = end;
    }
  }

  /// With zeros before it; what is longer than a run loses its front.
  void put(std::string& text, std::uint64_t number) const {
    for (const Run& run : runs_) {
      std::uint64_t rest = number;
      for (std::size_t i = run.size; i-- > 0; rest /= 10)
        text[run.at + i] = static_cast<char>('0' + rest % 10);
    }
  }
  /// Text of the runs' length.
  void put(std::string& text, std::string_view value) const {
    for (const Run& run : runs_) text.replace(run.at, run.size, value.substr(0, run.size));
  }

 private:
  static constexpr std::size_t kShortest = 9;
  struct Run {
    std::size_t at, size;
  };
  std::vector<Run> runs_;
};

}  // namespace deltapost::app::bench
