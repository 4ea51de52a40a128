// What chunked bodies (RFC 9112, section 7.1) have in common in both directions.
#pragma once

#include <cstddef>

namespace deltapost::net {

/// "0 CRLF CRLF": as many bytes are still to come wherever a chunked body has been read to. Beast's parser
/// must not be shown fewer: once it knows the last chunk it takes for granted that it has all of this, and
/// ends the process.
inline constexpr std::size_t kLeastChunkedRest = 5;

}  // namespace deltapost::net
