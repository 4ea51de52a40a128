// FieldPath: where a field is inside a document, from the outside in. Written dotted: `additionalInfo.age`.
// A dot or backslash that belongs to a key is written with a backslash before it: `answers.e\.g\. Rome`.
//
// A key may be empty, as JSON allows: `a.` is the member "" of `a`, and the empty text is the member "" of
// the document. Each text so stands for one path of one key or more, and each such path has one text. The
// path without any key is the document itself, which is no field and has no text.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace deltapost {

struct FieldChange;

using FieldPath = std::vector<std::string>;

/// `path` holds one key or more.
std::string dotted(const FieldPath& path);
/// The reverse of dotted. Fault::invalid for a backslash that is not before a dot or a backslash.
Result<FieldPath> parse_dotted(std::string_view text);

/// The key as a token of a JSON pointer (RFC 6901), which writes ~ and / of a key as ~0 and ~1.
std::string pointer_token(std::string_view key);

/// What an endpoint's `fields` holds: a dotted path that covers the field itself and all below it, or one
/// that ends in `.*` and covers only what is below. `*` alone covers everything. A key that is an asterisk is
/// written
/// `\*`.
class FieldPattern {
 public:
  /// Fault::invalid for an empty text, an empty key, an asterisk before the end and what parse_dotted
  /// refuses.
  static Result<FieldPattern> parse(std::string_view text);
  /// True when the change alters something that the pattern covers. Where a whole object appeared, vanished
  /// or gave way to another value, its members are looked at.
  bool touches(const FieldChange& change) const;
  /// The same when only the place is known: true at, below and above what the pattern covers.
  bool touches(const FieldPath& changed) const;
  const std::string& text() const { return text_; }
  /// What it covers is at or below this place; no key: anywhere.
  const FieldPath& prefix() const { return prefix_; }

 private:
  std::string text_;
  FieldPath prefix_;
  bool below_only_ = false;
};

}  // namespace deltapost
