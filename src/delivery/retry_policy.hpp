// Retry policy: what an answer means, and when a delivery that failed is tried again. Pure functions.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"

namespace deltapost::delivery {

/// However long an endpoint asks us to wait, we come back within this.
inline constexpr Millis kMaxRetryAfter = std::chrono::hours{24};
/// A wait is stretched or shortened by at most this part of it, so that endpoints that failed together do not
/// come back together.
inline constexpr double kRetryJitter = 0.2;

/// Only 2xx is success; a redirect is none.
constexpr bool is_success(int status) {
  return status >= 200 && status < 300;
}
constexpr bool is_gone(int status) {
  return status == 410;
}
/// Too Many Requests and Service Unavailable speak for the whole endpoint: their Retry-After pauses it.
constexpr bool pauses_endpoint(int status) {
  return status == 429 || status == 503;
}

/// "answered 503", "answered 301; redirects are not followed".
std::string describe_failure(int status);

/// `wait` with jitter; `unit` is uniform in [0, 1). Never below 0.8 nor above 1.2 of it.
Millis with_jitter(Millis wait, double unit);

/// When a delivery that has now failed `tries` times (1 or more) is due again; nullopt: its schedule is
/// exhausted. `retry_after` is what the endpoint asked for; it can make the wait longer, never shorter.
std::optional<Time> next_try(const std::vector<std::chrono::seconds>& schedule, std::uint32_t tries, Time now,
                             std::optional<Millis> retry_after, double unit);

/// The value of a Retry-After header (RFC 9110, 10.2.3): seconds, or an HTTP-date in any of its three forms.
/// Capped at kMaxRetryAfter; a date that has passed gives 0. nullopt for what is neither.
std::optional<Millis> parse_retry_after(std::string_view value, Time now);

/// An HTTP-date (RFC 9110, 5.6.7): IMF-fixdate, RFC 850 or asctime.
std::optional<Time> parse_http_date(std::string_view text, Time now);

}  // namespace deltapost::delivery
