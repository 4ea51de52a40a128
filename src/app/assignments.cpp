#include "app/assignments.hpp"

#include <fmt/format.h>

#include "record/path.hpp"

namespace deltapost::app {

Result<JsonObject> parse_assignments(const std::vector<std::string>& assignments) {
  JsonObject object;
  for (const std::string& assignment : assignments) {
    const std::size_t equals = assignment.find('=');
    if (equals == std::string::npos || equals == 0)
      return Error{
          .fault = Fault::invalid,
          .message = fmt::format("\"{}\" is no assignment; write name=text or name:=json", assignment)};
    const bool is_json = assignment[equals - 1] == ':';
    auto path = parse_dotted(assignment.substr(0, is_json ? equals - 1 : equals));
    if (!path) return path.error();
    Json value = boost::json::string(assignment.substr(equals + 1));
    if (is_json) {
      auto parsed = parse_json(assignment.substr(equals + 1));
      if (!parsed)
        return Error{.fault = Fault::invalid,
                     .message = fmt::format("\"{}\": {}; for a text write name=text", assignment,
                                            parsed.error().message)};
      value = *std::move(parsed);
    }
    JsonObject* at = &object;
    for (std::size_t i = 0; i + 1 < path->size(); ++i) {
      Json& next = (*at)[(*path)[i]];
      if (!next.is_object()) next = JsonObject{};
      at = &next.get_object();
    }
    (*at)[path->back()] = std::move(value);
  }
  return object;
}

}  // namespace deltapost::app
