#include "format/lead_changes.hpp"

namespace deltapost::format {
namespace {

constexpr std::string_view kAdditionalInfo = "additionalInfo";

const Json* present(const Json* value) {
  return value != nullptr && !value->is_null() ? value : nullptr;
}

const Json* present(const std::optional<Json>& value) {
  return value ? present(&*value) : nullptr;
}

const JsonObject* object_in(const std::optional<Json>& value) {
  return value ? value->if_object() : nullptr;
}

void add(std::vector<InfoChange>& changes, std::string_view key, const Json* old_value,
         const Json* new_value) {
  const bool same = old_value == new_value || (old_value && new_value && same_json(*old_value, *new_value));
  if (!same) changes.push_back({key, old_value, new_value});
}

void expand(std::vector<InfoChange>& changes, const FieldChange& whole) {
  const JsonObject* before = object_in(whole.old_value);
  const JsonObject* after = object_in(whole.new_value);
  if (before != nullptr) {
    for (const auto& member : *before) {
      const Json* new_value = after != nullptr ? after->if_contains(member.key()) : nullptr;
      add(changes, member.key(), present(&member.value()), present(new_value));
    }
  }
  if (after != nullptr) {
    for (const auto& member : *after) {
      const bool told = before != nullptr && before->contains(member.key());
      if (!told) add(changes, member.key(), nullptr, present(&member.value()));
    }
  }
}

}  // namespace

std::vector<InfoChange> additional_info_changes(const Change& change) {
  std::vector<InfoChange> changes;
  for (const FieldChange& field : change.fields) {
    if (field.path.front() != kAdditionalInfo) continue;
    if (field.path.size() == 1) {
      expand(changes, field);
    } else {  // its values are strings, so that no path goes deeper
      add(changes, field.path[1], present(field.old_value), present(field.new_value));
    }
  }
  return changes;
}

}  // namespace deltapost::format
