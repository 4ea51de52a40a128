#include "delivery/outgoing.hpp"

#include "base/encoding.hpp"
#include "delivery/retry_policy.hpp"

namespace deltapost::delivery {

namespace {

constexpr std::string_view kRetryAfter = "Retry-After";

std::vector<format::SigningSecret> secrets_at(const EndpointSecrets& secrets, Time now) {
  std::vector<format::SigningSecret> live;
  for (const TimedSecret& timed : secrets.secrets) {
    if (!timed.until || *timed.until > now) live.push_back(timed.secret);
  }
  return live;
}

}  // namespace

net::OutRequest outgoing(const Endpoint& endpoint, const format::Event& event,
                         const format::Rendered& rendered, Version version, std::uint32_t attempt, Time now) {
  net::OutRequest request;
  request.url = endpoint.url;
  request.timeout = endpoint.timeout;
  request.max_response_bytes = kKeptResponseBytes;
  request.kept_header = kRetryAfter;
  request.asker = std::hash<AccountId>{}(endpoint.account);
  request.body = rendered.body;
  request.headers.reserve(8 + endpoint.secrets.headers.size());
  request.headers.push_back({"Content-Type", rendered.content_type});
  auto signature = format::signature_headers(secrets_at(endpoint.secrets, now), event.id, now, request.body,
                                             endpoint.format == format::Format::apten);
  for (auto& [name, value] : signature) request.headers.push_back({std::move(name), std::move(value)});
  request.headers.push_back({"deltapost-event", event.type});
  request.headers.push_back({"deltapost-record-version", std::to_string(version)});
  request.headers.push_back({"deltapost-attempt", std::to_string(attempt)});
  for (const auto& [name, value] : endpoint.secrets.headers) request.headers.push_back({name, value});
  return request;
}

void take_result(const net::OutResult& result, Time now, Answer& answer) {
  store::Attempt& attempt = answer.attempt;
  if (const auto* failure = std::get_if<net::OutFailure>(&result)) {
    attempt.latency_ms = static_cast<std::uint32_t>(failure->latency.count());
    attempt.error = as_utf8(failure->reason);
    return;
  }
  const auto& response = std::get<net::OutResponse>(result);
  answer.status = response.status;
  attempt.latency_ms = static_cast<std::uint32_t>(response.latency.count());
  attempt.response = as_utf8(std::string_view(response.body).substr(0, kKeptResponseBytes));
  if (const auto wait = net::find_header(response.headers, kRetryAfter)) {
    answer.retry_after = parse_retry_after(*wait, now);
  }
}

std::string as_utf8(std::string_view bytes) {
  // The cut after 16 KiB may go through a character.
  for (std::size_t cut = 0; cut < 4 && cut <= bytes.size(); ++cut) {
    const std::string_view whole = bytes.substr(0, bytes.size() - cut);
    if (valid_utf8(whole)) return std::string(whole);
  }
  std::string text(bytes);
  for (char& c : text) {
    if (static_cast<unsigned char>(c) >= 0x80) c = '?';
  }
  return text;
}

}  // namespace deltapost::delivery
