// ed25519 signatures (RFC 8032) on OpenSSL.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace deltapost {

/// `seed`: 32 bytes. 64 bytes of signature.
Result<std::string> ed25519_sign(std::string_view seed, std::string_view message);
/// `public_key`: 32 bytes. False for any signature that does not fit.
bool ed25519_verify(std::string_view public_key, std::string_view message, std::string_view signature);
/// The 32-byte public key of a seed.
Result<std::string> ed25519_public_key(std::string_view seed);

}  // namespace deltapost
