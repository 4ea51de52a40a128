// Bytes as text: hex, base64 (RFC 4648, with padding), base64url (without) and base62.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "base/random.hpp"
#include "base/result.hpp"

namespace deltapost {

/// Bytes are held in std::string throughout: they are copied, compared and stored like text.
std::string hex(std::string_view bytes);  // lower case
void append_hex(std::string& text, std::string_view bytes);
Result<std::string> from_hex(std::string_view text);

std::string base64(std::string_view bytes);
void append_base64(std::string& text, std::string_view bytes);
/// Padding is required as RFC 4648 says; no line breaks.
Result<std::string> from_base64(std::string_view text);
std::string base64url(std::string_view bytes);
Result<std::string> from_base64url(std::string_view text);

std::string random_bytes(Random& random, std::size_t count);
/// Uniform over [0-9A-Za-z].
std::string random_base62(Random& random, std::size_t length);
/// Crockford base32, lower case, 26 characters: 48 bits of milliseconds and 80 random bits (a ULID), so that
/// ids made later sort later.
std::string time_ordered_id(Random& random, long long unix_millis);

/// A name or value of application/x-www-form-urlencoded in plain text: + is a space, %XX a byte.
/// Fault::invalid for a % without two hexadecimal digits and for what is not UTF-8.
Result<std::string> from_form(std::string_view text);

/// RFC 3629; what JSON and headers must be.
bool valid_utf8(std::string_view text);

}  // namespace deltapost
