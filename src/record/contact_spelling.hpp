// BothSpellings: questionsAndAnswers as merge_answers leaves it, where other answers to the same questions
// can be written without deriving all of it anew. Private to the room.
#pragma once

#include <optional>
#include <span>

#include "record/assign.hpp"
#include "record/json.hpp"

namespace deltapost::contact {

class BothSpellings {
 public:
  /// nullopt: the object does not hold the pairs by number, then the labels in the same order with the same
  /// answers, and nothing else. `answers` must outlive this.
  static std::optional<BothSpellings> of(JsonObject& answers);

  /// A patch of other answers to questions that are there, by label. False, and nothing is written: the patch
  /// asks for more, or for what has to be checked.
  bool answer(const JsonObject& patch) const;
  /// All questions with their answers, by number. False, and nothing is written: the questions or their
  /// numbers are others, or an answer has to be checked.
  bool answer(std::span<const Answer> all) const;

 private:
  explicit BothSpellings(JsonObject& answers) : answers_(&answers), count_(answers.size() / 3) {}

  Json& member(std::size_t place) const { return (answers_->begin() + place)->value(); }
  void set(std::size_t question, std::string_view text) const;

  JsonObject* answers_;
  std::size_t count_;  // of questions
};

}  // namespace deltapost::contact
