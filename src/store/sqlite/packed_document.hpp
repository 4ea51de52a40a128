// A document as it lies in its row, and in a snapshot: compressed (LZ4, https://lz4.org, block format), with
// what leads and contacts have in common known beforehand. So a contact of 1.4 kB takes 0.5, and a row fits
// into a page of 1024 bytes.
//
//   01, length of the text (3 bytes, little-endian), LZ4 block      what pack_document made of it
//   anything else                                                   the text itself: too short or too long to
//                                                                   pack, or of a Deltapost before schema 4
#pragma once

#include <string>
#include <string_view>

namespace deltapost::store::sqlite {

/// `text`: a JSON text, so that it does not begin with the byte 01. Any thread.
std::string pack_document(std::string_view text);

/// The text again. Damaged bytes come back as they are, which is no JSON: who parses them says so. Any
/// thread.
std::string unpack_document(std::string_view stored);

}  // namespace deltapost::store::sqlite
