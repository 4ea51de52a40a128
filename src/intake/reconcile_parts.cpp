#include "intake/reconcile_parts.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "record/assign.hpp"
#include "record/contact.hpp"
#include "record/fields.hpp"

namespace deltapost::intake {
namespace {

constexpr std::string_view kAnswers = "questionsAndAnswers";

struct Place {
  NumberClaim claim;
  std::string_view label;
};

/// Numbered ones first, the newest claim before older ones; then those without a number, the oldest first.
bool comes_before(const Place& a, const Place& b) {
  const bool a_numbered = a.claim.number > 0, b_numbered = b.claim.number > 0;
  if (a_numbered != b_numbered) return a_numbered;
  if (a.claim.at != b.claim.at) return a_numbered ? a.claim.at > b.claim.at : a.claim.at < b.claim.at;
  if (a.claim.number != b.claim.number) return a.claim.number < b.claim.number;
  return a.label < b.label;
}

using Numbered = boost::container::flat_map<unsigned, std::string_view>;

Numbered number(std::vector<Place> places) {
  std::ranges::sort(places, comes_before);
  Numbered at_number;
  std::vector<std::string_view> behind;
  for (const Place& place : places)
    if (place.claim.number == 0 || !at_number.emplace(place.claim.number, place.label).second)
      behind.push_back(place.label);
  unsigned next = at_number.empty() ? 1 : at_number.rbegin()->first + 1;
  for (const std::string_view label : behind) at_number.emplace(next++, label);
  return at_number;
}

std::string_view id_of(const Json& tag) {
  return tag.at("id").as_string();
}

}  // namespace

Questions::Questions(const JsonObject& contact) {
  for (const Answer& answer : answers_of(contact)) answers_[answer.label] = answer.text;
}

const Json* Questions::answer(std::string_view label) const {
  const auto found = answers_.find(label);
  return found == answers_.end() ? nullptr : found->second;
}

std::vector<std::string> Questions::labels() const {
  std::vector<std::string> labels;
  for (const auto& [label, answer] : answers_) labels.emplace_back(label);
  return labels;
}

Result<void> Questions::write(JsonObject& contact, const Clocks& clocks) const {
  std::vector<Place> places;
  places.reserve(answers_.size());
  for (const auto& [label, answer] : answers_) places.push_back({clocks.claim_of(label), label});
  const Numbered numbered = number(std::move(places));
  const bool too_high = !numbered.empty() && numbered.rbegin()->first > contact::kMaxAnswerNumber;
  if (too_high || answers_.size() > contact::kMaxAnswers)
    return fields::invalid(kAnswers, fmt::format("would hold more than {} questions", contact::kMaxAnswers));

  std::vector<Answer> answers;
  answers.reserve(numbered.size());
  for (const auto& [number, label] : numbered) {
    const Json& text = *answers_.at(label);
    if (!text.is_string())
      return fields::invalid(dotted({std::string(kAnswers), std::string(label)}),
                             fmt::format("must be a text or null, not {}", fields::type_name(text)));
    answers.push_back({label, &text, number});
  }
  return assign_answers(contact, answers);
}

Tags::Tags(const JsonObject& lead)
    : held_([&] {
        const Json* held = lead.if_contains("tags");
        return held != nullptr && held->is_array() ? held->get_array() : JsonArray{};
      }()),
      now_(held_) {}

JsonArray::iterator Tags::find(std::string_view id) {
  return std::ranges::find_if(now_, [&](const Json& each) { return each.is_object() && id_of(each) == id; });
}

void Tags::set(std::string_view id, const Json& tag) {
  const auto at = find(id);
  if (at != now_.end())
    *at = tag;
  else
    now_.push_back(tag);
}

void Tags::remove(std::string_view id) {
  if (const auto at = find(id); at != now_.end()) now_.erase(at);
}

std::optional<JsonArray> Tags::changed() const {
  const auto in_order = [](JsonArray tags) {
    std::ranges::sort(tags, {}, [](const Json& each) { return std::string(id_of(each)); });
    return tags;
  };
  JsonArray now = in_order(now_);
  if (same_json(in_order(held_), now)) return std::nullopt;
  return now;
}

}  // namespace deltapost::intake
