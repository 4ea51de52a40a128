#include "app/log.hpp"

#include <fmt/format.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include "base/time.hpp"

namespace deltapost::app {
namespace {

bool as_json_ = false;

spdlog::level::level_enum spdlog_level(Level level) {
  switch (level) {
    case Level::debug:
      return spdlog::level::debug;
    case Level::info:
      return spdlog::level::info;
    case Level::warn:
      return spdlog::level::warn;
    case Level::error:
      break;
  }
  return spdlog::level::err;
}

std::string_view name(Level level) {
  switch (level) {
    case Level::debug:
      return "debug";
    case Level::info:
      return "info";
    case Level::warn:
      return "warn";
    case Level::error:
      break;
  }
  return "error";
}

/// A value as it reads best: bare words bare, everything else as JSON.
std::string readable(const Json& value) {
  if (!value.is_string()) return to_text(value);
  const std::string text(value.get_string());
  const bool bare = !text.empty() && text.find_first_of(" \"=\n\t\r\\") == std::string::npos;
  return bare ? text : to_text(value);
}

}  // namespace

void start_log(bool as_json, std::string_view level) {
  as_json_ = as_json;
  auto logger =
      std::make_shared<spdlog::logger>("deltapost", std::make_shared<spdlog::sinks::stderr_sink_mt>());
  logger->set_pattern("%v");
  logger->set_level(level == "debug"   ? spdlog::level::debug
                    : level == "warn"  ? spdlog::level::warn
                    : level == "error" ? spdlog::level::err
                    : level == "off"   ? spdlog::level::off
                                       : spdlog::level::info);
  logger->flush_on(spdlog::level::info);
  spdlog::set_default_logger(std::move(logger));
}

bool logs(Level level) {
  return spdlog::should_log(spdlog_level(level));
}

void log(Level level, std::string_view what, std::initializer_list<LogField> fields) {
  if (!logs(level)) return;
  const std::string now = iso_millis(SystemClock().now());
  std::string line;
  if (as_json_) {
    JsonObject object{{"at", now}, {"level", name(level)}, {"what", what}};
    for (const auto& [key, value] : fields) object[key] = value;
    line = to_text(object);
  } else {
    line = fmt::format("{} {:<5} {}", now, name(level), what);
    for (const auto& [key, value] : fields) line += fmt::format(" {}={}", key, readable(value));
  }
  spdlog::log(spdlog_level(level), "{}", line);
}

}  // namespace deltapost::app
