// What goes over the wire for a delivery, and what is kept of the answer. Pure functions.
#pragma once

#include <cstdint>
#include <string>

#include "delivery/endpoint.hpp"
#include "delivery/endpoint_queue.hpp"
#include "format/event.hpp"
#include "net/http.hpp"

namespace deltapost::delivery {

/// What of an answer's body an attempt keeps.
inline constexpr std::size_t kKeptResponseBytes = 16 * 1024;

/// The request for an event: content type, webhook-id, -timestamp and -signature (and X-Signature-SHA256 for
/// apten) with every secret that still signs, deltapost-event, deltapost-record-version, deltapost-attempt,
/// and the endpoint's own headers.
net::OutRequest outgoing(const Endpoint& endpoint, const format::Event& event,
                         const format::Rendered& rendered, Version version, std::uint32_t attempt, Time now);

/// The answer as the engine hears it; `answer.attempt` gets latency, error and the kept part of the body.
void take_result(const net::OutResult& result, Time now, Answer& answer);

/// Bytes of unknown kind as text that JSON can carry.
std::string as_utf8(std::string_view bytes);

}  // namespace deltapost::delivery
