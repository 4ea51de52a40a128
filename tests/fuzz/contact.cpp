// Contacts as the API takes them: the same as for leads, and questionsAndAnswers holds each answer in both
// spellings. Parts: what it is made of, the patch.
#include "record/contact.hpp"

#include "base/check.hpp"
#include "fuzz/input.hpp"
#include "fuzz/record_properties.hpp"
#include "fuzz/targets.hpp"
#include "record/assign.hpp"

namespace deltapost::fuzz {
namespace {

constexpr Time kNow{Millis{1'780'000'000'000}};

void check_invariants(const JsonObject& contact) {
  DP_CHECK(contact.at("id").to_number<int>() == 7 && contact.at("previewId").is_string());
  DP_CHECK(contact.at("status").is_string());
  const JsonObject& answers = contact.at("questionsAndAnswers").as_object();
  DP_CHECK(answers.size() % 3 == 0 && answers.size() / 3 <= contact::kMaxAnswers);
  for (const Answer& answer : answers_of(contact)) {
    const std::string number = std::to_string(answer.number);
    DP_CHECK(answers.at(number + "_question").as_string() == answer.label);
    DP_CHECK(answers.at(number + "_response") == *answer.text);
    DP_CHECK(answers.at(answer.label) == *answer.text);
  }
  const JsonObject& tracking = contact.at("tracking").as_object();
  DP_CHECK(tracking.size() <= contact::kMaxTrackingMembers);
}

}  // namespace

void contact(std::string_view input) {
  const auto [first, second] = parts_of<2>(input);
  if (const auto tracking = contact::tracking_from_query(first)) check_text_round_trip(*tracking);
  const auto wanted = parse_json_object(first);
  if (!wanted) return;
  const auto made = contact::create(*wanted, 7, "preview", kNow);
  if (!made) return DP_CHECK(!made.error().message.empty());
  check_invariants(*made);
  const auto patch = parse_json_object(second);
  if (!patch) return;
  const auto updated = contact::update(*made, *patch);
  if (!updated) return;
  const JsonObject& after = updated->document;
  check_invariants(after);
  DP_CHECK(after.size() == made->size());
  check_diff(*made, after);
  DP_CHECK(changes_text(updated->changes) == changes_text(diff(*made, after)));
  const auto again = contact::update(after, *patch);
  DP_CHECK(!again || (again->changes.empty() && to_text(again->document) == to_text(after)));
}

}  // namespace deltapost::fuzz
