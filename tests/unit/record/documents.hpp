// What the tests of leads and contacts say of documents and their changes.
#pragma once

#include "record/diff.hpp"
#include "support/json.hpp"

namespace deltapost::testing {

/// The document that must have come of it; the test fails with its error otherwise.
inline JsonObject made(Result<JsonObject> document) {
  EXPECT_TRUE(document) << (document ? "" : document.error().field + " " + document.error().message);
  return document ? *std::move(document) : JsonObject{};
}

/// {"dotted.path": {"old": …, "new": …}} as text.
inline std::string changes(const JsonObject& before, const Result<JsonObject>& after) {
  return to_text(diff_to_json(diff(before, made(after))));
}

}  // namespace deltapost::testing
