#include "intake/source_rules.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "record/fields.hpp"

namespace deltapost::intake {
namespace {

using fields::invalid;

constexpr std::size_t kMaxName = 100, kMaxDescription = 500, kMaxRules = 50, kMaxMessage = 500;
constexpr std::string_view kFormats = "apten, iclosed, standard, generic or form";

Result<Json> check_name(const Json& value, std::string_view name) {
  return value.is_null() ? Result<Json>(nullptr) : fields::text(value, name, kMaxName);
}

Result<Json> check_description(const Json& value, std::string_view name) {
  return value.is_null() ? Result<Json>(nullptr) : fields::text(value, name, kMaxDescription);
}

Result<Json> check_format(const Json& value, std::string_view name) {
  if (value.is_string() && format::parse_inbound_format(value.get_string())) return value;
  return invalid(name, fmt::format("must be {}, not {}", kFormats, fields::shown(value)));
}

Result<Json> check_verifier(const Json& value, std::string_view name) {
  auto verifier = format::parse_verifier(value, name);
  if (!verifier) return verifier.error();
  return format::verifier_to_json(*verifier);
}

Result<Json> check_mapping(const Json& value, std::string_view name) {
  if (value.is_null() || value.is_object()) return value;  // what it may hold depends on the format
  return invalid(name, fmt::format("must be an object or null, not {}", fields::type_name(value)));
}

Result<Json> check_on_bad_content(const Json& value, std::string_view name) {
  if (value == "quarantine" || value == "reject") return value;
  return invalid(
      name, "must be quarantine (acknowledge it and keep it for a person) or reject (refuse it with 422)");
}

template <std::int64_t kLeast, std::int64_t kMost>
Result<Json> check_number(const Json& value, std::string_view name) {
  boost::json::error_code error;
  const std::int64_t number = value.is_number() ? value.to_number<std::int64_t>(error) : kLeast - 1;
  if (error || number < kLeast || number > kMost)
    return invalid(name, fmt::format("must be a whole number from {} to {}", kLeast, kMost));
  return Json(number);
}

Result<Json> check_validation(const Json& value, std::string_view name) {
  if (!value.is_array() || value.get_array().size() > kMaxRules)
    return invalid(name, fmt::format("must be an array of at most {} rules, each with a name, a severity and "
                                     "either a schema or a condition",
                                     kMaxRules));
  for (std::size_t i = 0; i < value.get_array().size(); ++i)
    if (auto rule = parse_rule(value.get_array()[i], fmt::format("{}.{}", name, i)); !rule)
      return rule.error();
  return value;
}

Result<Json> check_state(const Json& value, std::string_view name) {
  if (value == "active" || value == "paused") return value;
  return invalid(name, "must be active or paused");
}

constexpr std::array<fields::Rule, 11> kRules{{{"name", check_name},
                                               {"description", check_description},
                                               {"format", check_format},
                                               {"verifier", check_verifier},
                                               {"mapping", check_mapping},
                                               {"onBadContent", check_on_bad_content},
                                               {"maxBodyBytes", check_number<1024, kMaxSourceBodyBytes>},
                                               {"maxItems", check_number<1, kMaxSourceItems>},
                                               {"rateLimit", check_number<0, 10'000>},
                                               {"validation", check_validation},
                                               {"state", check_state}}};

std::optional<Severity> parse_severity(const Json& value) {
  if (value == "warn") return Severity::warn;
  if (value == "quarantine") return Severity::quarantine;
  if (value == "reject") return Severity::reject;
  return std::nullopt;
}

Result<void> read_member(ValidationRule& rule, std::string_view member, const Json& value,
                         std::string_view field) {
  static constexpr std::array<std::string_view, 7> kMembers{"name",    "kind",   "event",    "severity",
                                                            "message", "schema", "condition"};
  if (member == "name" || member == "event" || member == "message") {
    auto text = fields::text(value, field, kMaxMessage);
    if (!text) return text.error();
    (member == "name" ? rule.name : member == "event" ? rule.event : rule.message) = text->get_string();
  } else if (member == "kind") {
    if (value != "lead" && value != "contact") return invalid(field, "must be lead or contact");
    rule.kind = parse_kind(value.get_string());
  } else if (member == "severity") {
    const auto severity = parse_severity(value);
    if (!severity) return invalid(field, "must be reject, quarantine or warn");
    rule.severity = *severity;
  } else if (member == "schema") {
    auto schema = condition::Schema::parse(value, field);
    if (!schema) return schema.error();
    rule.schema = *std::move(schema);
  } else if (member == "condition") {
    auto condition = condition::Condition::parse(value, field);
    if (!condition) return condition.error();
    rule.condition = *std::move(condition);
  } else {
    Error error = fields::unknown_field(member, kMembers);
    error.field = field;
    return error;
  }
  return ok();
}

}  // namespace

Result<ValidationRule> parse_rule(const Json& value, std::string_view field) {
  if (!value.is_object())
    return invalid(field, fmt::format("must be an object with a name, a severity and either a schema or a "
                                      "condition, not {}",
                                      fields::type_name(value)));
  ValidationRule rule;
  for (const auto& member : value.get_object())
    if (auto read = read_member(rule, member.key(), member.value(),
                                fmt::format("{}.{}", field, std::string_view(member.key())));
        !read)
      return read.error();
  if (rule.name.empty())
    return invalid(fmt::format("{}.name", field), "is required: what a person reads when the rule is broken");
  if (rule.schema.has_value() == rule.condition.has_value())
    return invalid(field,
                   "needs exactly one of schema (a JSON Schema over the item as it came) and condition "
                   "(JsonLogic over before, after and changes, which must hold)");
  return rule;
}

Result<Json> check_source_member(std::string_view name, const Json& value) {
  if (const fields::Rule* rule = fields::find_rule(kRules, name)) return rule->check(value, name);
  std::array<std::string_view, kRules.size() + 1> known;
  std::ranges::transform(kRules, known.begin(), &fields::Rule::name);
  known[kRules.size()] = "secret";
  return fields::unknown_field(name, known);
}

Result<void> check_source_whole(JsonObject& document) {
  const auto format = *format::parse_inbound_format(document.at("format").as_string());
  const bool mapped = format == format::InboundFormat::generic || format == format::InboundFormat::form;
  Json& mapping = document.at("mapping");
  if (!mapped) {
    if (mapping.is_null()) return ok();
    return invalid("mapping",
                   fmt::format("is for the formats generic and form; {} says by itself where things "
                               "are, so it must be null",
                               format::to_string(format)));
  }
  if (mapping.is_null())
    return invalid("mapping",
                   fmt::format("is required for the format {}: which of its fields is which of ours",
                               format::to_string(format)));
  auto parsed = format::parse_mapping(format, mapping, "mapping");
  if (!parsed) return parsed.error();
  mapping = format::mapping_to_json(*parsed);
  return ok();
}

}  // namespace deltapost::intake
