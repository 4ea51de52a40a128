// What an endpoint asks for in Retry-After, and times of everyone: within bounds, and the same when written
// and read again.
#include "base/check.hpp"
#include "base/time.hpp"
#include "delivery/retry_policy.hpp"
#include "fuzz/targets.hpp"

namespace deltapost::fuzz {

void retry_after(std::string_view input) {
  constexpr Time kNow{Millis{1'780'000'000'123}};
  if (const auto wait = delivery::parse_retry_after(input, kNow)) {
    DP_CHECK(*wait >= Millis{0} && *wait <= delivery::kMaxRetryAfter);
  }
  if (const auto date = delivery::parse_http_date(input, kNow)) {
    const auto again = delivery::parse_http_date(input, *date);
    DP_CHECK(again);
    DP_CHECK(date->time_since_epoch() % std::chrono::seconds{1} == Millis{0});
  }
  if (const auto time = parse_iso(input)) {
    const auto again = parse_iso(iso_millis(*time));
    DP_CHECK(again && *again == *time);
    const auto seconds = parse_iso(iso_seconds(*time));
    DP_CHECK(seconds && *seconds <= *time && *time - *seconds < std::chrono::seconds{1});
  }
}

}  // namespace deltapost::fuzz
