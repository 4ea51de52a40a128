// Problems: every error answer is application/problem+json (RFC 9457) that names the field and what would be
// right. This is the one place where an Error becomes an HTTP status; nothing internal leaks through it.
#pragma once

#include "base/result.hpp"
#include "net/http.hpp"

namespace deltapost::api {

/// 400 malformed, 401, 403, 404, 409, 412, 413, 415, 422 invalid, 500, 503. Fault::internal and
/// Fault::corrupt answer with a fixed sentence; their message is for the log.
net::Reply problem(const Error& error);

/// Problems that are about HTTP itself.
net::Reply method_not_allowed(const std::string& allow);
net::Reply unsupported_media_type(std::string_view given);
net::Reply unsupported_content_encoding(std::string_view given);
/// A webhook whose signature is not right: unlike an API key it is not asked for, so nothing is.
net::Reply bad_signature(std::string_view why);
net::Reply too_many_requests(std::string_view why, int retry_after_s);

}  // namespace deltapost::api
