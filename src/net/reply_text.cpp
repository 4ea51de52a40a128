#include "net/reply_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <ctime>

#include "net/text.hpp"

namespace deltapost::net {
namespace {

struct StatusName {
  int status;
  std::string_view text;
};

constexpr std::array kStatusNames = {
    StatusName{200, "OK"},
    StatusName{201, "Created"},
    StatusName{202, "Accepted"},
    StatusName{204, "No Content"},
    StatusName{206, "Partial Content"},
    StatusName{301, "Moved Permanently"},
    StatusName{302, "Found"},
    StatusName{303, "See Other"},
    StatusName{304, "Not Modified"},
    StatusName{307, "Temporary Redirect"},
    StatusName{308, "Permanent Redirect"},
    StatusName{400, "Bad Request"},
    StatusName{401, "Unauthorized"},
    StatusName{403, "Forbidden"},
    StatusName{404, "Not Found"},
    StatusName{405, "Method Not Allowed"},
    StatusName{406, "Not Acceptable"},
    StatusName{408, "Request Timeout"},
    StatusName{409, "Conflict"},
    StatusName{410, "Gone"},
    StatusName{412, "Precondition Failed"},
    StatusName{413, "Content Too Large"},
    StatusName{415, "Unsupported Media Type"},
    StatusName{417, "Expectation Failed"},
    StatusName{422, "Unprocessable Content"},
    StatusName{428, "Precondition Required"},
    StatusName{429, "Too Many Requests"},
    StatusName{431, "Request Header Fields Too Large"},
    StatusName{500, "Internal Server Error"},
    StatusName{501, "Not Implemented"},
    StatusName{502, "Bad Gateway"},
    StatusName{503, "Service Unavailable"},
    StatusName{504, "Gateway Timeout"},
    StatusName{505, "HTTP Version Not Supported"},
};

/// Details are ours and hold no quotes as a rule; what would break the JSON is escaped all the same.
std::string json_text(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '"' || c == '\\') escaped += '\\';
    escaped += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  }
  return escaped;
}

void append_header(std::string& out, std::string_view name, std::string_view value) {
  out += name;
  out += ": ";
  out += value;
  out += "\r\n";
}

bool can_be_sent(const Header& header) {
  return is_token(header.name) && is_field_value(header.value);
}

}  // namespace

std::string_view status_text(int status) {
  const auto found = std::find_if(kStatusNames.begin(), kStatusNames.end(),
                                  [&](const StatusName& name) { return name.status == status; });
  return found == kStatusNames.end() ? "Status" : found->text;
}

Reply problem_reply(int status, std::string_view detail) {
  return Reply{.status = status,
               .content_type = "application/problem+json",
               .body = fmt::format(R"({{"type":"about:blank","title":"{}","status":{},"detail":"{}"}})",
                                   status_text(status), status, json_text(detail))};
}

bool append_head(std::string& out, const Reply& reply, const HeadStyle& style) {
  if (!std::all_of(reply.headers.begin(), reply.headers.end(), can_be_sent)) return false;
  if (!is_field_value(reply.content_type)) return false;
  out += "HTTP/1.1 ";
  out += fmt::format_int(reply.status).c_str();
  out += ' ';
  out += status_text(reply.status);
  out += "\r\n";
  append_header(out, "Date", style.date);
  for (const Header& header : reply.headers) append_header(out, header.name, header.value);
  if (has_body(reply.status)) {
    if (!reply.content_type.empty()) append_header(out, "Content-Type", reply.content_type);
    if (style.framing == BodyFraming::length) {
      append_header(out, "Content-Length", fmt::format_int(reply.body.size()).c_str());
    } else if (style.framing == BodyFraming::chunked) {
      append_header(out, "Transfer-Encoding", "chunked");
    }
  }
  if (!style.keep_alive) {
    append_header(out, "Connection", "close");
  } else if (!style.http11) {
    append_header(out, "Connection", "keep-alive");
  }
  out += "\r\n";
  return true;
}

bool has_body(int status) {
  return status >= 200 && status != 204 && status != 304;
}

std::string http_date(long long unix_seconds) {
  const std::time_t seconds = unix_seconds;
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  constexpr std::array<const char*, 7> kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array<const char*, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  return fmt::format("{}, {:02} {} {} {:02}:{:02}:{:02} GMT", kDays[static_cast<std::size_t>(parts.tm_wday)],
                     parts.tm_mday, kMonths[static_cast<std::size_t>(parts.tm_mon)], parts.tm_year + 1900,
                     parts.tm_hour, parts.tm_min, parts.tm_sec);
}

}  // namespace deltapost::net
