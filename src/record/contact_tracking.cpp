// Where a contact came from: utm_* and the like, and the first attribution, which is written once.
#include <algorithm>

#include "base/encoding.hpp"
#include "record/contact.hpp"
#include "record/fields.hpp"
#include "record/merge.hpp"
#include "record/path.hpp"

namespace deltapost::contact {
namespace {

constexpr std::string_view kFirstTouch = "first_utm_";

std::string field_of(std::string_view name) {
  return dotted({"tracking", std::string(name)});
}

}  // namespace

bool is_first_touch(std::string_view name) {
  return name.starts_with(kFirstTouch);
}

std::vector<std::string> rewritten_first_touch(const JsonObject& tracking, const JsonObject& patch) {
  std::vector<std::string> names;
  for (const auto& member : patch) {
    if (!is_first_touch(member.key())) continue;
    const Json* first = tracking.if_contains(member.key());
    if (first != nullptr && !same_json(*first, member.value())) names.emplace_back(member.key());
  }
  return names;
}

Result<JsonObject> merge_tracking(const JsonObject& tracking, const JsonObject& patch) {
  JsonObject merged = tracking;
  if (Result<void> done = merge_into_tracking(merged, patch); !done) return std::move(done).error();
  return merged;
}

Result<void> merge_into_tracking(JsonObject& tracking, const JsonObject& patch) {
  for (const auto& member : patch) {
    if (!member.value().is_structured()) continue;
    return fields::invalid(field_of(member.key()),
                           "must be a string, number, boolean or null (null removes it), not " +
                               std::string(fields::type_name(member.value())) +
                               "; give a member for each part");
  }
  if (const auto names = rewritten_first_touch(tracking, patch); !names.empty()) {
    return fields::invalid(field_of(names.front()),
                           "is the first attribution and is written once; it is " +
                               fields::shown(tracking.at(names.front())) + ", leave it out and write " +
                               names.front().substr(std::string_view("first_").size()) + " instead");
  }
  merge_patch(tracking, patch);
  if (tracking.size() > kMaxTrackingMembers) {
    return fields::invalid("tracking", "would have " + std::to_string(tracking.size()) +
                                           " members; at most " + std::to_string(kMaxTrackingMembers) +
                                           " are allowed, null removes one");
  }
  return fields::check_size(tracking, "tracking");
}

Result<JsonObject> tracking_from_query(std::string_view query) {
  const auto refuse = [](std::string message) {
    return fields::invalid("utm",
                           std::move(message) + "; write it like utm_source=newsletter&utm_medium=email");
  };
  if (query.size() > kMaxQueryBytes) {
    return refuse("has " + std::to_string(query.size()) + " bytes, at most " +
                  std::to_string(kMaxQueryBytes) + " are allowed");
  }
  if (query.starts_with('?')) query.remove_prefix(1);
  JsonObject tracking;
  while (!query.empty()) {
    const std::string_view parameter = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(parameter.size() + 1, query.size()));
    if (parameter.empty()) continue;
    const std::size_t equals = parameter.find('=');
    const auto name = from_form(parameter.substr(0, equals));
    const auto value = equals == std::string_view::npos ? Result<std::string>(Error{})
                                                        : from_form(parameter.substr(equals + 1));
    if (!name || name->empty() || !value) {
      return refuse(fields::shown(Json(parameter)) + " is no name=value of a query string");
    }
    const auto [member, is_new] = tracking.emplace(*name, *value);
    if (!is_new && member->value() != Json(*value))
      return refuse(fields::shown(Json(*name)) + " is given twice");
  }
  return tracking;
}

}  // namespace deltapost::contact
