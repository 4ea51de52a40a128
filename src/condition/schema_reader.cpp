#include "condition/schema_reader.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <vector>

#include "condition/schema_keywords.hpp"
#include "record/fields.hpp"
#include "record/path.hpp"

namespace deltapost::condition {
namespace {

constexpr std::size_t kMaxSchemaBytes = 64 << 10;
constexpr std::size_t kMaxNesting = 32;
/// Schemas applied to one value, each inside the other or by reference; and a path through all of a schema.
constexpr std::size_t kMaxInPlace = 32;
constexpr std::size_t kMaxHeight = 256;

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
    const std::string pointer = nodes_[node].pointer + "/" + pointer_token(name);
    const Keyword* keyword = find_keyword(name);
    if (name == "$schema") return check(pointer, name, value);
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
        return check(pointer, name, value);
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
      const std::string place = pointer + "/" + pointer_token(member.key());
      if (keyword.holds == Holds::dependencies && member.value().is_array()) {
        if (auto sound = check(place, "required", member.value()); !sound) return sound;
        continue;
      }
      if (auto added = add(node, member.value(), place, keyword, depth); !added) return added;
    }
    return ok();
  }

  Result<void> check(const std::string& pointer, std::string_view keyword, const Json& value) const {
    const std::string_view right = wrong_value(keyword, value);
    return right.empty() ? ok() : Result<void>(refuse(pointer, std::string(right)));
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
    JsonArray all{JsonObject{{kMeter, cost_of(schema)}}};
    JsonObject made;
    for (const auto& member : schema) {
      const std::string_view name = member.key();
      const Keyword* keyword = find_keyword(name);
      if (keyword == nullptr || keyword->holds == Holds::annotation) continue;
      const std::string pointer = node.pointer + "/" + pointer_token(name);
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
      made.emplace(member.key(), names
                                     ? member.value()
                                     : written(member.value(), pointer + "/" + pointer_token(member.key())));
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

}  // namespace deltapost::condition
