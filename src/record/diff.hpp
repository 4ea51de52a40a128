// diff: exactly which fields differ between two documents, each with its old and new value.
//
// Objects are compared member by member, to dotted paths; arrays and everything else are values. Absent, null
// and a value are three different things: std::nullopt is absent, Json(nullptr) is null. Pure functions.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "record/json.hpp"
#include "record/path.hpp"

namespace deltapost {

class JsonWriter;

struct FieldChange {
  FieldPath path;
  std::optional<Json> old_value;  // std::nullopt: the field was absent
  std::optional<Json> new_value;  // std::nullopt: the field is gone
};

using Diff = std::vector<FieldChange>;

/// Empty when the documents are the same JSON. Removed and changed fields come in the order of `before`,
/// added ones in that of `after`. Where both sides hold an object it is entered; an object that appears,
/// disappears or replaces another type is one change of the whole value.
Diff diff(const JsonObject& before, const JsonObject& after);
/// The same of two documents that differ at most in the top-level members which `names` has as keys, and none
/// of which `after` lacks. `before` holds those of them that were there, in the order of their document.
Diff diff_of_named(const JsonObject& before, const JsonObject& after, const JsonObject& names);

/// apply_diff(a, diff(a, b)) is the same JSON as b. Added keys go to the end of their object. Fault::conflict
/// when the document does not hold what the diff says was there, or when the diff names a field twice or a
/// field and one inside it (nothing is changed then).
Result<void> apply_diff(JsonObject& document, const Diff& changes);

/// apply_diff(b, reverse(diff(a, b))) is the same JSON as a.
Diff reverse(Diff changes);

/// {"dotted.path": {"old": …, "new": …}}; an absent side is left out.
JsonObject diff_to_json(const Diff& changes);
/// The same as the next value of `out`, and as text, without the object.
void write_changes(JsonWriter& out, const Diff& changes);
std::string changes_text(const Diff& changes);
/// The reverse of diff_to_json. Fault::invalid names the entry that is not of that shape.
Result<Diff> diff_from_json(const JsonObject& object);

}  // namespace deltapost
