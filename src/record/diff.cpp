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
    // Mostly one document is a changed copy of the other: the same keys in the same places.
    std::size_t alike = 0;
    while (alike < before.size() && alike < after.size() && key_at(before, alike) == key_at(after, alike)) {
      compare(key_at(before, alike), &value_at(before, alike), &value_at(after, alike));
      ++alike;
    }
    for (std::size_t i = alike; i < before.size(); ++i) {
      compare(key_at(before, i), &value_at(before, i), after.if_contains(key_at(before, i)));
    }
    for (std::size_t i = alike; i < after.size(); ++i) {
      if (!before.contains(key_at(after, i))) compare(key_at(after, i), nullptr, &value_at(after, i));
    }
  }

 private:
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

  static std::string_view key_at(const JsonObject& object, std::size_t place) {
    return (object.begin() + static_cast<std::ptrdiff_t>(place))->key();
  }
  static const Json& value_at(const JsonObject& object, std::size_t place) {
    return (object.begin() + static_cast<std::ptrdiff_t>(place))->value();
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

std::string changes_text(const Diff& changes) {
  JsonWriter out(kUsualChangesSize);
  out.open_object();
  for (const FieldChange& change : changes) {
    out.key(dotted(change.path)).open_object();
    if (change.old_value) out.key("old").value(*change.old_value);
    if (change.new_value) out.key("new").value(*change.new_value);
    out.close_object();
  }
  out.close_object();
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
