#include "record/edit.hpp"

#include <utility>

namespace deltapost {
namespace {

JsonObject members_named(const JsonObject& document, const JsonObject& patch) {
  JsonObject named;
  named.reserve(patch.size());
  for (const auto& member : document) {
    if (patch.contains(member.key())) named.emplace(member.key(), member.value());
  }
  return named;
}

}  // namespace

Result<Edited> edited(JsonObject document, const JsonObject& patch, ApplyPatch apply) {
  JsonObject before = members_named(document, patch);
  if (Result<void> applied = apply(document, patch); !applied) return std::move(applied).error();
  Diff changes = diff_of_named(before, document, patch);
  // The same JSON may have been written otherwise, 5.0 for 5.
  if (changes.empty()) {
    for (auto& member : before) document[member.key()] = std::move(member.value());
  }
  return Edited{std::move(document), std::move(changes)};
}

}  // namespace deltapost
