#include "delivery/outgoing.hpp"

#include <boost/container/small_vector.hpp>

#include "base/encoding.hpp"
#include "delivery/retry_policy.hpp"

namespace deltapost::delivery {

namespace {

constexpr std::string_view kRetryAfter = "Retry-After";
// Bytes of a request's own headers.
constexpr std::size_t kUsualLines = 512, kUsualSignature = 100;

using LiveSecrets = boost::container::small_vector<const format::SigningSecret*, 4>;

LiveSecrets secrets_at(const EndpointSecrets& secrets, Time now) {
  LiveSecrets live;
  for (const TimedSecret& timed : secrets.secrets) {
    if (!timed.until || *timed.until > now) live.push_back(&timed.secret);
  }
  return live;
}

/// The headers of the program's own making.
void write_lines(net::HeaderLines& lines, const Endpoint& endpoint, const format::Event& event,
                 const format::Rendered& rendered, Time now) {
  static const net::HeaderName kContentType("Content-Type"), kId("webhook-id"),
      kTimestamp("webhook-timestamp"), kSignature("webhook-signature"), kAptens("X-Signature-SHA256"),
      kEvent("deltapost-event");
  const bool apten = endpoint.format == format::Format::apten;
  const LiveSecrets secrets = secrets_at(endpoint.secrets, now);
  const std::string timestamp = format::signature_timestamp(now);
  lines.reserve(kUsualLines + kUsualSignature * secrets.size());
  lines.add(kContentType, rendered.content_type);
  lines.add(kId, event.id);
  lines.add(kTimestamp, timestamp);
  lines.write(kSignature, [&](std::string& text) {
    format::append_signatures(text, {secrets.data(), secrets.size()}, event.id, timestamp, rendered.body);
  });
  if (apten) {
    lines.write(kAptens, [&](std::string& text) {
      format::append_apten_signature(text, secrets.front()->text(), rendered.body);
    });
  }
  lines.add(kEvent, event.type);
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
  write_lines(request.lines, endpoint, event, rendered, now);
  static const net::HeaderName kVersion("deltapost-record-version"), kAttempt("deltapost-attempt");
  request.lines.add(kVersion, std::to_string(version));
  request.lines.add(kAttempt, std::to_string(attempt));
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
