#include "net/request_reader.hpp"

#include <algorithm>
#include <boost/beast/http/error.hpp>

#include "base/check.hpp"
#include "net/chunked_body.hpp"
#include "net/request_parser.hpp"
#include "net/url.hpp"

namespace deltapost::net {

namespace http = boost::beast::http;
using boost::system::error_code;

namespace {

/// The end of the header block in `bytes`, or what is wrong with its lines.
struct HeadScan {
  std::size_t end = std::string_view::npos;
  const char* wrong = nullptr;
};

HeadScan scan_head(std::string_view bytes) {
  for (std::size_t line = 0;;) {
    const auto feed = bytes.find('\n', line);
    if (feed == std::string_view::npos) return {};
    if (feed == 0 || bytes[feed - 1] != '\r') return {0, "A line of the header does not end in CRLF."};
    if (feed == line + 1) return {feed + 1, nullptr};
    if (line > 0 && (bytes[line] == ' ' || bytes[line] == '\t')) return {0, "A header is folded."};
    line = feed + 1;
  }
}

/// "method target version", with one blank between.
bool is_request_line(std::string_view head) {
  const std::string_view line = head.substr(0, head.find('\r'));
  return std::count(line.begin(), line.end(), ' ') == 2;
}

}  // namespace

struct RequestReader::Impl {
  std::size_t max_header_bytes;
  std::size_t max_body_bytes;
  std::optional<RequestParser> parser{};
  std::optional<ChunkedBody> chunks{};  // when the body comes in chunks
  State state = State::head;
  Refusal refusal{};
  bool oversized = false;

  void refuse(int status, std::string detail) {
    state = State::refused;
    refusal = {status, std::move(detail)};
  }

  void refuse(const error_code& error) {
    if (parser->refusal) return refuse(parser->refusal->status, std::move(parser->refusal->detail));
    if (error == http::error::body_limit) return refuse_oversized();
    if (error == http::error::bad_version) return refuse(505, "The server speaks HTTP/1.1 and HTTP/1.0.");
    refuse(400, "The request is not valid HTTP: " + error.message() + ".");
  }

  void refuse_oversized() {
    oversized = true;
    refuse(413, "The body is larger than " + std::to_string(max_body_bytes) + " bytes.");
  }

  std::size_t put(std::string_view bytes) {
    error_code error;
    const std::size_t used = parser->put(boost::asio::buffer(bytes.data(), bytes.size()), error);
    if (error && error != http::error::need_more) {
      refuse(error);
    } else {
      state = parser->is_done() ? State::complete : State::body;
    }
    return used;
  }

  /// Robust receivers skip empty lines before a request (RFC 9112, section 2.2).
  static std::size_t empty_lines(std::string_view bytes) {
    std::size_t count = 0;
    while (bytes.substr(count).starts_with("\r\n")) count += 2;
    return count;
  }

  std::size_t feed_head(std::string_view bytes) {
    const std::size_t skipped = empty_lines(bytes);
    bytes.remove_prefix(skipped);
    const HeadScan head = scan_head(bytes.substr(0, max_header_bytes));
    if (head.wrong) {
      refuse(400, head.wrong);
      return skipped;
    }
    if (head.end == std::string_view::npos) {
      if (bytes.size() >= max_header_bytes) {
        refuse(431, "The headers are larger than " + std::to_string(max_header_bytes) + " bytes.");
      }
      return skipped;
    }
    if (!is_request_line(bytes)) {
      refuse(400, "The request line is not a method, a target and a version.");
      return skipped;
    }
    const std::size_t used = put(bytes.substr(0, head.end));
    // The parser would wait for more although the header is whole: its last word was too short to be a
    // version.
    if (state == State::body && !parser->is_header_done()) refuse(400, "The request's version is cut short.");
    if (state != State::body) return skipped + used;
    if (parser->chunked()) chunks.emplace(max_header_bytes);
    return skipped + used + feed_body(bytes.substr(used));
  }

  std::size_t feed_body(std::string_view bytes) {
    if (bytes.empty()) return 0;
    return chunks ? feed_chunks(bytes) : put(bytes);
  }

  std::size_t feed_chunks(std::string_view bytes) {
    std::size_t used = 0;
    while (state == State::body && used < bytes.size()) {
      const ChunkedBody::Part part = chunks->take(bytes.substr(used));
      used += part.used;
      parser->append_to_body(part.data);
      const std::size_t room = max_body_bytes - parser->request.body.size();
      if (chunks->announced() > room) {
        refuse_oversized();
        break;
      }
      switch (chunks->state()) {
        case ChunkedBody::State::reading:
          break;
        case ChunkedBody::State::complete:
          state = State::complete;
          break;
        case ChunkedBody::State::invalid:
          refuse(400, "The body's chunks are not valid.");
          break;
        case ChunkedBody::State::too_long:
          refuse(400, "A chunk's header or the trailers are too long.");
          break;
      }
    }
    return used;
  }
};

RequestReader::RequestReader(std::size_t max_header_bytes, std::size_t max_body_bytes)
    : impl_(new Impl{max_header_bytes, max_body_bytes}) {
  begin();
}

RequestReader::~RequestReader() = default;

void RequestReader::begin() {
  impl_->parser.emplace(impl_->max_body_bytes);
  impl_->parser->header_limit(static_cast<std::uint32_t>(impl_->max_header_bytes));
  impl_->chunks.reset();
  impl_->state = State::head;
  impl_->oversized = false;
}

std::size_t RequestReader::feed(std::string_view bytes) {
  if (bytes.empty()) return 0;
  if (impl_->state == State::head) return impl_->feed_head(bytes);
  if (impl_->state == State::body) return impl_->feed_body(bytes);
  return 0;
}

RequestReader::State RequestReader::state() const {
  return impl_->state;
}
bool RequestReader::keep_alive() const {
  return impl_->parser->keep_alive();
}
bool RequestReader::http11() const {
  return impl_->parser->http11;
}
bool RequestReader::expects_continue() const {
  return impl_->parser->expects_continue;
}
bool RequestReader::is_head() const {
  return impl_->parser->is_head;
}

std::size_t RequestReader::body_memory() const {
  return impl_->parser->request.body.capacity();
}
std::size_t RequestReader::announced_body() const {
  return impl_->parser->announced_body();
}
void RequestReader::forget_body() {
  std::string().swap(impl_->parser->request.body);
}

Request RequestReader::take() {
  DP_CHECK(impl_->state == State::complete);
  return std::move(impl_->parser->request);
}

bool RequestReader::oversized() const {
  return impl_->state == State::refused && impl_->oversized;
}

Request RequestReader::take_oversized() {
  DP_CHECK(oversized());
  Request request = std::move(impl_->parser->request);
  if (request.path.empty()) {  // refused for its Content-Length, before the head was taken in
    request.target = impl_->parser->target;
    if (auto parsed = net::parse_target(request.target)) {
      request.path = std::move(parsed->path);
      request.query = std::move(parsed->query);
    }
  }
  request.exceeded_limit = impl_->max_body_bytes;
  return request;
}

const Refusal& RequestReader::refusal() const {
  return impl_->refusal;
}

}  // namespace deltapost::net
