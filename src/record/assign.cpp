#include "record/assign.hpp"

#include <algorithm>

#include "base/check.hpp"
#include "record/contact.hpp"
#include "record/contact_spelling.hpp"
#include "record/fields.hpp"
#include "record/lead.hpp"

namespace deltapost {
namespace {

constexpr std::string_view kAnswers = "questionsAndAnswers";
constexpr std::string_view kTags = "tags";

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
  std::optional<Json> tags;                          // of a lead
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
  } else if (kind == Kind::lead && name == kTags) {
    plan.tags = value;
  } else {
    if (is_whole_object(name)) document[name] = nullptr;  // so that nothing of it is merged
    plan.patch[name] = value;
  }
  return ok();
}

/// An error names the member of the record, not that of the request that replaces tags.
Result<void> replace_tags(JsonObject& lead, const Json& tags) {
  constexpr std::string_view kAsked = "tagIds";
  auto set = lead::set_tags(lead, tags, kAsked);
  if (set || !set.error().field.starts_with(kAsked)) return set;
  Error error = std::move(set).error();
  error.field.replace(0, kAsked.size(), kTags);
  return error;
}

/// An empty text where there is none.
const Json& response_to(const JsonObject& answers, const JsonObject::value_type& question, unsigned number) {
  static const Json kNone("");
  const auto next = &question + 1;  // where merge_answers puts it
  if (next != answers.end()) {
    const auto numbered = contact::parse_numbered(next->key());
    if (numbered && !numbered->question && numbered->number == number) return next->value();
  }
  const Json* response = answers.if_contains(std::to_string(number) + "_response");
  return response != nullptr ? *response : kNone;
}

}  // namespace

Result<JsonObject> assign(Kind kind, JsonObject document, const std::vector<Assignment>& fields) {
  DP_CHECK(kind == Kind::lead || kind == Kind::contact);
  Plan plan;
  for (const Assignment& field : fields)
    if (auto planned = plan_field(kind, document, field, plan); !planned) return planned.error();
  auto applied =
      kind == Kind::lead ? lead::apply(document, plan.patch) : contact::apply(document, plan.patch);
  if (applied && plan.tags) applied = replace_tags(document, *plan.tags);
  if (!applied) return std::move(applied).error();
  for (auto& [name, value] : plan.beyond) document[name] = std::move(value);
  return document;
}

Result<void> assign_answers(JsonObject& contact, const std::vector<Answer>& answers) {
  JsonObject& held = member_object(contact, kAnswers);
  if (const auto spelling = contact::BothSpellings::of(held); spelling && spelling->answer(answers))
    return ok();
  // Numbered, each question stands at its number; merge_answers spells it the other way, too, and checks.
  JsonObject numbered;
  for (const Answer& answer : answers) {
    const std::string number = std::to_string(answer.number);
    numbered.emplace(number + "_question", answer.label);
    numbered.emplace(number + "_response", *answer.text);
  }
  auto spelled = contact::merge_answers({}, numbered);
  if (!spelled) return std::move(spelled).error();
  held = *std::move(spelled);
  return ok();
}

std::vector<Answer> answers_of(const JsonObject& contact) {
  std::vector<Answer> answers;
  const Json* held = contact.if_contains(kAnswers);
  if (held == nullptr || !held->is_object()) return answers;
  const JsonObject& both = held->get_object();
  answers.reserve(both.size() / 3);
  for (const auto& member : both) {
    const auto numbered = contact::parse_numbered(member.key());
    if (!numbered || !numbered->question) continue;
    answers.push_back(
        {member.value().as_string(), &response_to(both, member, numbered->number), numbered->number});
  }
  std::ranges::sort(answers, {}, &Answer::number);
  return answers;
}

const Json* find_value(const JsonObject& document, const FieldPath& path) {
  const Json* value = document.if_contains(path.front());
  for (std::size_t i = 1; i < path.size() && value != nullptr; ++i) {
    if (value->is_array()) {  // tags
      const JsonArray& tags = value->get_array();
      const auto tag = std::ranges::find_if(tags, [&](const Json& each) {
        const Json* id = each.is_object() ? each.get_object().if_contains("id") : nullptr;
        return id != nullptr && *id == Json(path[i]);
      });
      value = tag != tags.end() ? &*tag : nullptr;
    } else {
      value = value->is_object() ? value->get_object().if_contains(path[i]) : nullptr;
    }
  }
  return value;
}

std::optional<Json> value_at(const JsonObject& document, const FieldPath& path) {
  const Json* value = find_value(document, path);
  return value != nullptr ? std::optional(*value) : std::nullopt;
}

}  // namespace deltapost
