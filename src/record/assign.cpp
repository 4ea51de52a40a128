#include "record/assign.hpp"

#include <algorithm>

#include "base/check.hpp"
#include "record/contact.hpp"
#include "record/fields.hpp"
#include "record/lead.hpp"

namespace deltapost {
namespace {

constexpr std::string_view kAnswers = "questionsAndAnswers";

bool is_whole_object(std::string_view name) {
  return name == "event" || name == "latestCall" || name == "disqualifyingGroup";
}

bool is_fixed(std::string_view name) {
  return name == "createdAt" || name == "joinedTime" || name == "previewId";
}

JsonObject& member_object(JsonObject& object, std::string_view name) {
  Json& member = object[name];
  if (!member.is_object()) member.emplace_object();
  return member.get_object();
}

Result<Json> checked_time(std::string_view field, const std::optional<Json>& value) {
  if (!value || value->is_null()) return Json(nullptr);
  return fields::date_time(*value, field);
}

/// What update is to do, and what only assign may.
struct Plan {
  JsonObject patch;
  std::vector<std::pair<std::string, Json>> beyond;  // members set afterwards
};

Result<void> plan_field(Kind kind, JsonObject& document, const Assignment& field, Plan& plan) {
  const std::string& name = field.path.front();
  const Json value = field.value.value_or(nullptr);
  if (field.path.size() == 2) {
    if (name == "tracking" && contact::is_first_touch(field.path[1]))
      erase_key(member_object(document, name), field.path[1]);
    member_object(plan.patch, name)[field.path[1]] = value;
    return ok();
  }
  DP_CHECK(field.path.size() == 1 && name != kAnswers);
  if (name == "deletedAt" || (kind == Kind::lead && name == "createdAt")) {
    auto time = checked_time(name, field.value);
    if (!time) return time.error();
    plan.beyond.emplace_back(name, *std::move(time));
  } else if (kind == Kind::lead && name == "deleted") {
    if (!value.is_bool()) return fields::invalid(name, "must be true or false");
    plan.beyond.emplace_back(name, value);
  } else if (kind == Kind::contact && is_fixed(name)) {
    auto checked = contact::check_fixed(name, value);
    if (!checked) return checked.error();
    plan.beyond.emplace_back(name, *std::move(checked));
  } else {
    if (is_whole_object(name)) document[name] = nullptr;  // so that nothing of it is merged
    plan.patch[name] = value;
  }
  return ok();
}

/// An error names the member of the record, not that of the request that replaces tags.
Result<JsonObject> replaced_tags(const JsonObject& lead, const Json& tags) {
  constexpr std::string_view kAsked = "tagIds", kOurs = "tags";
  auto replaced = lead::replace_tags(lead, {{kAsked, tags}});
  if (replaced || !replaced.error().field.starts_with(kAsked)) return replaced;
  Error error = replaced.error();
  error.field.replace(0, kAsked.size(), kOurs);
  return error;
}

/// A document that update takes for a living one; what it said about deletion is put back by `restore`.
struct Revived {
  JsonObject document;
  std::vector<std::pair<std::string, Json>> deletion;

  explicit Revived(const JsonObject& from) : document(from) {
    for (const char* name : {"deleted", "deletedAt"}) {
      Json* member = document.if_contains(name);
      if (member == nullptr) continue;
      deletion.emplace_back(name, *member);
      *member = member->is_bool() ? Json(false) : Json(nullptr);
    }
  }
};

}  // namespace

Result<JsonObject> assign(Kind kind, const JsonObject& document, const std::vector<Assignment>& fields) {
  DP_CHECK(kind == Kind::lead || kind == Kind::contact);
  Revived revived(document);
  Plan plan;
  for (const Assignment& field : fields)
    if (auto planned = plan_field(kind, revived.document, field, plan); !planned) return planned.error();

  std::optional<Json> tags;
  if (const Json* given = plan.patch.if_contains("tags"); given != nullptr && kind == Kind::lead) {
    tags = *given;
    erase_key(plan.patch, "tags");
  }
  auto updated = kind == Kind::lead ? lead::update(revived.document, plan.patch)
                                    : contact::update(revived.document, plan.patch);
  if (updated && tags) updated = replaced_tags(*updated, *tags);
  if (!updated) return updated;
  for (auto& [name, value] : revived.deletion) (*updated)[name] = std::move(value);
  for (auto& [name, value] : plan.beyond) (*updated)[name] = std::move(value);
  return updated;
}

Result<void> assign_answers(JsonObject& contact, const std::vector<Answer>& answers) {
  // Numbered, each question stands at its number; merge_answers spells it the other way, too, and checks.
  JsonObject numbered;
  for (const Answer& answer : answers) {
    const std::string number = std::to_string(answer.number);
    numbered.emplace(number + "_question", answer.label);
    numbered.emplace(number + "_response", answer.text);
  }
  auto spelled = contact::merge_answers({}, numbered);
  if (!spelled) return spelled.error();
  contact[kAnswers] = *std::move(spelled);
  return ok();
}

std::vector<Answer> answers_of(const JsonObject& contact) {
  std::vector<Answer> answers;
  const Json* held = contact.if_contains(kAnswers);
  if (held == nullptr || !held->is_object()) return answers;
  for (const auto& member : held->get_object()) {
    const auto numbered = contact::parse_numbered(member.key());
    if (!numbered || !numbered->question) continue;
    Answer answer{.label = std::string(member.value().as_string()), .text = {}, .number = numbered->number};
    const Json* text = held->get_object().if_contains(std::to_string(answer.number) + "_response");
    if (text != nullptr) answer.text = text->as_string();
    answers.push_back(std::move(answer));
  }
  std::ranges::sort(answers, {}, &Answer::number);
  return answers;
}

std::optional<Json> value_at(const JsonObject& document, const FieldPath& path) {
  const Json* value = document.if_contains(path.front());
  if (value == nullptr) return std::nullopt;
  for (std::size_t i = 1; i < path.size(); ++i) {
    if (value->is_array()) {  // tags
      const JsonArray& tags = value->get_array();
      const auto tag = std::ranges::find_if(tags, [&](const Json& each) {
        return each.is_object() && each.get_object().contains("id") && each.at("id") == Json(path[i]);
      });
      if (tag == tags.end()) return std::nullopt;
      value = &*tag;
      continue;
    }
    value = value->is_object() ? value->get_object().if_contains(path[i]) : nullptr;
    if (value == nullptr) return std::nullopt;
  }
  return *value;
}

}  // namespace deltapost
