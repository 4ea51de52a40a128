#include "delivery/retry_policy.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace deltapost::delivery {

namespace {

constexpr std::array<std::string_view, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr std::array<std::string_view, 7> kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array<std::string_view, 7> kLongDays{"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                    "Thursday", "Friday", "Saturday"};

/// Eats a text from its front; the first thing that does not fit makes all the rest fail.
class DateReader {
 public:
  explicit DateReader(std::string_view text) : rest_(text) {}

  void literal(std::string_view expected) {
    if (rest_.starts_with(expected)) {
      rest_.remove_prefix(expected.size());
    } else {
      good_ = false;
    }
  }

  int digits(std::size_t count) {
    int value = 0;
    const auto end = rest_.data() + std::min(count, rest_.size());
    const auto [stop, error] = std::from_chars(rest_.data(), end, value);
    if (error != std::errc{} || stop != rest_.data() + count || value < 0) good_ = false;
    rest_.remove_prefix(std::min(count, rest_.size()));
    return value;
  }

  /// The day of asctime is padded with a space.
  int padded_day() {
    if (!rest_.starts_with(' ')) return digits(2);
    rest_.remove_prefix(1);
    return digits(1);
  }

  template <std::size_t N>
  int one_of(const std::array<std::string_view, N>& names) {
    for (std::size_t i = 0; i < N; ++i) {
      if (rest_.starts_with(names[i])) {
        rest_.remove_prefix(names[i].size());
        return static_cast<int>(i);
      }
    }
    good_ = false;
    return 0;
  }

  std::chrono::seconds time_of_day() {
    const int hours = digits(2);
    literal(":");
    const int minutes = digits(2);
    literal(":");
    const int seconds = digits(2);
    if (hours > 23 || minutes > 59 || seconds > 60) good_ = false;
    return std::chrono::hours{hours} + std::chrono::minutes{minutes} + std::chrono::seconds{seconds};
  }

  bool finished() const { return good_ && rest_.empty(); }

 private:
  std::string_view rest_;
  bool good_ = true;
};

std::optional<Time> to_time(int year, int month_index, int day, std::chrono::seconds time_of_day) {
  const auto date = std::chrono::year{year} / (month_index + 1) / day;
  if (!date.ok()) return std::nullopt;
  return Time{std::chrono::sys_days{date}} + time_of_day;
}

/// Sun, 06 Nov 1994 08:49:37 GMT
std::optional<Time> parse_imf_fixdate(std::string_view text) {
  DateReader in(text);
  in.one_of(kDays);
  in.literal(", ");
  const int day = in.digits(2);
  in.literal(" ");
  const int month = in.one_of(kMonths);
  in.literal(" ");
  const int year = in.digits(4);
  in.literal(" ");
  const auto time_of_day = in.time_of_day();
  in.literal(" GMT");
  if (!in.finished()) return std::nullopt;
  return to_time(year, month, day, time_of_day);
}

/// Sunday, 06-Nov-94 08:49:37 GMT: a year that seems more than 50 years ahead is the past one with these
/// digits.
std::optional<Time> parse_rfc850(std::string_view text, Time now) {
  DateReader in(text);
  in.one_of(kLongDays);
  in.literal(", ");
  const int day = in.digits(2);
  in.literal("-");
  const int month = in.one_of(kMonths);
  in.literal("-");
  const int two_digits = in.digits(2);
  in.literal(" ");
  const auto time_of_day = in.time_of_day();
  in.literal(" GMT");
  if (!in.finished()) return std::nullopt;
  const std::chrono::year_month_day today{std::chrono::floor<std::chrono::days>(now)};
  const int this_year = static_cast<int>(today.year());
  int year = this_year - this_year % 100 + two_digits;
  if (year > this_year + 50) year -= 100;
  return to_time(year, month, day, time_of_day);
}

/// Sun Nov  6 08:49:37 1994
std::optional<Time> parse_asctime(std::string_view text) {
  DateReader in(text);
  in.one_of(kDays);
  in.literal(" ");
  const int month = in.one_of(kMonths);
  in.literal(" ");
  const int day = in.padded_day();
  in.literal(" ");
  const auto time_of_day = in.time_of_day();
  in.literal(" ");
  const int year = in.digits(4);
  if (!in.finished()) return std::nullopt;
  return to_time(year, month, day, time_of_day);
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

bool all_digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

std::string describe_failure(int status) {
  std::string text = "answered " + std::to_string(status);
  if (status >= 300 && status < 400) text += "; redirects are not followed";
  if (is_gone(status)) text += " Gone";
  return text;
}

Millis with_jitter(Millis wait, double unit) {
  const double factor = 1.0 - kRetryJitter + 2 * kRetryJitter * unit;
  return Millis{static_cast<Millis::rep>(static_cast<double>(wait.count()) * factor + 0.5)};
}

std::optional<Time> next_try(const std::vector<std::chrono::seconds>& schedule, std::uint32_t tries, Time now,
                             std::optional<Millis> retry_after, double unit) {
  if (tries > schedule.size()) return std::nullopt;
  const Time due = now + with_jitter(schedule[tries - 1], unit);
  if (!retry_after) return due;
  return std::max(due, now + std::min(*retry_after, kMaxRetryAfter));
}

std::optional<Time> parse_http_date(std::string_view text, Time now) {
  if (auto time = parse_imf_fixdate(text)) return time;
  if (auto time = parse_rfc850(text, now)) return time;
  return parse_asctime(text);
}

std::optional<Millis> parse_retry_after(std::string_view value, Time now) {
  value = trimmed(value);
  if (all_digits(value)) {
    std::int64_t seconds = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), seconds);
    // More digits than fit: longer than any cap.
    if (error != std::errc{} || seconds > kMaxRetryAfter / std::chrono::seconds{1}) return kMaxRetryAfter;
    return std::chrono::seconds{seconds};
  }
  const auto date = parse_http_date(value, now);
  if (!date) return std::nullopt;
  return std::clamp(Millis{*date - now}, Millis{0}, kMaxRetryAfter);
}

}  // namespace deltapost::delivery
