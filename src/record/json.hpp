// JSON as Deltapost reads and writes it. Strict on the way in (RFC 8259, plus: no duplicate keys, valid
// UTF-8, bounded depth and size), compact on the way out, key order kept.
//
// Integers within [-2^63, 2^64) are exact; other numbers are the IEEE double nearest to the text, and their
// text is the shortest that gives that double back.
#pragma once

#include <boost/json.hpp>
#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace deltapost {

using Json = boost::json::value;
using JsonObject = boost::json::object;
using JsonArray = boost::json::array;

struct JsonLimits {
  std::size_t max_depth = 32;
  std::size_t max_bytes = 1 << 20;
};

/// Fault::malformed with the offset in bytes for what is not JSON (NaN, Infinity, comments, trailing commas
/// and anything after the value included), repeats a key (named), holds invalid UTF-8 or a number beyond a
/// double's range; Fault::too_large past a limit. The memory taken is a small multiple of the text; it comes
/// from `storage`, which must outlive the value and whatever the value is moved to (a copy takes its own).
Result<Json> parse_json(std::string_view text, const JsonLimits& limits = {},
                        boost::json::storage_ptr storage = {});
/// The same, and the value must be an object (Fault::invalid otherwise).
Result<JsonObject> parse_json_object(std::string_view text, const JsonLimits& limits = {},
                                     boost::json::storage_ptr storage = {});

/// Compact text, keys in their order. A double keeps its kind (`1.0`); one that is not finite, which no
/// parsed document holds, is written as null.
std::string to_text(const Json& value);
std::string to_text(const JsonObject& object);
/// The same text at the end of `out`, for who writes a larger document piece by piece.
void append_text(std::string& out, const Json& value);
/// A JSON string with its quotes. `text` is valid UTF-8.
void append_quoted(std::string& out, std::string_view text);

/// Equal as JSON: 1 and 1.0 are the same number, the order of keys does not matter, that of elements does.
/// Numbers are compared by their exact value: 2^53 + 1 is not the double 2^53.
bool same_json(const Json& a, const Json& b);

/// Storage for one document that is made once and then read: taken in a few large pieces instead of one for
/// each key and value, and given back at once when the last value in it has gone, on whatever thread. What is
/// replaced or removed in it keeps its bytes until then, so it is not for a document that goes on changing.
/// `text_bytes`: about the length of the document's text.
boost::json::storage_ptr document_storage(std::size_t text_bytes);
/// A copy in such storage, with room for a patch.
JsonObject copy_of_document(const JsonObject& document);

/// Removes a key and keeps the order of the others (boost::json::object::erase does not). False if absent.
bool erase_key(JsonObject& object, std::string_view key);

}  // namespace deltapost
