// A diff of a whole document, as a Deltapost sends it, taken apart into the fields that statements are made
// of.
#include <algorithm>
#include <map>
#include <set>

#include "format/inbound_parts.hpp"
#include "record/contact.hpp"
#include "record/fields.hpp"

namespace deltapost::format {
namespace {

/// Never changed by a statement: the record's own bookkeeping.
bool is_bookkeeping(std::string_view name) {
  return name == "id" || name == "updatedAt" || name == "version";
}

/// Chosen when a record is made; with a record beside the changes they stand in its base.
bool is_of_creation(std::string_view name) {
  return name == "createdAt" || name == "joinedTime" || name == "previewId";
}

const JsonObject* object_in(const std::optional<Json>& value) {
  return value ? value->if_object() : nullptr;
}

class ChangeReader {
 public:
  ChangeReader(const Diff& changes, Kind kind, const JsonObject* record, const std::string& field)
      : changes_(changes), kind_(kind), record_(record), field_(field) {}

  Result<std::vector<StatedField>> read(Statement& statement) {
    const auto members = stated_members(kind_);
    for (const FieldChange& change : changes_) {
      const std::string& name = change.path.front();
      if (is_bookkeeping(name) || (record_ != nullptr && is_of_creation(name))) continue;
      if (std::ranges::find(members, name) == members.end()) {
        ignore(statement, dotted(change.path));
        continue;
      }
      Result<void> added = ok();
      if (is_container(kind_, name)) {
        added = add_contained(change);
      } else if (change.path.size() == 1) {
        add(change.path, change.old_value, change.new_value);
      } else {
        add_whole(name);
      }
      if (!added) return added.error();
    }
    if (auto added = add_answers(); !added) return added.error();
    return std::move(stated_);
  }

 private:
  struct Pair {
    const FieldChange* question = nullptr;
    const FieldChange* response = nullptr;
  };

  std::string place(const FieldPath& path) const { return field_ + "." + dotted(path); }

  void add(FieldPath path, std::optional<Json> before, std::optional<Json> now, unsigned number = 0) {
    stated_.push_back({.path = std::move(path),
                       .value = std::move(now),
                       .has_old = true,
                       .old = std::move(before),
                       .number = number});
  }

  Result<void> add_contained(const FieldChange& change) {
    if (change.path.size() > 2) {
      return fields::invalid(place(change.path),
                             "leads into a value; the members of " + change.path.front() + " are texts");
    }
    if (change.path.size() == 1)
      return change.path.front() == kAnswers ? add_all_answers(change) : add_all(change);
    if (change.path.front() != kAnswers) {
      add(change.path, change.old_value, change.new_value);
      return ok();
    }
    const auto numbered = contact::parse_numbered(change.path[1]);
    if (!numbered) {
      labels_.push_back(&change);
    } else {
      Pair& pair = pairs_[numbered->number];
      (numbered->question ? pair.question : pair.response) = &change;
    }
    return ok();
  }

  Result<void> check_sides(const FieldChange& change) const {
    for (const std::optional<Json>* side : {&change.old_value, &change.new_value}) {
      if (*side && !(*side)->is_null() && !(*side)->is_object()) {
        return fields::invalid(place(change.path),
                               "must be an object or null, not " + std::string(fields::type_name(**side)));
      }
    }
    return ok();
  }

  /// additionalInfo or tracking came, went, or both.
  Result<void> add_all(const FieldChange& change) {
    if (auto sound = check_sides(change); !sound) return sound;
    const JsonObject* before = object_in(change.old_value);
    const JsonObject* now = object_in(change.new_value);
    if (before == nullptr && now == nullptr) {
      add(change.path, change.old_value, Json(nullptr));
      return ok();
    }
    const auto side = [](const JsonObject* object, std::string_view key) {
      const Json* value = object != nullptr ? object->if_contains(key) : nullptr;
      return value != nullptr ? std::optional(*value) : std::nullopt;
    };
    const auto add_members = [&](const JsonObject& object, const JsonObject* told) {
      for (const auto& member : object) {
        const std::string key(member.key());
        if (told != nullptr && told->contains(key)) continue;
        add({change.path.front(), key}, side(before, key), side(now, key));
      }
    };
    if (before != nullptr) add_members(*before, nullptr);
    if (now != nullptr) add_members(*now, before);
    return ok();
  }

  Result<void> add_all_answers(const FieldChange& change) {
    if (auto sound = check_sides(change); !sound) return sound;
    const auto read = [&](const std::optional<Json>& value) -> Result<std::vector<Answer>> {
      const JsonObject* object = object_in(value);
      return object != nullptr ? read_answers(*object, place(change.path)) : std::vector<Answer>();
    };
    const auto before = read(change.old_value);
    if (!before) return before.error();
    const auto now = read(change.new_value);
    if (!now) return now.error();
    std::map<std::string_view, const Answer*> old_answers;
    for (const Answer& answer : *before) old_answers.emplace(answer.label, &answer);
    for (const Answer& answer : *now) {
      const auto old = old_answers.find(answer.label);
      add({std::string(kAnswers), answer.label},
          old == old_answers.end() ? std::nullopt : std::optional(old->second->value), answer.value,
          answer.number);
      if (old != old_answers.end()) old_answers.erase(old);
    }
    for (const auto& [label, answer] : old_answers) {
      add({std::string(kAnswers), std::string(label)}, answer->value, std::nullopt);
    }
    return ok();
  }

  // ---- answers, of which the changes hold both spellings

  std::optional<std::string> label_of(unsigned number, const Pair& pair) const {
    const auto text = [](const std::optional<Json>& value) {
      return value && value->is_string() ? std::optional(std::string(value->get_string())) : std::nullopt;
    };
    if (pair.question != nullptr) {
      const auto now = text(pair.question->new_value);
      return now ? now : text(pair.question->old_value);
    }
    const Json* answers = record_ != nullptr ? record_->if_contains(kAnswers) : nullptr;
    const Json* question = answers != nullptr && answers->is_object()
                               ? answers->get_object().if_contains(std::to_string(number) + "_question")
                               : nullptr;
    return question != nullptr && question->is_string() ? std::optional(std::string(question->get_string()))
                                                        : std::nullopt;
  }

  bool told_by_label(const FieldChange& response) const {
    return std::ranges::any_of(labels_, [&](const FieldChange* label) {
      return label->new_value.has_value() == response.new_value.has_value() &&
             (!label->new_value || same_json(*label->new_value, *response.new_value));
    });
  }

  Result<void> add_answers() {
    std::map<std::string, unsigned> numbers;
    std::vector<std::pair<std::string, const FieldChange*>> unlabelled;
    for (const auto& [number, pair] : pairs_) {
      const auto label = label_of(number, pair);
      if (label) numbers.emplace(*label, number);
      if (pair.response == nullptr) continue;
      if (label) {
        unlabelled.emplace_back(*label, pair.response);
      } else if (!told_by_label(*pair.response)) {
        return fields::invalid(place(pair.response->path), "needs the question beside it, or its label");
      }
    }
    std::set<std::string_view> told;
    for (const FieldChange* change : labels_) {
      const std::string& label = change->path[1];
      told.insert(label);
      const auto number = numbers.find(label);
      add(change->path, change->old_value, change->new_value, number == numbers.end() ? 0 : number->second);
    }
    for (const auto& [label, change] : unlabelled) {
      if (told.contains(label)) continue;
      add({std::string(kAnswers), label}, change->old_value, change->new_value, numbers.at(label));
    }
    return ok();
  }

  // ---- event, latestCall, disqualifyingGroup: entered by a diff, but stated whole

  void add_whole(const std::string& name) {
    if (!whole_.insert(name).second) return;
    Diff inside;
    for (const FieldChange& change : changes_) {
      if (change.path.front() == name) inside.push_back(change);
    }
    const Json* now = record_ != nullptr ? record_->if_contains(name) : nullptr;
    if (now == nullptr) {
      stated_.push_back({.path = {name}, .value = patch_of(inside), .partial = true});
      return;
    }
    StatedField field{.path = {name}, .value = *now};
    JsonObject before{{name, *now}};
    field.has_old = apply_diff(before, reverse(std::move(inside))).has_value();
    if (field.has_old) field.old = before.at(name);
    stated_.push_back(std::move(field));
  }

  /// The changed members alone, to be merged (RFC 7396).
  static Json patch_of(const Diff& inside) {
    JsonObject patch;
    for (const FieldChange& change : inside) {
      JsonObject* object = &patch;
      for (std::size_t i = 1; i + 1 < change.path.size(); ++i) {
        Json& next = (*object)[change.path[i]];
        if (!next.is_object()) next.emplace_object();
        object = &next.get_object();
      }
      (*object)[change.path.back()] = change.new_value ? *change.new_value : Json(nullptr);
    }
    return patch;
  }

  const Diff& changes_;
  Kind kind_;
  const JsonObject* record_;
  const std::string& field_;
  std::vector<StatedField> stated_;
  std::map<unsigned, Pair> pairs_;
  std::vector<const FieldChange*> labels_;
  std::set<std::string> whole_;
};

}  // namespace

Result<std::vector<StatedField>> state_changes(const Diff& changes, Kind kind, const JsonObject* record,
                                               const std::string& field, Statement& statement) {
  return ChangeReader(changes, kind, record, field).read(statement);
}

}  // namespace deltapost::format
