// form: what a person filled in, as of the moment it arrived. An empty field says nothing.
#include <algorithm>
#include <array>
#include <charconv>

#include "format/inbound_parts.hpp"
#include "record/fields.hpp"

namespace deltapost::format {
namespace {

constexpr std::string_view kSpace = " \t\r\n";

std::string trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return std::string(text.substr(first, text.find_last_not_of(kSpace) - first + 1));
}

/// The values of a field that are not empty: several where its name was given several times.
Result<std::vector<std::string>> texts_of(const Json& value, const std::string& field) {
  std::vector<std::string> texts;
  const JsonArray one{value};
  for (const Json& part : value.is_array() ? value.get_array() : one) {
    if (part.is_null()) continue;
    auto text = scalar_text(part, field);
    if (!text) return text.error();
    if (std::string kept = trimmed(*text); !kept.empty()) texts.push_back(std::move(kept));
  }
  return texts;
}

Result<Json> flag_of(const std::string& text, const std::string& field) {
  constexpr std::array<std::string_view, 4> kTrue{"true", "1", "on", "yes"};
  constexpr std::array<std::string_view, 4> kFalse{"false", "0", "off", "no"};
  if (std::ranges::find(kTrue, text) != kTrue.end()) return Json(true);
  if (std::ranges::find(kFalse, text) != kFalse.end()) return Json(false);
  return fields::invalid(
      field, "must be true or false, on or off, yes or no, 1 or 0, not " + fields::shown(Json(text)));
}

Result<Json> number_of(const std::string& text, const std::string& field) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc() && end == text.data() + text.size()) return Json(number);
  return fields::invalid(field, "must be a whole number, not " + fields::shown(Json(text)));
}

/// A text, as the field of a record wants it.
Result<Json> value_for(const std::string& name, const std::string& text, const std::string& field) {
  constexpr std::array<std::string_view, 5> kFlags{"hasReplied", "isHot", "isQualified", "isUnsubscribed",
                                                   "isAiOn"};
  if (std::ranges::find(kFlags, name) != kFlags.end()) return flag_of(text, field);
  if (name == "userId" || name == "accountId") return number_of(text, field);
  if (name == "phone" || name == "phoneNumber" || name == "secondary_phoneNumber") {
    auto phone = read_phone(Json(text), field);
    if (!phone) return phone.error();
    return Json(*phone);
  }
  return Json(text);
}

std::string joined(const std::vector<std::string>& texts) {
  std::string all;
  for (const std::string& text : texts) all += (all.empty() ? "" : ", ") + text;
  return all;
}

/// States one field of the form; `name` is that of the form, `path` ours.
Result<void> state_input(const Json& value, const std::string& name, FieldPath path, Statement& statement) {
  const std::string field = dotted({name});
  const auto texts = texts_of(value, field);
  if (!texts) return texts.error();
  if (texts->empty()) return ok();
  if (path.size() > 1) {
    statement.fields.push_back({.path = std::move(path), .value = Json(joined(*texts))});
    return ok();
  }
  if (texts->size() > 1) return fields::invalid(field, "is given more than once");
  auto made = value_for(path.front(), texts->front(), field);
  if (!made) return made.error();
  statement.fields.push_back({.path = std::move(path), .value = std::move(*made)});
  return ok();
}

/// Whether there is nothing but files under this name.
bool is_file(const Json& value) {
  const JsonArray* array = value.if_array();
  return value.is_null() ||
         (array != nullptr && std::ranges::all_of(*array, [](const Json& part) { return part.is_null(); }));
}

Result<void> state_rest(const JsonObject& form, const Mapping& mapping, Statement& statement) {
  for (const auto& member : form) {
    const std::string name(member.key());
    const bool mapped =
        std::ranges::any_of(mapping.fields, [&](const auto& field) { return field.second == name; });
    if (mapped && !is_file(member.value())) continue;
    if (mapping.rest.empty() || is_file(member.value()) || name.empty()) {
      ignore(statement, dotted({name}));
      continue;
    }
    if (auto stated = state_input(member.value(), name, {mapping.rest, name}, statement); !stated)
      return stated;
  }
  return ok();
}

Subject subject_of(const Statement& statement, Kind kind) {
  Subject subject{.kind = kind};
  for (const StatedField& field : statement.fields) {
    if (field.path.size() != 1 || !field.value || !field.value->is_string()) continue;
    const std::string& name = field.path.front();
    if (name == "email") subject.email = field.value->get_string();
    if (name == (kind == Kind::lead ? "phone" : "phoneNumber")) subject.phone = field.value->get_string();
  }
  return subject;
}

}  // namespace

Result<Statement> read_form(const Json& item, const Mapping& mapping, const InboundRequest& request) {
  const JsonObject& form = item.get_object();
  Statement statement;
  statement.event = "form";
  statement.time = request.received_at;
  statement.content = canonical_text(item);
  for (const auto& [ours, theirs] : mapping.fields) {
    const Json* value = form.if_contains(theirs);
    if (value == nullptr) continue;
    auto path = parse_dotted(ours);
    if (!path) return path.error();
    if (auto stated = state_input(*value, theirs, std::move(*path), statement); !stated)
      return stated.error();
  }
  if (auto stated = state_rest(form, mapping, statement); !stated) return stated.error();
  statement.subject = subject_of(statement, mapping.kind);
  if (statement.subject->email.empty() && statement.subject->phone.empty()) {
    return fields::invalid(mapping.kind == Kind::lead ? "phone" : "email",
                           "is missing: a form must give a phone number or an e-mail address in a field that "
                           "is mapped");
  }
  return statement;
}

}  // namespace deltapost::format
