#include "record/diff.hpp"

#include <algorithm>
#include <utility>

#include "record/json_writer.hpp"

namespace deltapost {
namespace {

constexpr std::size_t kUsualChangesSize = 256;

class Comparison {
 public:
  explicit Comparison(Diff& found) : found_(found) {}

  void compare(const JsonObject& before, const JsonObject& after) {
    std::size_t place = 0, kept = 0;
    for (const auto& member : before) {
      const Json* other = find(after, member.key(), place++);
      kept += other != nullptr ? 1 : 0;
      compare(member.key(), &member.value(), other);
    }
    if (kept == after.size()) return;
    place = 0;
    for (const auto& member : after) {
      if (find(before, member.key(), place++) == nullptr) compare(member.key(), nullptr, &member.value());
    }
  }

  void compare_named(const JsonObject& before, const JsonObject& after, const JsonObject& names) {
    for (const auto& member : before) compare(member.key(), &member.value(), after.if_contains(member.key()));
    if (before.size() == names.size()) return;
    for (const auto& member : after) {
      const bool added = names.contains(member.key()) && !before.contains(member.key());
      if (added) compare(member.key(), nullptr, &member.value());
    }
  }

 private:
  /// Looked for first where it stands on the other side: two versions of a document have most keys in one
  /// order.
  static const Json* find(const JsonObject& object, std::string_view key, std::size_t place) {
    const auto likely = object.begin() + std::min(place, object.size());
    if (likely != object.end() && likely->key() == key) return &likely->value();
    return object.if_contains(key);
  }

  void compare(std::string_view key, const Json* before, const Json* after) {
    const bool enter = before && after && before->is_object() && after->is_object();
    if (!enter && before && after && same_json(*before, *after)) return;
    path_.emplace_back(key);
    if (enter) {
      compare(before->get_object(), after->get_object());
    } else {
      found_.push_back({path_, before ? std::optional(*before) : std::nullopt,
                        after ? std::optional(*after) : std::nullopt});
    }
    path_.pop_back();
  }

  FieldPath path_;
  Diff& found_;
};

// The object that holds the field, or nullptr when there is none.
JsonObject* parent_of(JsonObject& document, const FieldPath& path) {
  JsonObject* object = &document;
  for (std::size_t i = 0; i + 1 < path.size(); ++i) {
    Json* member = object->if_contains(path[i]);
    if (member == nullptr || !member->is_object()) return nullptr;
    object = &member->get_object();
  }
  return object;
}

Error misfit(const FieldPath& path, std::string_view why) {
  std::string field = path.empty() ? std::string() : dotted(path);
  std::string message = "the change does not fit the document: " + field + " " + std::string(why);
  return {Fault::conflict, std::move(message), std::move(field)};
}

Result<void> check_fits(JsonObject& document, const FieldChange& change) {
  const JsonObject* parent = change.path.empty() ? nullptr : parent_of(document, change.path);
  if (parent == nullptr) return misfit(change.path, "has no object to be in");
  const Json* present = parent->if_contains(change.path.back());
  if (!change.old_value) {
    return present == nullptr ? ok() : misfit(change.path, "exists, but should be absent");
  }
  if (present == nullptr) return misfit(change.path, "is absent, but should have the old value");
  return same_json(*present, *change.old_value) ? ok()
                                                : misfit(change.path, "has another value than the old one");
}

// A path sorts directly before those inside it, so neighbours tell all.
Result<void> check_apart(const Diff& changes) {
  std::vector<const FieldPath*> paths;
  for (const FieldChange& change : changes) paths.push_back(&change.path);
  std::sort(paths.begin(), paths.end(), [](const FieldPath* a, const FieldPath* b) { return *a < *b; });
  for (std::size_t i = 1; i < paths.size(); ++i) {
    const FieldPath& outer = *paths[i - 1];
    const FieldPath& inner = *paths[i];
    if (outer.size() <= inner.size() && std::equal(outer.begin(), outer.end(), inner.begin())) {
      return misfit(inner, "is changed twice");
    }
  }
  return ok();
}

}  // namespace

Diff diff(const JsonObject& before, const JsonObject& after) {
  Diff found;
  Comparison(found).compare(before, after);
  return found;
}

Diff diff_of_named(const JsonObject& before, const JsonObject& after, const JsonObject& names) {
  Diff found;
  Comparison(found).compare_named(before, after, names);
  return found;
}

Result<void> apply_diff(JsonObject& document, const Diff& changes) {
  if (Result<void> apart = check_apart(changes); !apart) return apart;
  for (const FieldChange& change : changes) {
    if (Result<void> fits = check_fits(document, change); !fits) return fits;
  }
  for (const FieldChange& change : changes) {
    JsonObject& parent = *parent_of(document, change.path);
    if (change.new_value) {
      parent.insert_or_assign(change.path.back(), *change.new_value);
    } else {
      erase_key(parent, change.path.back());
    }
  }
  return ok();
}

Diff reverse(Diff changes) {
  for (FieldChange& change : changes) std::swap(change.old_value, change.new_value);
  return changes;
}

JsonObject diff_to_json(const Diff& changes) {
  JsonObject object;
  object.reserve(changes.size());
  for (const FieldChange& change : changes) {
    JsonObject& sides = object[dotted(change.path)].emplace_object();
    if (change.old_value) sides.emplace("old", *change.old_value);
    if (change.new_value) sides.emplace("new", *change.new_value);
  }
  return object;
}

void write_changes(JsonWriter& out, const Diff& changes) {
  out.open_object();
  for (const FieldChange& change : changes) {
    out.key(dotted(change.path)).open_object();
    if (change.old_value) out.key("old").value(*change.old_value);
    if (change.new_value) out.key("new").value(*change.new_value);
    out.close_object();
  }
  out.close_object();
}

std::string changes_text(const Diff& changes) {
  JsonWriter out(kUsualChangesSize);
  write_changes(out, changes);
  return out.take();
}

Result<Diff> diff_from_json(const JsonObject& object) {
  Diff changes;
  changes.reserve(object.size());
  for (const auto& entry : object) {
    Result<FieldPath> path = parse_dotted(entry.key());
    if (!path) return std::move(path).error();
    const JsonObject* sides = entry.value().if_object();
    const Json* old_value = sides ? sides->if_contains("old") : nullptr;
    const Json* new_value = sides ? sides->if_contains("new") : nullptr;
    const std::size_t known = (old_value != nullptr) + (new_value != nullptr);
    if (known == 0 || known != sides->size()) {
      return Error{Fault::invalid,
                   "a change is written {\"old\": …, \"new\": …}, with one side left out when absent",
                   std::string(entry.key())};
    }
    changes.push_back({std::move(*path), old_value ? std::optional(*old_value) : std::nullopt,
                       new_value ? std::optional(*new_value) : std::nullopt});
  }
  return changes;
}

}  // namespace deltapost
