#include "intake/fields_of.hpp"

#include "record/contact.hpp"

namespace deltapost::intake {
namespace {

bool is_once(std::string_view name) {
  return name == "createdAt" || name == "joinedTime" || name == "previewId";
}

bool is_once(std::string_view container, std::string_view member) {
  return container == "tracking" && contact::is_first_touch(member);
}

/// Of the two spellings of a question only its label is a field.
bool is_field(std::string_view container, std::string_view member) {
  if (container == "questionsAndAnswers") return !contact::parse_numbered(member);
  return !is_once(container, member);
}

/// nullptr for what is no tag.
const Json* id_of(const Json& tag) {
  return tag.is_object() ? tag.get_object().if_contains("id") : nullptr;
}

template <class Visit>
void for_each_member(std::string_view container, const Json& value, const Visit& visit) {
  if (const JsonObject* object = value.if_object()) {
    for (const auto& member : *object)
      if (is_field(container, member.key())) visit(member.key());
  } else if (const JsonArray* tags = value.if_array()) {
    for (const Json& tag : *tags)
      if (const Json* id = id_of(tag)) visit(id->as_string());
  }
}

}  // namespace

bool is_container(std::string_view member) {
  return member == "additionalInfo" || member == "tags" || member == "tracking" ||
         member == "questionsAndAnswers";
}

bool is_write_once(const FieldPath& path) {
  return path.size() == 2 ? is_once(path[0], path[1]) : is_once(path[0]);
}

bool is_blank(const Json& value) {
  if (value.is_null() || value == false) return true;
  if (value.is_object()) return value.get_object().empty();
  return value.is_array() && value.get_array().empty();
}

void for_each_field(const JsonObject& document, const VisitField& visit) {
  for (const auto& member : document) {
    const std::string_view name = member.key();
    if (is_blank(member.value()) || name == "id" || is_once(name)) continue;
    if (is_container(name))
      for_each_member(name, member.value(), [&](std::string_view below) { visit(name, below); });
    else
      visit(name, std::nullopt);
  }
}

std::vector<FieldPath> members_of(const std::string& container, const Json& value) {
  std::vector<FieldPath> paths;
  for_each_member(container, value, [&](std::string_view member) {
    paths.push_back({container, std::string(member)});
  });
  return paths;
}

}  // namespace deltapost::intake
