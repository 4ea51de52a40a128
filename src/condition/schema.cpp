#include "condition/schema.hpp"

#include <algorithm>
#include <exception>
#include <optional>

// Some 15,000 lines of templates; nothing else includes them. Without the macro its errors abort the program.
#define VALIJSON_USE_EXCEPTIONS 1
#include <valijson/adapters/boost_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validator.hpp>

#include "condition/schema_keywords.hpp"
#include "condition/schema_reader.hpp"
#include "record/fields.hpp"
#include "record/path.hpp"

namespace deltapost::condition {
namespace {

using Adapter = valijson::adapters::BoostJsonAdapter;

constexpr std::size_t kMaxViolations = 10;
/// Errors of the validator that are looked at; one violation can come with several.
constexpr std::size_t kEnoughErrors = 100;
/// Evaluations of one check, see Meter.
constexpr std::size_t kMaxSteps = 500'000;

struct TooCostly {};
struct Enough {};

/// What is left of a check that runs in this thread; the validator has no place for it.
thread_local std::size_t steps_left = 0;

/// A constraint that holds always, and counts: it stands in each subschema, so that a check ends however the
/// schemas multiply each other.
class Meter : public valijson::constraints::PolyConstraint {
 public:
  Meter(std::size_t cost, bool texts, bool pairs) : cost_(cost), texts_(texts), pairs_(pairs) {}

  bool validate(const valijson::adapters::Adapter& target, const std::vector<std::string>&,
                valijson::ValidationResults* results) const override {
    if (results != nullptr && results->numErrors() >= kEnoughErrors) throw Enough{};
    const std::size_t size = extent(target);
    const std::size_t steps = cost_ * (1 + size) + (pairs_ ? size * size / 2 : 0);
    if (steps > steps_left) throw TooCostly{};
    steps_left -= steps;
    return true;
  }

 private:
  valijson::constraints::Constraint* cloneInto(void* place) const override {
    return new (place) Meter(*this);
  }
  std::size_t sizeOf() const override { return sizeof(Meter); }

  std::size_t extent(const valijson::adapters::Adapter& target) const {
    constexpr std::size_t kBytesPerStep = 256;
    std::size_t size = 0;
    if (target.isArray()) {
      target.getArraySize(size);
    } else if (target.isObject()) {
      target.getObjectSize(size);
    } else if (std::string text; texts_ && target.isString() && target.getString(text)) {
      size = text.size() / kBytesPerStep;
    }
    return size;
  }

  std::size_t cost_;
  bool texts_, pairs_;
};

class MeterBuilder : public valijson::ConstraintBuilder {
 public:
  valijson::constraints::Constraint* make(const valijson::adapters::Adapter& value) const override {
    std::size_t cost = 1;
    bool texts = false, pairs = false;
    value.applyToObject([&](const std::string& name, const valijson::adapters::Adapter& member) {
      if (name == "cost") cost = static_cast<std::size_t>(member.asInteger());
      if (name == "texts") texts = member.asBool();
      if (name == "pairs") pairs = member.asBool();
      return true;
    });
    return new Meter(cost, texts, pairs);
  }
};

/// {"<root>", "[items]", "[0]"} -> /items/0
std::string pointer_of(const std::vector<std::string>& context) {
  std::string pointer;
  for (std::size_t i = 1; i < context.size(); ++i) {
    const std::string_view bracketed = context[i];
    pointer += "/" + pointer_token(bracketed.substr(1, bracketed.size() - 2));
  }
  return pointer;
}

/// Says only that something below failed, which has its own message.
bool is_echo(std::string_view message) {
  return message.starts_with("Failed to validate item #") ||
         message.starts_with("Failed to validate against schema associated with property name") ||
         message == "Failed to validate against additional properties schema";
}

std::string sentence(std::string text) {
  if (text.ends_with('.')) text.pop_back();
  if (!text.empty() && text[0] >= 'A' && text[0] <= 'Z') text[0] = static_cast<char>(text[0] - 'A' + 'a');
  return text;
}

std::vector<Violation> violations_of(const valijson::ValidationResults& results) {
  const bool only_echoes = std::all_of(results.begin(), results.end(),
                                       [](const auto& error) { return is_echo(error.description); });
  std::vector<Violation> violations;
  for (const auto& error : results) {
    if (violations.size() == kMaxViolations) break;
    if (is_echo(error.description) && !only_echoes) continue;
    violations.push_back({pointer_of(error.context), sentence(error.description)});
  }
  if (violations.empty()) violations.push_back({"", "does not fit the schema"});
  return violations;
}

}  // namespace

struct Schema::Compiled {
  valijson::Schema schema;
};

Result<Schema> Schema::parse(const Json& schema, std::string_view field) {
  const auto rewritten = rewritten_schema(schema, field);
  if (!rewritten) return rewritten.error();
  auto compiled = std::make_shared<Compiled>();
  try {
    valijson::SchemaParser parser(valijson::SchemaParser::kDraft7);
    parser.addConstraintBuilder(std::string(kMeter), new MeterBuilder);
    parser.populateSchema(Adapter(*rewritten), compiled->schema);
  } catch (const std::exception& error) {
    return fields::invalid(field, "is no JSON Schema of draft 7: " + std::string(error.what()));
  }
  return Schema(std::move(compiled));
}

std::vector<Violation> Schema::check(const Json& value) const {
  const Json form = validated_form(value);
  valijson::ValidationResults results;
  steps_left = kMaxSteps;
  try {
    // Most values fit; only for the others is it told why.
    if (valijson::Validator().validate(compiled_->schema, Adapter(form), nullptr)) return {};
    steps_left = kMaxSteps;
    valijson::Validator().validate(compiled_->schema, Adapter(form), &results);
  } catch (const Enough&) {
    // What was found so far says enough.
  } catch (const TooCostly&) {
    return {{"", "takes too long to check against the schema, which applies too many schemas to it"}};
  } catch (const std::exception& error) {
    return {{"", "cannot be checked against the schema: " + std::string(error.what())}};
  }
  return violations_of(results);
}

}  // namespace deltapost::condition
