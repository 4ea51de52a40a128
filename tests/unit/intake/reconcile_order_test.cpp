// Any order and any repetition of statements ends in the same record.
#include "base/random.hpp"
#include "kept_record.hpp"

namespace deltapost::intake {
namespace {

/// Statements of distinct times about one contact, whole or partial, with every kind of field.
std::vector<std::pair<Statement, Stamp>> random_statements(SeededRandom& random, std::size_t count) {
  const auto pick = [&](std::initializer_list<const char*> of) {
    return std::string(of.begin()[random.below(of.size())]);
  };
  std::vector<std::pair<Statement, Stamp>> statements;
  for (std::size_t i = 0; i < count; ++i) {
    std::vector<StatedField> fields;
    const auto maybe = [&](FieldPath path, Json value, unsigned number = 0) {
      if (random.below(3) == 0) return;
      const bool clears = random.below(5) == 0 && path != FieldPath{"status"};
      fields.push_back(
          {.path = std::move(path), .value = clears ? Json(nullptr) : std::move(value), .number = number});
    };
    maybe({"status"}, Json(pick({"POTENTIAL", "QUALIFIED", "DISQUALIFIED"})));
    maybe({"firstName"}, Json(pick({"Raya", "Ray", "Raja"})));
    maybe({"email"}, Json(pick({"a@example.com", "b@example.com"})));
    maybe({"latestCall"}, Json(JsonObject{{"id", random.below(3)}, {"duration", random.below(60)}}));
    maybe({"disqualifyingGroup"}, Json(JsonArray{random.below(3)}));
    if (random.below(6) == 0) maybe({"tracking"}, nullptr);
    for (const char* key : {"utm_source", "utm_medium", "first_utm_source"})
      maybe({"tracking", key}, Json(pick({"x", "y", "z"})));
    if (random.below(6) == 0) maybe({"questionsAndAnswers"}, nullptr);
    unsigned number = random.below(2) == 0 ? 1 : 0;
    for (const char* label : {"A", "B", "C", "D", "E"}) {
      if (random.below(2) == 0) continue;
      maybe({"questionsAndAnswers", label}, Json(pick({"yes", "no", "perhaps"})), number);
      if (number > 0) number += 1 + static_cast<unsigned>(random.below(2));
    }
    maybe({"createdAt"}, Json(pick({"2025-05-09T15:28:40.783Z", "2025-05-10T00:00:00.000Z"})));
    maybe({"previewId"}, Json(pick({"contact_one", "contact_two"})));
    statements.emplace_back(full(std::move(fields)), Stamp{at(static_cast<int>(i) * 7), 0});
  }
  return statements;
}

TEST(ReconcileProperty, AnyOrderAndRepetitionOfFullObjectsEndsInTheSameRecord) {
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    SeededRandom random(seed);
    auto statements = random_statements(random, 2 + random.below(6));
    Kept in_order(contact_key());
    for (const auto& [statement, stamp] : statements) in_order.hear(statement, stamp);
    for (int shuffle = 0; shuffle < 4; ++shuffle) {
      auto shuffled = statements;
      for (std::size_t extra = random.below(4); extra > 0; --extra)
        shuffled.push_back(statements[random.below(statements.size())]);
      for (std::size_t i = shuffled.size(); i > 1; --i) std::swap(shuffled[i - 1], shuffled[random.below(i)]);
      Kept other(contact_key());
      for (const auto& [statement, stamp] : shuffled) other.hear(statement, stamp);
      ASSERT_TRUE(same_json(in_order.document(), other.document())) << "seed " << seed << "\n"
                                                                    << to_text(in_order.document()) << "\n"
                                                                    << to_text(other.document());
    }
  }
}

TEST(ReconcileProperty, DeltasInOrderWithRepetitionsEndInTheSameRecord) {
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    SeededRandom random(seed);
    Kept once(lead_key()), repeated(lead_key());
    const Statement first = full({{{"phone"}, "+15555555555"}});
    once.hear(first, 0), repeated.hear(first, 0);
    std::map<std::string, std::optional<Json>> state;
    std::vector<std::pair<Statement, Stamp>> sent;
    for (int i = 1; i <= 12; ++i) {
      const std::string key(1, static_cast<char>('a' + random.below(3)));
      std::optional<Json> now =
          random.below(4) == 0 ? std::optional<Json>(nullptr) : Json(std::to_string(random.below(4)));
      sent.emplace_back(delta({changed({"additionalInfo", key}, state[key], now)}), Stamp{at(i), 0});
      state[key] = now;
      once.hear(sent.back().first, sent.back().second);
      repeated.hear(sent.back().first, sent.back().second);
      // A repetition of any that came before, as of a sender that saw no answer.
      const auto& again = sent[random.below(sent.size())];
      const auto version = repeated.version();
      repeated.hear(again.first, again.second);
      EXPECT_EQ(repeated.version(), version);
    }
    ASSERT_TRUE(same_json(once.document(), repeated.document())) << "seed " << seed;
  }
}

}  // namespace
}  // namespace deltapost::intake
