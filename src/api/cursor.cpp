#include "api/cursor.hpp"

#include <fmt/format.h>

#include "base/digest.hpp"
#include "base/encoding.hpp"

namespace deltapost::api {
namespace {
constexpr std::size_t kMacBytes = 12;
constexpr std::size_t kMaxCursor = 4096;
}  // namespace

std::string CursorSigner::mac(const AccountId& account, std::string_view listing,
                              std::string_view position) const {
  return hmac_sha256(key_, fmt::format("{}\n{}\n{}", account.text(), listing, position)).substr(0, kMacBytes);
}

std::string CursorSigner::encode(const AccountId& account, std::string_view listing,
                                 const Json& position) const {
  const std::string text = to_text(position);
  return base64url(mac(account, listing, text) + text);
}

Result<Json> CursorSigner::decode(const AccountId& account, std::string_view listing, std::string_view text,
                                  std::string_view field) const {
  const Error bad{
      .fault = Fault::invalid,
      .message = fmt::format("{} must be a cursor from an earlier page of this listing, unchanged", field),
      .field = std::string(field)};
  if (text.size() > kMaxCursor) return bad;
  auto bytes = from_base64url(text);
  if (!bytes || bytes->size() <= kMacBytes) return bad;
  const std::string_view position = std::string_view(*bytes).substr(kMacBytes);
  if (!equal_in_constant_time(std::string_view(*bytes).substr(0, kMacBytes), mac(account, listing, position)))
    return bad;
  auto parsed = parse_json(position);
  if (!parsed) return bad;
  return parsed;
}

}  // namespace deltapost::api
