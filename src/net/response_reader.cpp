#include "net/response_reader.hpp"

#include <algorithm>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>
#include <optional>

#include "base/check.hpp"
#include "net/chunked_body.hpp"
#include "net/limits.hpp"
#include "net/text.hpp"

namespace deltapost::net {

namespace http = boost::beast::http;
using boost::beast::string_view;
using boost::system::error_code;

namespace {

constexpr int kMaxInterimAnswers = 8;

/// Reads the head, and a body that does not come in chunks.
class Parser final : public http::basic_parser<false> {
 public:
  Parser(std::size_t max_kept, std::string_view kept_header)
      : max_kept_(max_kept), kept_header_(kept_header) {}

  void keep(string_view bytes) {
    const std::size_t kept = std::min(bytes.size(), max_kept_ - response.body.size());
    response.body.append(bytes.data(), kept);
    dropped_ += bytes.size() - kept;
  }
  /// Too much of the body was dropped to go on reading it.
  bool too_long() const { return dropped_ > kMaxDroppedBody; }

  OutResponse response;

 private:
  void on_request_impl(http::verb, string_view, string_view, int, error_code&) override {}
  void on_response_impl(int status, string_view, int, error_code&) override { response.status = status; }
  void on_field_impl(http::field, string_view name, string_view value, error_code&) override {
    if (!kept_header_.empty() && !equal_ignoring_case(kept_header_, name)) return;
    response.headers.push_back({std::string(name), std::string(value)});
  }
  void on_header_impl(error_code&) override {}
  void on_body_init_impl(boost::optional<std::uint64_t> const&, error_code&) override {}
  std::size_t on_body_impl(string_view bytes, error_code&) override {
    keep(bytes);
    return bytes.size();
  }
  void on_chunk_header_impl(std::uint64_t, string_view, error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, string_view, error_code&) override { return 0; }
  void on_finish_impl(error_code&) override {}

  std::size_t max_kept_;
  std::string_view kept_header_;
  std::size_t dropped_ = 0;
};

}  // namespace

struct ResponseReader::Impl {
  std::optional<Parser> parser{};
  std::optional<ChunkedBody> chunks{};  // when the body comes in chunks
  State state = State::reading;
  bool no_body = false;
  std::size_t max_kept = 0;
  std::string_view kept_header{};
  int interim_answers = 0;
  std::string failure{};

  void begin_answer() {
    parser.emplace(max_kept, kept_header);
    parser->eager(false);  // stops behind the head
    parser->skip(no_body);
    parser->header_limit(kMaxAnswerHeader);
    parser->body_limit(boost::none);
    chunks.reset();
    state = State::reading;
  }

  void fail(std::string reason) {
    state = State::failed;
    failure = std::move(reason);
  }

  void fail_long_head() { fail("the answer's headers are too large"); }

  void fail(const error_code& error) {
    if (error == http::error::header_limit) return fail_long_head();
    fail("the answer is not valid HTTP: " + error.message());
  }

  std::size_t put(std::string_view bytes) {
    error_code error;
    const std::size_t used = parser->put(boost::asio::buffer(bytes.data(), bytes.size()), error);
    if (error && error != http::error::need_more) {
      fail(error);
    } else if (parser->is_done()) {
      end_of_message();
    } else if (parser->is_header_done() && parser->chunked() && !chunks) {
      chunks.emplace(kMaxAnswerHeader);
    }
    return used;
  }

  std::size_t take_chunk(std::string_view bytes) {
    const ChunkedBody::Part part = chunks->take(bytes);
    parser->keep(part.data);
    switch (chunks->state()) {
      case ChunkedBody::State::reading:
        break;
      case ChunkedBody::State::complete:
        end_of_message();
        break;
      case ChunkedBody::State::invalid:
        fail("the answer is not valid HTTP: its chunks are not");
        break;
      case ChunkedBody::State::too_long:
        fail("a chunk's header or the answer's trailers are too long");
        break;
    }
    return part.used;
  }

  void end_of_message() {
    const int status = parser->response.status;
    if (status >= 200) {
      state = State::complete;
    } else if (status == 101) {
      fail("the answer switches protocols, which was not asked for");
    } else if (status < 100) {
      fail("the answer is not valid HTTP: its status is none");
    } else if (++interim_answers > kMaxInterimAnswers) {
      fail("the answer is not valid HTTP: too many interim answers");
    } else {
      begin_answer();
    }
  }
};

ResponseReader::ResponseReader() : impl_(std::make_unique<Impl>()) {}
ResponseReader::~ResponseReader() = default;

void ResponseReader::begin(bool no_body, std::size_t max_kept, std::string_view kept_header) {
  impl_->no_body = no_body;
  impl_->max_kept = max_kept;
  impl_->kept_header = kept_header;
  impl_->interim_answers = 0;
  impl_->begin_answer();
}

std::size_t ResponseReader::feed(std::string_view bytes) {
  std::size_t used = 0;
  while (impl_->state == State::reading && used < bytes.size()) {
    const auto rest = bytes.substr(used);
    const std::size_t taken = impl_->chunks ? impl_->take_chunk(rest) : impl_->put(rest);
    if (impl_->state == State::reading && impl_->parser->too_long()) impl_->state = State::complete;
    if (taken == 0) break;
    used += taken;
  }
  return used;
}

void ResponseReader::feed_end() {
  if (impl_->state != State::reading) return;
  Parser& parser = *impl_->parser;
  if (!parser.got_some()) return impl_->fail("the connection was closed before an answer");
  error_code error;
  if (parser.is_header_done() && parser.need_eof()) parser.put_eof(error);
  if (!error && parser.is_done()) impl_->end_of_message();
  if (impl_->state == State::reading) impl_->fail("the connection was closed in the middle of the answer");
}

void ResponseReader::overflow() {
  if (impl_->state == State::reading) impl_->fail_long_head();
}

ResponseReader::State ResponseReader::state() const {
  return impl_->state;
}

bool ResponseReader::keep_alive() const {
  const Parser& parser = *impl_->parser;
  return impl_->state == State::complete && !parser.too_long() && parser.keep_alive();
}

OutResponse ResponseReader::take() {
  DP_CHECK(impl_->state == State::complete);
  return std::move(impl_->parser->response);
}

const std::string& ResponseReader::failure() const {
  return impl_->failure;
}

}  // namespace deltapost::net
