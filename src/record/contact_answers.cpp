// The two spellings of questionsAndAnswers, kept consistent.
#include <algorithm>
#include <boost/container/flat_map.hpp>
#include <boost/container/flat_set.hpp>
#include <charconv>
#include <optional>
#include <utility>

#include "record/contact.hpp"
#include "record/contact_spelling.hpp"
#include "record/fields.hpp"
#include "record/path.hpp"

namespace deltapost::contact {
namespace {

using boost::container::flat_map;
using boost::container::flat_set;

Error refuse(std::string_view key, std::string message) {
  return fields::invalid(dotted({"questionsAndAnswers", std::string(key)}), std::move(message));
}

// What a patch says about one number; nullptr: nothing.
struct Pair {
  const Json* question = nullptr;
  const Json* response = nullptr;
};

// The texts lie in what is merged.
struct Entry {
  std::string_view label;
  std::string_view answer;
  bool answered_by_number = false;  // in this patch
};

std::string key_of(unsigned number, std::string_view part) {
  return std::to_string(number) + "_" + std::string(part);
}

Result<void> check_text(std::string_view key, const Json& value, std::size_t max_characters) {
  if (value.is_null() || (value.is_string() && value.get_string().size() <= max_characters)) return ok();
  const std::string field = dotted({"questionsAndAnswers", std::string(key)});
  Result<Json> checked = fields::text(value, field, max_characters);
  return checked ? ok() : Result<void>(std::move(checked).error());
}

Result<void> check_label(std::string_view key, std::string_view label) {
  if (label.empty()) return refuse(key, "is an empty label; give the question's text");
  if (!parse_numbered(label)) return ok();
  return refuse(key, "cannot be a label: N_question and N_response are kept for the numbered spelling");
}

class Answers {
 public:
  Result<void> merge(const JsonObject& patch) {
    if (Result<void> sorted = sort(patch); !sorted) return sorted;
    for (const auto& [number, pair] : pairs_) {
      if (Result<void> merged = merge_pair(number, pair); !merged) return merged;
    }
    if (Result<void> unique = index_labels(); !unique) return unique;
    for (const auto& [label, answer] : labels_) {
      if (Result<void> merged = merge_label(label, *answer); !merged) return merged;
    }
    if (entries_.size() > kMaxAnswers || (!entries_.empty() && entries_.rbegin()->first > kMaxAnswerNumber)) {
      return fields::invalid("questionsAndAnswers", "would hold more than " + std::to_string(kMaxAnswers) +
                                                        " questions; null for a label removes one");
    }
    forget_patch();
    return ok();
  }

  JsonObject spelled_both_ways() const {
    JsonObject object;
    object.reserve(entries_.size() * 3);
    for (const auto& [number, entry] : entries_) {
      object.emplace(key_of(number, "question"), entry.label);
      object.emplace(key_of(number, "response"), entry.answer);
    }
    for (const auto& [number, entry] : entries_) object.emplace(entry.label, entry.answer);
    return object;
  }

 private:
  // Tells the two spellings of the patch apart and checks each member by itself.
  Result<void> sort(const JsonObject& patch) {
    for (const auto& member : patch) {
      const std::string_view key = member.key();
      const auto numbered = parse_numbered(key);
      const std::size_t limit = numbered && numbered->question ? kMaxLabelCharacters : kMaxAnswerCharacters;
      if (Result<void> sound = check_text(key, member.value(), limit); !sound) return sound;
      if (!numbered) {
        if (Result<void> sound = check_label(key, key); !sound) return sound;
        if (key.size() > kMaxLabelCharacters)
          if (Result<void> sound = check_text(key, Json(key), kMaxLabelCharacters); !sound) return sound;
        labels_.emplace_back(key, &member.value());
      } else if (numbered->number == 0) {
        return refuse(
            key, "has a number that cannot be used; numbers go from 1 to 9999, without zeros before them");
      } else {
        Pair& pair = pairs_[numbered->number];
        (numbered->question ? pair.question : pair.response) = &member.value();
      }
    }
    return ok();
  }

  Result<void> merge_pair(unsigned number, const Pair& pair) {
    const bool question_gone = pair.question != nullptr && pair.question->is_null();
    const bool response_gone = pair.response != nullptr && pair.response->is_null();
    if (question_gone && pair.response != nullptr && !response_gone) {
      return refuse(key_of(number, "question"),
                    "is null, but there is a response to it; give both or neither");
    }
    const auto known = entries_.find(number);
    if (question_gone || response_gone) {
      if (pair.question != nullptr && !question_gone) removed_.insert(pair.question->get_string());
      if (known == entries_.end()) return ok();
      removed_.insert(known->second.label);
      entries_.erase(known);
      return ok();
    }
    if (known == entries_.end() && (pair.question == nullptr || pair.response == nullptr)) {
      const std::string_view missing = pair.question == nullptr ? "question" : "response";
      return refuse(key_of(number, missing == "question" ? "response" : "question"),
                    "is new and needs " + key_of(number, missing) + " beside it");
    }
    Entry& entry = entries_[number];
    if (pair.question != nullptr) {
      entry.label = pair.question->get_string();
      if (Result<void> sound = check_label(key_of(number, "question"), entry.label); !sound) return sound;
    }
    if (pair.response != nullptr) {
      entry.answer = pair.response->get_string();
      entry.answered_by_number = true;
    }
    return ok();
  }

  Result<void> index_labels() {
    for (const auto& [number, entry] : entries_) {
      const auto [other, is_new] = numbers_.emplace(entry.label, number);
      if (is_new) continue;
      return refuse(key_of(number, "question"), "has the label of question " + std::to_string(other->second) +
                                                    "; a label stands once, write " +
                                                    key_of(other->second, "response") +
                                                    " to change its answer");
    }
    return ok();
  }

  Result<void> merge_label(std::string_view label, const Json& answer) {
    const auto known = numbers_.find(label);
    if (known == numbers_.end()) {
      if (answer.is_null()) return ok();
      if (removed_.contains(label)) return contradiction(label, "removed by its number");
      const unsigned number = entries_.empty() ? 1 : entries_.rbegin()->first + 1;
      entries_[number] = {label, answer.get_string()};
      numbers_.emplace(label, number);
      return ok();
    }
    Entry& entry = entries_.at(known->second);
    if (entry.answered_by_number && (answer.is_null() || answer.get_string() != entry.answer)) {
      return contradiction(label, "answered otherwise by " + key_of(known->second, "response"));
    }
    if (answer.is_null()) {
      entries_.erase(known->second);
      numbers_.erase(known);
    } else {
      entry.answer = answer.get_string();
    }
    return ok();
  }

  static Error contradiction(std::string_view label, const std::string& how) {
    return refuse(label, "is " + how + "; give one spelling, or the same in both");
  }

  void forget_patch() {
    pairs_.clear();
    labels_.clear();
    removed_.clear();
    numbers_.clear();
    for (auto& [number, entry] : entries_) entry.answered_by_number = false;
  }

  flat_map<unsigned, Entry> entries_;
  // Of the patch that is being merged.
  flat_map<unsigned, Pair> pairs_;
  std::vector<std::pair<std::string_view, const Json*>> labels_;
  flat_set<std::string_view> removed_;
  flat_map<std::string_view, unsigned> numbers_;  // by label
};

}  // namespace

std::optional<NumberedKey> parse_numbered(std::string_view key) {
  NumberedKey parsed;
  parsed.question = key.ends_with("_question");
  if (!parsed.question && !key.ends_with("_response")) return std::nullopt;
  const std::string_view digits = key.substr(0, key.rfind('_'));
  const bool number = std::ranges::all_of(digits, [](char c) { return c >= '0' && c <= '9'; });
  if (digits.empty() || !number) return std::nullopt;
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), parsed.number);
  if (read.ec != std::errc() || parsed.number > kMaxAnswerNumber || digits.front() == '0') parsed.number = 0;
  return parsed;
}

Result<void> merge_into_answers(JsonObject& answers, const JsonObject& patch) {
  if (const auto spelling = BothSpellings::of(answers); spelling && spelling->answer(patch)) return ok();
  Result<JsonObject> merged = merge_answers(answers, patch);
  if (!merged) return std::move(merged).error();
  answers = *std::move(merged);
  return ok();
}

Result<JsonObject> merge_answers(const JsonObject& current, const JsonObject& patch) {
  Answers answers;
  if (Result<void> loaded = answers.merge(current); !loaded) return std::move(loaded).error();
  if (Result<void> merged = answers.merge(patch); !merged) return std::move(merged).error();
  return answers.spelled_both_ways();
}

}  // namespace deltapost::contact
