#include "intake/receipt_text.hpp"

#include <algorithm>
#include <array>
#include <cctype>

#include "base/digest.hpp"
#include "base/encoding.hpp"

namespace deltapost::intake {
namespace {

constexpr std::size_t kMaxHeaders = 100, kMaxHeaderBytes = 8 << 10;

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](unsigned char c) { return std::tolower(c); });
  return out;
}

}  // namespace

std::string kept_headers(const net::Request& request, const Source& source) {
  static constexpr std::array<std::string_view, 4> kSecret{"authorization", "proxy-authorization", "cookie",
                                                           "x-api-key"};
  const auto also_secret = format::secret_names(source.verifier);
  JsonObject headers;
  std::size_t bytes = 0;
  for (const auto& header : request.headers) {
    std::string name = lower(header.name);
    bytes += name.size() + header.value.size();
    if (headers.size() >= kMaxHeaders || bytes > kMaxHeaderBytes) break;
    const bool secret = std::ranges::find(kSecret, name) != kSecret.end() ||
                        std::ranges::find(also_secret, name) != also_secret.end();
    if (secret)
      headers[name] = "(secret, not kept)";
    else if (valid_utf8(header.value))
      headers[name] = header.value;
  }
  return to_text(headers);
}

std::string kept_outcome(const net::Request& request, const Source& source, const Outcome& outcome,
                         std::optional<store::ReceiptNumber> releases) {
  JsonObject kept{{"format", format::to_string(source.format)},
                  {"sourceVersion", source.version},
                  {"contentType", request.header("content-type").value_or("")},
                  {"size", request.body.size()},
                  {"digest", hex(sha256(request.body))},
                  {"peer", request.peer}};
  if (releases) kept["releases"] = receipt_id(*releases);
  for (auto& member : to_json(outcome)) kept[member.key()] = std::move(member.value());
  return to_text(kept);
}

}  // namespace deltapost::intake
