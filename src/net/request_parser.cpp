#include "net/request_parser.hpp"

#include <algorithm>
#include <boost/beast/http/error.hpp>

#include "net/body_budget.hpp"
#include "net/text.hpp"
#include "net/url.hpp"

namespace deltapost::net {

namespace http = boost::beast::http;

namespace {

constexpr std::size_t kMaxHeaderFields = 128;
constexpr std::size_t kUsualHeaderFields = 8;

bool is_host(std::string_view value) {
  return std::all_of(value.begin(), value.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           std::string_view(".-_:[]").find(c) != std::string_view::npos;
  });
}

}  // namespace

void RequestParser::append_to_body(std::string_view bytes) {
  // A string that grew by itself would double there, too.
  const std::size_t size = request.body.size() + bytes.size();
  if (size > request.body.capacity()) {
    const std::size_t most = content_length() ? announced_body() : max_body_bytes_;
    std::string roomier;
    roomier.reserve(std::max(size, std::min(2 * request.body.capacity(), most)));
    request.body.swap(roomier += request.body);
  }
  request.body.append(bytes.data(), bytes.size());
}

void RequestParser::on_request_impl(Verb verb, Text method, Text raw_target, int version, ErrorCode&) {
  request.method = method;
  request.headers.reserve(kUsualHeaderFields);
  is_head = verb == http::verb::head;
  target = raw_target;
  http11 = version == 11;
}

void RequestParser::on_field_impl(Field name, Text name_text, Text value, ErrorCode& ec) {
  if (request.headers.size() == kMaxHeaderFields) {
    return refuse(ec, 431, "The request has more than 128 headers.");
  }
  request.headers.push_back({std::string(name_text), std::string(value)});
  if (name == http::field::content_length) return check_content_length(value, ec);
  if (name == http::field::transfer_encoding) return check_transfer_encoding(value, ec);
  if (name == http::field::host) return check_host(value, ec);
  if (name == http::field::expect) return check_expect(value, ec);
}

void RequestParser::check_content_length(Text value, ErrorCode& ec) {
  const bool digits = std::all_of(value.begin(), value.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (value.empty() || !digits) return refuse(ec, 400, "Content-Length is not a number.");
  if (has_length_ || has_encoding_) return refuse_two_lengths(ec);
  has_length_ = true;
}

void RequestParser::check_transfer_encoding(Text value, ErrorCode& ec) {
  if (has_length_ || has_encoding_) return refuse_two_lengths(ec);
  if (!http11) return refuse(ec, 400, "HTTP/1.0 knows no Transfer-Encoding.");
  if (!equal_ignoring_case(value, "chunked")) {
    return refuse(ec, 501, "The only Transfer-Encoding accepted is chunked.");
  }
  has_encoding_ = true;
}

void RequestParser::check_host(Text value, ErrorCode& ec) {
  if (has_host_) return refuse(ec, 400, "The request has more than one Host header.");
  if (!is_host(value)) return refuse(ec, 400, "The Host header is not a host.");
  has_host_ = true;
}

void RequestParser::check_expect(Text value, ErrorCode& ec) {
  if (!equal_ignoring_case(value, "100-continue")) {
    return refuse(ec, 417, "The only expectation accepted is 100-continue.");
  }
  expects_continue = http11;
}

void RequestParser::on_header_impl(ErrorCode& ec) {
  if (http11 && !has_host_) return refuse(ec, 400, "The request has no Host header.");
  auto parsed = net::parse_target(target);
  if (!parsed) return refuse(ec, 400, parsed.error().message);
  request.target = std::move(target);
  request.path = std::move(parsed->path);
  request.query = std::move(parsed->query);
}

void RequestParser::on_body_init_impl(boost::optional<std::uint64_t> const& length, ErrorCode&) {
  if (length) request.body.reserve(std::min<std::size_t>(*length, BodyBudget::kFree));
}

std::size_t RequestParser::on_body_impl(Text bytes, ErrorCode&) {
  append_to_body(bytes);
  return bytes.size();
}

void RequestParser::refuse(ErrorCode& ec, int status, std::string detail) {
  refusal = Refusal{status, std::move(detail)};
  ec = http::error::bad_value;
}

void RequestParser::refuse_two_lengths(ErrorCode& ec) {
  refuse(ec, 400, "The request tells its body's length more than once.");
}

}  // namespace deltapost::net
