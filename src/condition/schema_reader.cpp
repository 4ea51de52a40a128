#include "condition/schema_reader.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <optional>
#include <vector>

#include "record/fields.hpp"

namespace deltapost::condition {
namespace {

constexpr std::size_t kMaxSchemaBytes = 64 << 10;
constexpr std::size_t kMaxNesting = 32;
/// Schemas applied to one value, each inside the other or by reference; and a path through all of a schema.
constexpr std::size_t kMaxInPlace = 32;
constexpr std::size_t kMaxHeight = 256;

enum class Holds { value, schema, list, schema_or_list, map, dependencies, annotation, refused };

struct Keyword {
  std::string_view name;
  Holds holds;
  bool in_place = false;  // what it holds is applied to the same value
};

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

std::string escaped(std::string_view key) {
  std::string text;
  for (const char c : key) {
    if (c == '~') {
      text += "~0";
    } else if (c == '/') {
      text += "~1";
    } else {
      text += c;
    }
  }
  return text;
}

/// A subschema and where it stands.
struct Node {
  std::string pointer;
  const Json* schema = nullptr;
  struct Edge {
    std::size_t to;
    bool in_place;
  };
  std::vector<Edge> edges{};
  std::optional<std::size_t> reference{};
  std::optional<std::size_t> definition{};  // its number, when something refers to it
  std::size_t height = 1;                   // of what stands below it, references apart
  std::size_t in_place = 0;                 // the longest way on the same value; 0: not measured yet
  bool on_the_way = false;
};

class SchemaReader {
 public:
  explicit SchemaReader(std::string_view field) : field_(field) {}

  Result<void> read(const Json& schema) {
    const auto root = walk(schema, "", 1);
    if (!root) return root.error();
    definitions_.push_back(0);
    nodes_[0].definition = 0;
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
      if (auto resolved = resolve(nodes_[i]); !resolved) return resolved;
    }
    std::size_t height = 0;
    for (const std::size_t node : definitions_) height += nodes_[node].height;
    if (height > kMaxHeight) {
      return refuse("", "is nested too deeply: all its definitions together may be 256 levels high");
    }
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
      if (auto measured = measure(i); !measured) return measured.error();
    }
    return ok();
  }

  Json rewritten() const {
    JsonObject definitions;
    for (const std::size_t node : definitions_) {
      definitions.emplace(std::to_string(*nodes_[node].definition), body(nodes_[node]));
    }
    return JsonObject{{"$ref", "#/definitions/0"}, {"definitions", std::move(definitions)}};
  }

 private:
  Error refuse(std::string_view pointer, std::string message) const {
    const std::string place = pointer.empty() ? std::string() : " (at " + std::string(pointer) + ")";
    return fields::invalid(field_, std::move(message) + place);
  }

  // ---- reading

  Result<std::size_t> walk(const Json& schema, std::string pointer, std::size_t depth) {
    if (depth > kMaxNesting) return refuse(pointer, "is nested more than 32 levels deep");
    if (!schema.is_object() && !schema.is_bool()) {
      return refuse(pointer, "must be an object or a boolean, not " + std::string(fields::type_name(schema)));
    }
    const std::size_t index = nodes_.size();
    nodes_.push_back({.pointer = pointer, .schema = &schema});
    pointers_.emplace(pointer, index);
    if (schema.is_bool()) return index;
    const bool reference = schema.get_object().contains("$ref");
    for (const auto& member : schema.get_object()) {
      const std::string_view name = member.key();
      // Draft 7 passes over all that stands beside a $ref, but it may point to the definitions there.
      if (name == "$ref" || (reference && name != "definitions")) continue;
      if (auto read = read_keyword(index, name, member.value(), depth); !read) return read.error();
    }
    return index;
  }

  Result<void> read_keyword(std::size_t node, std::string_view name, const Json& value, std::size_t depth) {
    const std::string pointer = nodes_[node].pointer + "/" + escaped(name);
    const Keyword* keyword = find_keyword(name);
    if (name == "$schema") return check_version(pointer, value);
    if (keyword == nullptr) {
      const std::string_view meant = misspelt(name);
      if (meant.empty()) return ok();
      return refuse(pointer, "has the unknown keyword " + fields::shown(Json(name)) + "; did you mean " +
                                 std::string(meant) + "?");
    }
    switch (keyword->holds) {
      case Holds::refused:
        return refuse(pointer, "must not use " + std::string(name) +
                                   ": a regular expression can take without end; use enum, const or lengths");
      case Holds::value:
        return check_value(pointer, name, value);
      case Holds::schema:
        return add(node, value, pointer, *keyword, depth);
      case Holds::list:
        return add_list(node, value, pointer, *keyword, depth);
      case Holds::schema_or_list:
        return value.is_array() ? add_list(node, value, pointer, *keyword, depth)
                                : add(node, value, pointer, *keyword, depth);
      case Holds::map:
      case Holds::annotation:
      case Holds::dependencies:
        return add_map(node, value, pointer, *keyword, depth);
    }
    return ok();
  }

  Result<void> add(std::size_t node, const Json& schema, const std::string& pointer, const Keyword& keyword,
                   std::size_t depth) {
    const auto child = walk(schema, pointer, depth + 1);
    if (!child) return child.error();
    // What definitions hold is applied only where something refers to it.
    if (keyword.holds == Holds::annotation) return ok();
    nodes_[node].edges.push_back({*child, keyword.in_place});
    nodes_[node].height = std::max(nodes_[node].height, nodes_[*child].height + 1);
    return ok();
  }

  Result<void> add_list(std::size_t node, const Json& list, const std::string& pointer,
                        const Keyword& keyword, std::size_t depth) {
    if (!list.is_array() || list.get_array().empty()) {
      return refuse(pointer, "must be an array of schemas that is not empty");
    }
    for (std::size_t i = 0; i < list.get_array().size(); ++i) {
      auto added = add(node, list.get_array()[i], pointer + "/" + std::to_string(i), keyword, depth);
      if (!added) return added;
    }
    return ok();
  }

  Result<void> add_map(std::size_t node, const Json& map, const std::string& pointer, const Keyword& keyword,
                       std::size_t depth) {
    if (!map.is_object()) return refuse(pointer, "must be an object of schemas");
    for (const auto& member : map.get_object()) {
      const std::string place = pointer + "/" + escaped(member.key());
      if (keyword.holds == Holds::dependencies && member.value().is_array()) {
        if (auto sound = check_names(place, member.value()); !sound) return sound;
        continue;
      }
      if (auto added = add(node, member.value(), place, keyword, depth); !added) return added;
    }
    return ok();
  }

  Result<void> check_version(const std::string& pointer, const Json& value) const {
    if (value.is_string() && value.get_string().find("draft-07") != std::string::npos) return ok();
    return refuse(pointer, "must be http://json-schema.org/draft-07/schema#, the one that is supported");
  }

  Result<void> check_names(const std::string& pointer, const Json& value) const {
    const JsonArray* names = value.if_array();
    const bool sound =
        names != nullptr && std::ranges::all_of(*names, [](const Json& name) { return name.is_string(); });
    return sound ? ok() : Result<void>(refuse(pointer, "must be an array of strings"));
  }

  Result<void> check_value(const std::string& pointer, std::string_view name, const Json& value) const {
    if (name == "required") return check_names(pointer, value);
    if (name == "enum" && !(value.is_array() && !value.get_array().empty())) {
      return refuse(pointer, "must be an array of values that is not empty");
    }
    if (name == "uniqueItems" && !value.is_bool()) return refuse(pointer, "must be true or false");
    if (name == "multipleOf" && !(value.is_number() && value.to_number<double>() > 0)) {
      return refuse(pointer, "must be a number greater than 0");
    }
    const bool count = name.size() > 3 &&
                       (name.ends_with("Items") || name.ends_with("Length") || name.ends_with("Properties"));
    if (count && name != "uniqueItems" && !(value.is_int64() && value.get_int64() >= 0)) {
      return refuse(pointer, "must be a whole number from 0");
    }
    const bool bound = name.ends_with("aximum") || name.ends_with("inimum");
    if (bound && !value.is_number()) return refuse(pointer, "must be a number");
    return name == "type" ? check_type(pointer, value) : ok();
  }

  Result<void> check_type(const std::string& pointer, const Json& value) const {
    static constexpr std::array<std::string_view, 7> kTypes{"null",   "boolean", "integer", "number",
                                                            "string", "array",   "object"};
    const auto known = [](const Json& type) {
      return type.is_string() &&
             std::ranges::find(kTypes, std::string_view(type.get_string())) != kTypes.end();
    };
    const JsonArray* list = value.if_array();
    if (known(value) || (list != nullptr && !list->empty() && std::ranges::all_of(*list, known))) return ok();
    return refuse(pointer, "must be null, boolean, integer, number, string, array or object, or several");
  }

  // ---- references

  Result<void> resolve(Node& node) {
    const JsonObject* object = node.schema->if_object();
    const Json* given = object != nullptr ? object->if_contains("$ref") : nullptr;
    if (given == nullptr) return ok();
    const std::string_view text = given->is_string() ? std::string_view(given->get_string()) : "";
    const auto target = text.starts_with('#') ? pointers_.find(text.substr(1)) : pointers_.end();
    if (target == pointers_.end()) {
      return refuse(node.pointer, "refers to " + fields::shown(*given) +
                                      "; a $ref leads to a schema in the same document, such as "
                                      "#/definitions/address, and nothing is fetched");
    }
    node.reference = target->second;
    Node& referred = nodes_[target->second];
    if (!referred.definition) {
      referred.definition = definitions_.size();
      definitions_.push_back(target->second);
    }
    return ok();
  }

  /// The longest way that stays on one value; one that comes back to itself would never end.
  Result<std::size_t> measure(std::size_t index) {
    Node& node = nodes_[index];
    if (node.in_place > 0) return node.in_place;
    if (node.on_the_way) return refuse(node.pointer, "applies itself to the same value again, without end");
    node.on_the_way = true;
    std::size_t longest = 0;
    const auto follow = [&](std::size_t to) -> Result<void> {
      const auto length = measure(to);
      if (!length) return length.error();
      longest = std::max(longest, *length);
      return ok();
    };
    if (node.reference) {
      if (auto followed = follow(*node.reference); !followed) return followed.error();
    }
    for (const Node::Edge& edge : node.edges) {
      if (!edge.in_place) continue;
      if (auto followed = follow(edge.to); !followed) return followed.error();
    }
    node.on_the_way = false;
    node.in_place = longest + 1;
    if (node.in_place > kMaxInPlace) {
      return refuse(node.pointer, "applies more than 32 schemas, one inside the other, to the same value");
    }
    return node.in_place;
  }

  // ---- writing

  Json written(const Json& schema, const std::string& pointer) const {
    const Node& node = nodes_[pointers_.find(pointer)->second];
    if (node.definition) return reference_to(node);
    if (node.reference) return reference_to(nodes_[*node.reference]);
    return schema.is_bool() ? schema : body(node);
  }

  static Json reference_to(const Node& node) {
    return JsonObject{{"$ref", "#/definitions/" + std::to_string(*node.definition)}};
  }

  Json body(const Node& node) const {
    if (node.reference) return reference_to(nodes_[*node.reference]);
    if (node.schema->is_bool()) return *node.schema;
    const JsonObject& schema = node.schema->get_object();
    JsonArray all{JsonObject{{kMeter, meter_of(schema)}}};
    JsonObject made;
    for (const auto& member : schema) {
      const std::string_view name = member.key();
      const Keyword* keyword = find_keyword(name);
      if (keyword == nullptr || keyword->holds == Holds::annotation) continue;
      const std::string pointer = node.pointer + "/" + escaped(name);
      if (name == "allOf") {
        for (Json& part : written_list(member.value().get_array(), pointer)) all.push_back(std::move(part));
      } else {
        made.emplace(name, written_keyword(*keyword, member.value(), pointer));
      }
    }
    made.emplace("allOf", std::move(all));
    return made;
  }

  Json written_keyword(const Keyword& keyword, const Json& value, const std::string& pointer) const {
    if (keyword.name == "multipleOf") return value.to_number<double>();
    if (keyword.holds == Holds::value) return validated_form(value);
    if (value.is_array()) return written_list(value.get_array(), pointer);
    if (keyword.holds != Holds::map && keyword.holds != Holds::dependencies) return written(value, pointer);
    JsonObject made;
    for (const auto& member : value.get_object()) {
      const bool names = keyword.holds == Holds::dependencies && member.value().is_array();
      made.emplace(member.key(),
                   names ? member.value() : written(member.value(), pointer + "/" + escaped(member.key())));
    }
    return made;
  }

  JsonArray written_list(const JsonArray& list, const std::string& pointer) const {
    JsonArray made;
    for (std::size_t i = 0; i < list.size(); ++i) {
      made.push_back(written(list[i], pointer + "/" + std::to_string(i)));
    }
    return made;
  }

  static JsonObject meter_of(const JsonObject& schema) {
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

  std::string_view field_;
  std::vector<Node> nodes_;
  std::map<std::string, std::size_t, std::less<>> pointers_;
  std::vector<std::size_t> definitions_;  // nodes, by number
};

}  // namespace

Result<Json> rewritten_schema(const Json& schema, std::string_view field) {
  if (to_text(schema).size() > kMaxSchemaBytes) {
    return fields::invalid(field, "is larger than 64 KiB; give a smaller schema");
  }
  SchemaReader reader(field);
  if (auto read = reader.read(schema); !read) return read.error();
  return reader.rewritten();
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
