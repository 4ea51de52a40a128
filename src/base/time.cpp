#include "base/time.hpp"

#include <array>
#include <cstdint>

namespace deltapost {
namespace {

void put_digits(char* end, int width, unsigned value) {
  for (int i = 0; i < width; ++i) {
    *--end = static_cast<char>('0' + value % 10);
    value /= 10;
  }
}

/// yyyy-mm-ddThh:mm:ss.mmm into `out`; what follows is the caller's.
void put_date_time(Time time, std::array<char, 24>& out) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date{day};
  const auto millis = static_cast<unsigned>((time - day).count());
  out = {'0', '0', '0', '0', '-', '0', '0', '-', '0', '0', 'T', '0',
         '0', ':', '0', '0', ':', '0', '0', '.', '0', '0', '0', 'Z'};
  put_digits(out.data() + 4, 4, static_cast<unsigned>(static_cast<int>(date.year())));
  put_digits(out.data() + 7, 2, static_cast<unsigned>(date.month()));
  put_digits(out.data() + 10, 2, static_cast<unsigned>(date.day()));
  put_digits(out.data() + 13, 2, millis / 3'600'000);
  put_digits(out.data() + 16, 2, millis / 60'000 % 60);
  put_digits(out.data() + 19, 2, millis / 1000 % 60);
  put_digits(out.data() + 23, 3, millis % 1000);
}

/// Reads a date-time from its front; every step says whether the text still fits.
class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  bool digits(std::size_t width, int& value) {
    if (rest_.size() < width) return false;
    value = 0;
    for (const char c : rest_.substr(0, width)) {
      if (c < '0' || c > '9') return false;
      value = value * 10 + (c - '0');
    }
    rest_.remove_prefix(width);
    return true;
  }

  bool one_of(std::string_view choices) {
    if (rest_.empty() || choices.find(rest_.front()) == std::string_view::npos) return false;
    rest_.remove_prefix(1);
    return true;
  }

  /// `.` and at least one digit, or nothing at all.
  bool fraction(int& millis) {
    millis = 0;
    if (!one_of(".")) return true;
    int scale = 100;
    bool any = false;
    for (int digit = 0; digits(1, digit); any = true) {
      millis += digit * scale;
      scale /= 10;
    }
    return any;
  }

  bool offset(std::chrono::minutes& east) {
    if (one_of("Zz")) return true;
    const bool west = !rest_.empty() && rest_.front() == '-';
    int hours = 0;
    int minutes = 0;
    if (!one_of("+-") || !digits(2, hours) || !one_of(":") || !digits(2, minutes)) return false;
    if (hours > 23 || minutes > 59) return false;
    east = std::chrono::minutes{(west ? -1 : 1) * (hours * 60 + minutes)};
    return true;
  }

  bool at_end() const { return rest_.empty(); }

 private:
  std::string_view rest_;
};

std::optional<Time> read_date_time(std::string_view text) {
  Reader reader(text);
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, millis = 0;
  std::chrono::minutes east{0};
  const bool well_formed = reader.digits(4, year) && reader.one_of("-") && reader.digits(2, month) &&
                           reader.one_of("-") && reader.digits(2, day) && reader.one_of("Tt") &&
                           reader.digits(2, hour) && reader.one_of(":") && reader.digits(2, minute) &&
                           reader.one_of(":") && reader.digits(2, second) && reader.fraction(millis) &&
                           reader.offset(east) && reader.at_end();
  if (!well_formed || hour > 23 || minute > 59 || second > 59) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year{year},
                                         std::chrono::month{static_cast<unsigned>(month)},
                                         std::chrono::day{static_cast<unsigned>(day)}};
  if (!date.ok()) return std::nullopt;
  return Time{std::chrono::sys_days{date}} + std::chrono::hours{hour} + std::chrono::minutes{minute} +
         std::chrono::seconds{second} + Millis{millis} - east;
}

constexpr Time kFirst{};
constexpr Time kEnd{std::chrono::sys_days{std::chrono::year{10000} / 1 / 1}};

}  // namespace

std::string iso_millis(Time time) {
  std::array<char, 24> out;
  put_date_time(time, out);
  return {out.data(), out.size()};
}

std::string iso_seconds(Time time) {
  std::array<char, 24> out;
  put_date_time(time, out);
  out[19] = 'Z';
  return {out.data(), 20};
}

Result<Time> parse_iso(std::string_view text) {
  const auto time = read_date_time(text);
  if (!time || *time < kFirst || *time >= kEnd) {
    return Error{Fault::invalid,
                 "must be a date and time like 2025-05-09T15:28:40.783Z (RFC 3339, years 1970 to 9999)"};
  }
  return *time;
}

Time SystemClock::now() const {
  return std::chrono::floor<Millis>(std::chrono::system_clock::now());
}

}  // namespace deltapost
