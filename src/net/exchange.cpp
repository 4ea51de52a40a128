#include "net/exchange.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "net/text.hpp"

namespace deltapost::net {
namespace {

/// What the client itself says about a message; a caller who says it, too, would contradict it.
constexpr std::array<std::string_view, 9> kOwnHeaders = {"Host",       "Content-Length", "Transfer-Encoding",
                                                         "Connection", "Keep-Alive",     "Proxy-Connection",
                                                         "TE",         "Trailer",        "Upgrade"};

Result<void> check(const Header& header) {
  if (!is_token(header.name)) return Error{Fault::invalid, "a header's name is not valid"};
  if (!is_field_value(header.value)) {
    return Error{Fault::invalid, "the value of header " + header.name + " is not valid"};
  }
  const bool own = std::any_of(kOwnHeaders.begin(), kOwnHeaders.end(),
                               [&](std::string_view name) { return equal_ignoring_case(name, header.name); });
  if (own || equal_ignoring_case(header.name, "Expect")) {
    return Error{Fault::invalid, "header " + header.name + " may not be set"};
  }
  return ok();
}

void append_header(std::string& out, std::string_view name, std::string_view value) {
  out += name;
  out += ": ";
  out += value;
  out += "\r\n";
}

}  // namespace

Result<void> prepare(Exchange& exchange, OutRequest request, Destinations& destinations,
                     std::string_view user_agent) {
  if (!is_token(request.method)) return Error{Fault::invalid, "the method is not valid"};
  auto destination = destinations.find(request.url);
  if (!destination) return destination.error();
  for (const Header& header : request.headers) {
    if (auto checked = check(header); !checked) return checked;
  }
  // Head and body in one piece: copying a webhook's body costs less than telling the kernel of two.
  std::string& message = exchange.message;
  message.reserve(128 + (*destination)->head.size() + request.lines.text().size() +
                  64 * request.headers.size() + request.body.size());
  message += request.method;
  message += (*destination)->head;
  if (!find_header(request.headers, "User-Agent")) append_header(message, "User-Agent", user_agent);
  message += request.lines.text();
  for (const Header& header : request.headers) append_header(message, header.name, header.value);
  if (!request.body.empty() || (request.method != "GET" && request.method != "HEAD")) {
    append_header(message, "Content-Length", fmt::format_int(request.body.size()).c_str());
  }
  message += "\r\n";
  message += request.body;
  exchange.is_head_method = request.method == "HEAD";
  exchange.destination = *std::move(destination);
  exchange.max_response_bytes = request.max_response_bytes;
  exchange.kept_header = request.kept_header;
  exchange.asker = request.asker;
  exchange.timeout = request.timeout;
  return ok();
}

}  // namespace deltapost::net
