// Cursors: where a page ended, as an opaque text that only we can make. Signed, and bound to the account and
// the listing they came from, so that one cannot be edited or carried elsewhere.
#pragma once

#include <string>
#include <string_view>

#include "base/id.hpp"
#include "base/result.hpp"
#include "record/json.hpp"

namespace deltapost::api {

class CursorSigner {
 public:
  explicit CursorSigner(std::string key) : key_(std::move(key)) {}

  std::string encode(const AccountId& account, std::string_view listing, const Json& position) const;
  /// Fault::invalid, naming `field`, for anything that encode did not make for this account and listing.
  Result<Json> decode(const AccountId& account, std::string_view listing, std::string_view text,
                      std::string_view field) const;

 private:
  std::string mac(const AccountId& account, std::string_view listing, std::string_view position) const;
  std::string key_;
};

}  // namespace deltapost::api
