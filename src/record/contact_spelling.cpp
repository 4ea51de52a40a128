#include "record/contact_spelling.hpp"

#include <algorithm>

#include "record/contact.hpp"

namespace deltapost::contact {
namespace {

constexpr std::size_t kSpellings = 3;  // of a question: its text, its answer, and both under its label

bool needs_no_check(std::string_view text) {
  return text.size() <= kMaxAnswerCharacters;  // no text has more characters than bytes
}

/// The number of a pair that is spelled as it should be; 0: it is not.
unsigned number_of(const JsonObject::value_type& question, const JsonObject::value_type& response) {
  const auto asked = parse_numbered(question.key()), told = parse_numbered(response.key());
  const bool pair = asked && told && asked->question && !told->question && asked->number == told->number;
  return pair && question.value().is_string() && response.value().is_string() ? asked->number : 0;
}

bool is_answer(const JsonObject::value_type& label, const JsonObject::value_type& question,
               const JsonObject::value_type& response) {
  return label.key() == std::string_view(question.value().get_string()) && label.value().is_string() &&
         label.value().get_string() == response.value().get_string();
}

}  // namespace

std::optional<BothSpellings> BothSpellings::of(JsonObject& answers) {
  if (answers.size() % kSpellings != 0) return std::nullopt;
  BothSpellings found(answers);
  unsigned last = 0;
  for (std::size_t i = 0; i < found.count_; ++i) {
    const auto pair = answers.begin() + 2 * i, label = answers.begin() + 2 * found.count_ + i;
    const unsigned number = number_of(pair[0], pair[1]);
    if (number <= last || !is_answer(*label, pair[0], pair[1])) return std::nullopt;
    last = number;
  }
  return found;
}

bool BothSpellings::answer(const JsonObject& patch) const {
  const auto question_of = [&](std::string_view label) {
    const auto place = static_cast<std::size_t>(answers_->find(label) - answers_->begin());
    return place - 2 * count_;  // beyond count_ for a key of a pair, and for one that is not there
  };
  for (const auto& given : patch) {
    const bool known = given.value().is_string() && needs_no_check(given.value().get_string());
    if (!known || question_of(given.key()) >= count_) return false;
  }
  for (const auto& given : patch) set(question_of(given.key()), given.value().get_string());
  return true;
}

bool BothSpellings::answer(std::span<const Answer> all) const {
  if (all.size() != count_) return false;
  for (std::size_t i = 0; i < count_; ++i) {
    const auto question = answers_->begin() + 2 * i;
    const bool same = parse_numbered(question->key())->number == all[i].number &&
                      question->value().get_string() == all[i].label;
    if (!same || !needs_no_check(all[i].text->get_string())) return false;
  }
  for (std::size_t i = 0; i < count_; ++i) set(i, all[i].text->get_string());
  return true;
}

void BothSpellings::set(std::size_t question, std::string_view text) const {
  auto& response = member(2 * question + 1).get_string();
  if (response == text) return;
  response = text;
  member(2 * count_ + question).get_string() = text;
}

}  // namespace deltapost::contact
