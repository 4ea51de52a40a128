// Bytes of an endpoint -> its answer. However the bytes are cut, the same answer comes out or none; what is
// kept of the body stays within its limit. The first byte: whether the request was HEAD.
#include "net/response_reader.hpp"

#include <algorithm>

#include "base/check.hpp"
#include "fuzz/fed.hpp"
#include "fuzz/targets.hpp"
#include "net/limits.hpp"

namespace deltapost::fuzz {
namespace {

using net::ResponseReader;

constexpr std::size_t kMaxKept = 64;

struct Outcome {
  ResponseReader::State state = ResponseReader::State::reading;
  net::OutResponse response{};
  bool keep_alive = false;
};

Outcome read(std::string_view bytes, bool head, Choices* choices) {
  ResponseReader reader;
  reader.begin(head, kMaxKept);
  const auto take = [&](std::string_view unread, std::size_t& used) {
    used = reader.feed(unread);
    DP_CHECK(used <= unread.size());
    return reader.state() == ResponseReader::State::reading;
  };
  feed(bytes, {.capacity = net::kMaxAnswerHeader, .take = take, .stuck = [&] { reader.overflow(); }},
       choices);
  reader.feed_end();
  DP_CHECK(reader.state() != ResponseReader::State::reading);
  Outcome outcome{.state = reader.state(), .keep_alive = reader.keep_alive()};
  if (outcome.state == ResponseReader::State::complete) {
    outcome.response = reader.take();
  } else {
    DP_CHECK(!reader.failure().empty());
  }
  return outcome;
}

bool same(const net::OutResponse& a, const net::OutResponse& b) {
  return a.status == b.status && a.body == b.body &&
         std::ranges::equal(a.headers, b.headers, [](const net::Header& x, const net::Header& y) {
           return x.name == y.name && x.value == y.value;
         });
}

}  // namespace

void http_response(std::string_view input) {
  const bool head = input.starts_with('H') && !input.starts_with("HTTP");
  if (head) input.remove_prefix(1);
  const Outcome whole = read(input, head, nullptr);
  Choices choices(input);
  const Outcome cut = read(input, head, &choices);
  DP_CHECK(whole.state == cut.state);
  if (whole.state != ResponseReader::State::complete) return;
  DP_CHECK(same(whole.response, cut.response));
  DP_CHECK(whole.keep_alive == cut.keep_alive);
  DP_CHECK(whole.response.status >= 200 && whole.response.status <= 999);
  DP_CHECK(whole.response.body.size() <= kMaxKept);
  DP_CHECK(!head || whole.response.body.empty());
}

}  // namespace deltapost::fuzz
