#include "app/bench/http_message.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

namespace deltapost::app::bench {
namespace {

constexpr std::size_t kMaxHeadBytes = 16 * 1024;
constexpr std::string_view kEnd = "\r\n\r\n";

Error invalid(std::string message) {
  return {.fault = Fault::invalid, .message = std::move(message)};
}

bool same_name(std::string_view name, std::string_view lower) {
  return std::ranges::equal(name, lower, [](char a, char b) { return (a | 0x20) == (b | 0x20); });
}

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end == text.data()) return std::nullopt;
  return value;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

/// `HTTP/1.1 200 OK` or `POST /0 HTTP/1.1`.
Result<Message> read_first_line(std::string_view line) {
  Message message;
  if (line.starts_with("HTTP/1.1 ")) {
    const auto status = number(line.substr(9));
    if (!status || *status < 200 || *status > 599)
      return invalid("the answer's status must be one from 200 to 599");
    message.status = static_cast<int>(*status);
    return message;
  }
  const std::size_t begin = line.find(' '), end = line.rfind(' ');
  if (begin == std::string_view::npos || end <= begin || line.substr(end + 1) != "HTTP/1.1")
    return invalid("the message must be HTTP/1.1 in plain text");
  message.path = line.substr(begin + 1, end - begin - 1);
  return message;
}

struct Body {
  std::optional<std::uint64_t> length;
};

Result<void> read_header(std::string_view line, Message& message, Body& body) {
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return invalid("a header must have a colon");
  const std::string_view name = line.substr(0, colon), value = trimmed(line.substr(colon + 1));
  // Told apart by length first: most headers are none of these.
  switch (name.size()) {
    case 4:
      if (same_name(name, "etag") && value.size() > 2) message.version = number(value.substr(1)).value_or(0);
      break;
    case 10:
      if (same_name(name, "connection") && same_name(value, "close")) message.last = true;
      break;
    case 11:
      if (same_name(name, "retry-after")) message.retry_after = number(value).has_value();
      break;
    case 14:
      if (!same_name(name, "content-length")) break;
      body.length = number(value);
      if (!body.length) return invalid("Content-Length must be a number");
      break;
    case 17:
      if (same_name(name, "transfer-encoding"))
        return invalid("Transfer-Encoding is not spoken here; a body must come with its Content-Length");
      break;
    case 24:
      if (same_name(name, "deltapost-record-version")) message.version = number(value).value_or(0);
      break;
    default:
      break;
  }
  return ok();
}

}  // namespace

Result<Message> read_message(std::string_view buffer) {
  constexpr int kNoContent = 204;
  // A TLS record or other noise is told by its first byte, before any line's end.
  if (!buffer.empty() && (buffer.front() < 'A' || buffer.front() > 'Z'))
    return invalid("the message must be HTTP/1.1 in plain text");
  const std::size_t head_bytes = buffer.substr(0, kMaxHeadBytes).find(kEnd);
  if (head_bytes == std::string_view::npos) {
    if (buffer.size() >= kMaxHeadBytes) return invalid("the message's head must be below 16 KiB");
    return Message{};
  }
  std::string_view head = buffer.substr(0, head_bytes);
  std::size_t line_end = std::min(head.find("\r\n"), head.size());
  auto message = read_first_line(head.substr(0, line_end));
  if (!message) return message;
  Body body;
  while (line_end < head.size()) {
    head.remove_prefix(line_end + 2);
    line_end = std::min(head.find("\r\n"), head.size());
    if (auto read = read_header(head.substr(0, line_end), *message, body); !read) return read.error();
  }
  if (!body.length && message->status != 0 && message->status != kNoContent)
    return invalid("an answer must have a Content-Length");
  const std::size_t begin = head_bytes + kEnd.size(), length = body.length.value_or(0);
  if (buffer.size() - begin < length) return Message{};
  message->body = buffer.substr(begin, length);
  message->bytes = begin + length;
  return message;
}

}  // namespace deltapost::app::bench
