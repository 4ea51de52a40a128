// Bytes of a client -> requests. However the bytes are cut, the same requests come out and the same refusal;
// what is taken is fit to be handed on, and written again it is read as the same request.
#include "net/request_reader.hpp"

#include <algorithm>
#include <vector>

#include "base/check.hpp"
#include "base/encoding.hpp"
#include "fuzz/fed.hpp"
#include "fuzz/targets.hpp"
#include "net/text.hpp"

namespace deltapost::fuzz {
namespace {

using net::Request;
using net::RequestReader;

constexpr std::size_t kMaxHeader = 1024;
constexpr std::size_t kMaxBody = 512;

struct Outcome {
  std::vector<Request> requests;
  int refused = 0;  // the status; 0: it was not
};

Outcome read(std::string_view bytes, Choices* choices) {
  RequestReader reader(kMaxHeader, kMaxBody);
  Outcome outcome;
  const auto take = [&](std::string_view unread, std::size_t& used) {
    used = reader.feed(unread);
    DP_CHECK(used <= unread.size());
    if (reader.state() == RequestReader::State::refused) {
      outcome.refused = reader.refusal().status;
      if (reader.oversized()) DP_CHECK(reader.take_oversized().body.size() <= kMaxBody);
      return false;
    }
    if (reader.state() == RequestReader::State::complete) {
      outcome.requests.push_back(reader.take());
      reader.begin();
    }
    return true;
  };
  // A reader refuses what is too long before its connection's buffer is full.
  feed(bytes, {.capacity = 2 * kMaxHeader, .take = take, .stuck = [] { DP_CHECK(!"stuck"); }}, choices);
  return outcome;
}

bool same(const Request& a, const Request& b) {
  return a.method == b.method && a.target == b.target && a.path == b.path && a.query == b.query &&
         a.body == b.body &&
         std::ranges::equal(a.headers, b.headers, [](const net::Header& x, const net::Header& y) {
           return x.name == y.name && x.value == y.value;
         });
}

bool is_framing(const net::Header& header) {
  return net::equal_ignoring_case(header.name, "Content-Length") ||
         net::equal_ignoring_case(header.name, "Transfer-Encoding");
}

void check_sound(const Request& request) {
  DP_CHECK(net::is_token(request.method));
  DP_CHECK(request.path.starts_with('/') && valid_utf8(request.path));
  DP_CHECK(request.path.find('\0') == std::string::npos);
  DP_CHECK(request.body.size() <= kMaxBody);
  DP_CHECK(std::ranges::count_if(request.headers, is_framing) <= 1);
  std::size_t bytes = request.target.size();
  for (const net::Header& header : request.headers) {
    DP_CHECK(net::is_token(header.name) && net::is_field_value(header.value));
    bytes += header.name.size() + header.value.size();
  }
  DP_CHECK(bytes <= kMaxHeader);
}

/// Written plainly and read again it is the same, but for what told its body's length.
void check_round_trip(const Request& request) {
  Request plain = request;
  std::erase_if(plain.headers, is_framing);
  std::erase_if(plain.headers, [](const auto& h) { return net::equal_ignoring_case(h.name, "Host"); });
  plain.headers.push_back({"Host", "x"});
  plain.headers.push_back({"Content-Length", std::to_string(plain.body.size())});
  std::string text = plain.method + " " + plain.target + " HTTP/1.1\r\n";
  for (const net::Header& header : plain.headers) text += header.name + ": " + header.value + "\r\n";
  if (text.size() + 2 > kMaxHeader || plain.headers.size() > 100) return;
  const Outcome again = read(text + "\r\n" + plain.body, nullptr);
  DP_CHECK(again.refused == 0 && again.requests.size() == 1);
  DP_CHECK(same(again.requests.front(), plain));
}

}  // namespace

void http_request(std::string_view input) {
  const Outcome whole = read(input, nullptr);
  Choices choices(input);
  const Outcome cut = read(input, &choices);
  DP_CHECK(std::ranges::equal(whole.requests, cut.requests, same));
  DP_CHECK(whole.refused == cut.refused);
  for (const Request& request : whole.requests) {
    check_sound(request);
    check_round_trip(request);
  }
}

}  // namespace deltapost::fuzz
