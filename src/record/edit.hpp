// edit: a document changed in place by a patch that names the members which it alters, and what that changed.
// What the patch does not name is neither copied nor compared. Pure functions.
#pragma once

#include "base/result.hpp"
#include "record/diff.hpp"
#include "record/json.hpp"

namespace deltapost {

struct Edited {
  JsonObject document;
  Diff changes;  // diff of what it was and what it is; empty: it is what it was, to the byte of its text

  operator JsonObject() && { return std::move(document); }  // NOLINT: where nobody asks what changed
};

/// Alters no top-level member but those that the patch names, and removes none.
using ApplyPatch = Result<void> (*)(JsonObject& document, const JsonObject& patch);

/// What `apply` makes of the document; its refusal, if it refuses.
Result<Edited> edited(JsonObject document, const JsonObject& patch, ApplyPatch apply);

}  // namespace deltapost
