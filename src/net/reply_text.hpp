// Replies as bytes: the head is serialised once, into one buffer.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "net/http.hpp"

namespace deltapost::net {

/// "Not Found"; "Status" for a code that RFC 9110 does not know.
std::string_view status_text(int status);

/// The server's own answers: RFC 9457.
Reply problem_reply(int status, std::string_view detail);

/// How a body's end is told to the client.
enum class BodyFraming { length, chunked, until_close };

struct HeadStyle {
  BodyFraming framing = BodyFraming::length;
  bool keep_alive = true;
  bool http11 = true;
  std::string_view date;  // as RFC 9110 writes it
};

/// Appends the status line and the headers to `out`. False, and nothing is appended, when a header of the
/// reply cannot be sent (a line break in a value).
bool append_head(std::string& out, const Reply& reply, const HeadStyle& style);

/// Whether a reply of this status has a body at all (RFC 9110, section 6.4.1).
bool has_body(int status);

/// "Sun, 06 Nov 1994 08:49:37 GMT"
std::string http_date(long long unix_seconds);

}  // namespace deltapost::net
