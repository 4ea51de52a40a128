#include "condition/schema_keywords.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "record/fields.hpp"

namespace deltapost::condition {
namespace {

constexpr std::array kKeywords{
    Keyword{"additionalItems", Holds::schema},
    Keyword{"additionalProperties", Holds::schema},
    Keyword{"allOf", Holds::list, true},
    Keyword{"anyOf", Holds::list, true},
    Keyword{"const", Holds::value},
    Keyword{"contains", Holds::schema},
    Keyword{"definitions", Holds::annotation},
    Keyword{"dependencies", Holds::dependencies, true},
    Keyword{"else", Holds::schema, true},
    Keyword{"enum", Holds::value},
    Keyword{"exclusiveMaximum", Holds::value},
    Keyword{"exclusiveMinimum", Holds::value},
    Keyword{"if", Holds::schema, true},
    Keyword{"items", Holds::schema_or_list},
    Keyword{"maxItems", Holds::value},
    Keyword{"maxLength", Holds::value},
    Keyword{"maxProperties", Holds::value},
    Keyword{"maximum", Holds::value},
    Keyword{"minItems", Holds::value},
    Keyword{"minLength", Holds::value},
    Keyword{"minProperties", Holds::value},
    Keyword{"minimum", Holds::value},
    Keyword{"multipleOf", Holds::value},
    Keyword{"not", Holds::schema, true},
    Keyword{"oneOf", Holds::list, true},
    Keyword{"pattern", Holds::refused},
    Keyword{"patternProperties", Holds::refused},
    Keyword{"properties", Holds::map},
    Keyword{"propertyNames", Holds::schema},
    Keyword{"required", Holds::value},
    Keyword{"then", Holds::schema, true},
    Keyword{"type", Holds::value},
    Keyword{"uniqueItems", Holds::value},
};

/// What says nothing about values; `format` among them, as draft 7 allows.
constexpr std::array<std::string_view, 12> kAnnotations{
    "$schema",  "$id",      "$comment",  "title",           "description",      "default",
    "examples", "readOnly", "writeOnly", "contentEncoding", "contentMediaType", "format"};

bool are_names(const Json& value) {
  const JsonArray* names = value.if_array();
  return names != nullptr && std::ranges::all_of(*names, [](const Json& name) { return name.is_string(); });
}

bool are_types(const Json& value) {
  static constexpr std::array<std::string_view, 7> kTypes{"null",   "boolean", "integer", "number",
                                                          "string", "array",   "object"};
  const auto known = [](const Json& type) {
    return type.is_string() && std::ranges::find(kTypes, std::string_view(type.get_string())) != kTypes.end();
  };
  const JsonArray* list = value.if_array();
  return known(value) || (list != nullptr && !list->empty() && std::ranges::all_of(*list, known));
}

bool is_count(const Json& value) {
  return value.is_int64() && value.get_int64() >= 0;
}

}  // namespace

const Keyword* find_keyword(std::string_view name) {
  const auto found = std::ranges::find(kKeywords, name, &Keyword::name);
  return found == kKeywords.end() ? nullptr : &*found;
}

/// A name probably meant to be a keyword; empty when it is just another member.
std::string_view misspelt(std::string_view name) {
  if (std::ranges::find(kAnnotations, name) != kAnnotations.end()) return {};
  std::array<std::string_view, kKeywords.size()> names;
  std::ranges::transform(kKeywords, names.begin(), &Keyword::name);
  return fields::closest(name, names);
}

std::string_view wrong_value(std::string_view keyword, const Json& value) {
  const auto unless = [](bool right, std::string_view wanted) { return right ? std::string_view() : wanted; };
  if (keyword == "$schema") {
    return unless(value.is_string() && value.get_string().find("draft-07") != std::string::npos,
                  "must be http://json-schema.org/draft-07/schema#, the one that is supported");
  }
  if (keyword == "required") return unless(are_names(value), "must be an array of strings");
  if (keyword == "enum") {
    return unless(value.is_array() && !value.get_array().empty(),
                  "must be an array of values that is not empty");
  }
  if (keyword == "uniqueItems") return unless(value.is_bool(), "must be true or false");
  if (keyword == "multipleOf") {
    return unless(value.is_number() && value.to_number<double>() > 0, "must be a number greater than 0");
  }
  if (keyword == "type") {
    return unless(are_types(value),
                  "must be null, boolean, integer, number, string, array or object, or several");
  }
  if (keyword.ends_with("aximum") || keyword.ends_with("inimum"))
    return unless(value.is_number(), "must be a number");
  if (keyword != "const") return unless(is_count(value), "must be a whole number from 0");
  return {};
}

JsonObject cost_of(const JsonObject& schema) {
  constexpr std::size_t kBytesPerStep = 16;
  std::size_t cost = 1;
  for (const char* name : {"const", "enum", "required", "dependencies"}) {
    if (const Json* value = schema.if_contains(name)) cost += to_text(*value).size() / kBytesPerStep;
  }
  bool texts = false;
  for (const char* name : {"const", "enum", "minLength", "maxLength"}) texts |= schema.contains(name);
  const Json* unique = schema.if_contains("uniqueItems");
  return {{"cost", static_cast<std::int64_t>(cost)},
          {"texts", texts},
          {"pairs", unique != nullptr && *unique == true}};
}

Json validated_form(const Json& value) {
  if (const JsonArray* array = value.if_array()) {
    JsonArray made;
    made.reserve(array->size());
    for (const Json& element : *array) made.push_back(validated_form(element));
    return made;
  }
  if (const JsonObject* object = value.if_object()) {
    JsonObject made;
    made.reserve(object->size());
    for (const auto& member : *object) made.emplace(member.key(), validated_form(member.value()));
    return made;
  }
  if (value.is_uint64()) return static_cast<double>(value.get_uint64());
  if (!value.is_double()) return value;
  const double number = value.get_double();
  const bool whole = std::trunc(number) == number && std::abs(number) < 0x1p63;
  return whole ? Json(static_cast<std::int64_t>(number)) : value;
}

}  // namespace deltapost::condition
