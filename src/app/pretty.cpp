#include "app/pretty.hpp"

#include <fmt/color.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>

namespace deltapost::app {
namespace {

constexpr std::size_t kShort = 100;
constexpr std::size_t kMaxShown = 60;

void write(std::string& out, const Json& value, std::size_t indent) {
  std::string line = to_text(value);
  const bool container = value.is_object() || value.is_array();
  if (!container || line.size() + indent <= kShort) {
    out += line;
    return;
  }
  const std::string pad(indent + 2, ' ');
  const bool object = value.is_object();
  out += object ? '{' : '[';
  bool first = true;
  const auto next = [&] {
    out += first ? "\n" : ",\n";
    out += pad;
    first = false;
  };
  if (object) {
    for (const auto& [key, member] : value.get_object()) {
      next();
      out += to_text(Json(boost::json::string(key))) + ": ";
      write(out, member, indent + 2);
    }
  } else {
    for (const Json& element : value.get_array()) {
      next();
      write(out, element, indent + 2);
    }
  }
  out += '\n' + std::string(indent, ' ') + (object ? '}' : ']');
}

std::string side(const JsonObject& change, std::string_view name) {
  const Json* value = change.if_contains(name);
  if (value == nullptr) return "absent";
  std::string text = to_text(*value);
  if (text.size() > kMaxShown) text = text.substr(0, kMaxShown) + "…";
  return text;
}

}  // namespace

std::string pretty(const Json& value) {
  std::string out;
  write(out, value, 0);
  return out;
}

std::string pretty_changes(const JsonObject& changes, const std::string& indent) {
  std::string out;
  for (const auto& [path, change] : changes)
    out += fmt::format("{}{}: {} -> {}\n", indent, std::string_view(path), side(change.as_object(), "old"),
                       side(change.as_object(), "new"));
  return out;
}

bool colours() {
  return ::isatty(STDOUT_FILENO) != 0 && std::getenv("NO_COLOR") == nullptr;
}

}  // namespace deltapost::app
