// questionsAndAnswers of others: numbered pairs and labels, read as one list of questions.
#include <boost/container/flat_map.hpp>

#include "format/inbound_parts.hpp"
#include "record/contact.hpp"
#include "record/fields.hpp"

namespace deltapost::format {
namespace {

class AnswerReader {
 public:
  explicit AnswerReader(std::string_view field) : field_(field) {}

  Result<void> sort(const JsonObject& object) {
    for (const auto& member : object) {
      const std::string_view key = member.key();
      if (!member.value().is_string() && !member.value().is_null()) {
        return refuse(key, "must be a string or null, not " + std::string(fields::type_name(member.value())));
      }
      const auto numbered = contact::parse_numbered(key);
      if (!numbered) {
        if (key.empty()) return refuse(key, "is an empty label; a label is the question's text");
        labels_.emplace_back(key, &member.value());
      } else if (numbered->number == 0) {
        return refuse(key,
                      "has a number that cannot be used; numbers go from 1 to 9999, without zeros before");
      } else {
        Pair& pair = pairs_[numbered->number];
        (numbered->question ? pair.question : pair.response) = &member.value();
      }
    }
    return ok();
  }

  Result<std::vector<Answer>> merge() {
    answers_.reserve(pairs_.size() + labels_.size());
    index_.reserve(pairs_.size() + labels_.size());
    for (const auto& [number, pair] : pairs_) {
      if (auto added = add_pair(number, pair); !added) return added.error();
    }
    for (const auto& [label, value] : labels_) {
      if (auto added = add(label, *value, 0, label); !added) return added.error();
    }
    if (answers_.size() > contact::kMaxAnswers) {
      return fields::invalid(field_, "holds " + std::to_string(answers_.size()) + " questions; at most " +
                                         std::to_string(contact::kMaxAnswers) + " are allowed");
    }
    return std::move(answers_);
  }

 private:
  struct Pair {
    const Json* question = nullptr;
    const Json* response = nullptr;
  };

  Error refuse(std::string_view key, std::string message) const {
    return fields::invalid(std::string(field_) + "." + dotted({std::string(key)}), std::move(message));
  }

  Result<void> add_pair(unsigned number, const Pair& pair) {
    const auto key_of = [&](const char* part) { return std::to_string(number) + part; };
    const bool named = pair.question != nullptr && pair.question->is_string();
    if (!named) {
      const bool answered = pair.response != nullptr && pair.response->is_string();
      return answered ? refuse(key_of("_response"),
                               "needs " + key_of("_question") + " beside it, the question's text")
                      : ok();
    }
    const std::string_view label = pair.question->get_string();
    if (label.empty())
      return refuse(key_of("_question"), "is an empty label; a label is the question's text");
    if (pair.response != nullptr) return add(label, *pair.response, number, key_of("_response"));
    // Its answer may stand beside its label; the number is known then.
    for (const auto& [other, value] : labels_) {
      if (other == label) return add(label, *value, number, other);
    }
    return ok();
  }

  Result<void> add(std::string_view label, const Json& value, unsigned number, std::string_view key) {
    const auto [place, is_new] = index_.emplace(label, answers_.size());
    if (is_new) {
      answers_.push_back({std::string(label), value, number});
      return ok();
    }
    if (same_json(answers_[place->second].value, value)) return ok();
    return refuse(key, "contradicts another answer to " + fields::shown(Json(label)) +
                           "; both spellings must say the same");
  }

  const std::string_view field_;
  boost::container::flat_map<unsigned, Pair> pairs_;
  std::vector<std::pair<std::string_view, const Json*>> labels_;
  std::vector<Answer> answers_;
  boost::container::flat_map<std::string_view, std::size_t> index_;  // by label
};

}  // namespace

Result<std::vector<Answer>> read_answers(const JsonObject& object, std::string_view field) {
  constexpr std::size_t kSpellings = 3;  // question, response, label
  if (object.size() > kSpellings * contact::kMaxAnswers) {
    return fields::invalid(field, "has " + std::to_string(object.size()) + " members; at most " +
                                      std::to_string(contact::kMaxAnswers) + " questions are allowed");
  }
  AnswerReader reader(field);
  if (auto sorted = reader.sort(object); !sorted) return sorted.error();
  return reader.merge();
}

}  // namespace deltapost::format
