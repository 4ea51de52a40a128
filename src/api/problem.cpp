#include "api/problem.hpp"

#include <fmt/format.h>

#include "record/json.hpp"

namespace deltapost::api {
namespace {

struct Shape {
  int status;
  std::string_view name, title;
};

constexpr int kRetryAfterOverload_s = 1;
constexpr int kRetryAfterOutage_s = 5;

Shape shape_of(Fault fault) {
  switch (fault) {
    case Fault::invalid:
      return {422, "invalid", "The input breaks a rule"};
    case Fault::malformed:
      return {400, "malformed", "The request cannot be read"};
    case Fault::unauthenticated:
      return {401, "unauthenticated", "A valid API key is needed"};
    case Fault::forbidden:
      return {403, "forbidden", "The API key may not do this"};
    case Fault::not_found:
      return {404, "not-found", "There is no such thing"};
    case Fault::conflict:
      return {409, "conflict", "Something else stands in the way"};
    case Fault::precondition_failed:
      return {412, "precondition-failed", "The record has another version"};
    case Fault::idempotency_mismatch:
      return {422, "idempotency-mismatch", "The Idempotency-Key is in use"};
    case Fault::too_large:
      return {413, "too-large", "The request is too large"};
    case Fault::overloaded:
      return {503, "overloaded", "Too much at once"};
    case Fault::unavailable:
    case Fault::stale_epoch:
      return {503, "unavailable", "The store cannot answer now"};
    case Fault::corrupt:
    case Fault::internal:
      break;
  }
  return {500, "internal", "Our mistake"};
}

net::Reply reply_of(const Shape& shape, const Error& error) {
  JsonObject body;
  body["type"] = fmt::format("urn:deltapost:problem:{}", shape.name);
  body["title"] = shape.title;
  body["status"] = shape.status;
  body["detail"] = error.message;
  if (!error.field.empty()) body["field"] = error.field;
  if (!error.other.empty()) body["other"] = error.other;
  return {.status = shape.status, .content_type = "application/problem+json", .body = to_text(body)};
}

}  // namespace

net::Reply problem(const Error& error) {
  const Shape shape = shape_of(error.fault);
  if (shape.status == 500)
    return reply_of(shape, {.message = "the server met a mistake of its own; it is in its log"});
  net::Reply reply = reply_of(shape, error);
  if (shape.status == 401) reply.headers.push_back({"WWW-Authenticate", "Bearer"});
  if (error.fault == Fault::overloaded) {
    reply.headers.push_back({"Retry-After", std::to_string(kRetryAfterOverload_s)});
    reply.breather = true;
  } else if (shape.status == 503) {
    reply.headers.push_back({"Retry-After", std::to_string(kRetryAfterOutage_s)});
  }
  return reply;
}

net::Reply method_not_allowed(const std::string& allow) {
  net::Reply reply = reply_of({405, "method-not-allowed", "This path has no such method"},
                              {.message = fmt::format("use one of: {}", allow)});
  reply.headers.push_back({"Allow", allow});
  return reply;
}

net::Reply unsupported_media_type(std::string_view given) {
  return reply_of({415, "unsupported-media-type", "The body is not JSON"},
                  {.message = fmt::format("send the body as JSON with Content-Type: application/json, not {}",
                                          given.empty() ? "none" : given),
                   .field = "Content-Type"});
}

net::Reply bad_signature(std::string_view why) {
  return reply_of({401, "bad-signature", "The signature is not right"}, {.message = std::string(why)});
}

net::Reply unsupported_content_encoding(std::string_view given) {
  return reply_of({415, "unsupported-content-encoding", "The body is encoded"},
                  {.message = fmt::format("send the body as it is, without Content-Encoding: {}", given),
                   .field = "Content-Encoding"});
}

net::Reply too_many_requests(std::string_view why, int retry_after_s) {
  net::Reply reply = reply_of({429, "overloaded", "Too many requests"}, {.message = std::string(why)});
  reply.headers.push_back({"Retry-After", std::to_string(retry_after_s)});
  return reply;
}

}  // namespace deltapost::api
