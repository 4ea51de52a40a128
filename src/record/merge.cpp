#include "record/merge.hpp"

namespace deltapost {

void merge_patch(JsonObject& target, const JsonObject& patch) {
  for (const auto& member : patch) {
    if (member.value().is_null()) {
      erase_key(target, member.key());
    } else if (member.value().is_object()) {
      Json& value = target[member.key()];
      // Also where there was no object: nulls inside the patch must not be taken over as values.
      if (!value.is_object()) value.emplace_object();
      merge_patch(value.get_object(), member.value().get_object());
    } else {
      target.insert_or_assign(member.key(), member.value());
    }
  }
}

}  // namespace deltapost
