#include "intake/validation.hpp"

#include <fmt/format.h>

namespace deltapost::intake {

bool Validation::concerns(const ValidationRule& rule, const std::optional<Kind>& kind) const {
  return (!rule.kind || rule.kind == kind) && (rule.event.empty() || rule.event == event_);
}

/// What a broken rule means: a flag, or trouble.
std::optional<Trouble> Validation::broken(const ValidationRule& rule, const std::string& found,
                                          const std::string& field) {
  const std::string message = fmt::format("{}: {}", rule.name, rule.message.empty() ? found : rule.message);
  const bool let_pass =
      rule.severity == Severity::warn || (released_ && rule.severity == Severity::quarantine);
  if (!let_pass) return Trouble{message, field, rule.severity == Severity::reject};
  flags_.push_back({"warning", field, message});
  return std::nullopt;
}

std::optional<Trouble> Validation::check_schemas(const format::Item& item) {
  std::optional<Kind> kind;
  if (item.statement->subject) kind = item.statement->subject->kind;
  for (const ValidationRule& rule : source_.rules) {
    if (!rule.schema || !concerns(rule, kind)) continue;
    const auto violations = rule.schema->check(item.raw);
    if (violations.empty()) continue;
    const auto& first = violations.front();
    if (auto trouble = broken(rule, first.message, first.pointer)) return trouble;
  }
  return std::nullopt;
}

std::optional<Trouble> Validation::check_conditions(const Record& before, const JsonObject& after,
                                                    const Diff& changes) {
  std::optional<Json> data;
  for (const ValidationRule& rule : source_.rules) {
    if (!rule.condition || !concerns(rule, before.key.kind)) continue;
    if (!data)
      data = JsonObject{{"before", before.version == 0 ? Json(nullptr) : Json(before.document)},
                        {"after", after},
                        {"changes", diff_to_json(changes)},
                        {"event", event_},
                        {"source", source_.key.id}};
    if (rule.condition->holds(*data)) continue;
    if (auto trouble = broken(rule, "its condition does not hold", "")) return trouble;
  }
  return std::nullopt;
}

}  // namespace deltapost::intake
