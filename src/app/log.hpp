// Log: one wide line per thing that happened, readable or as JSON, to standard error. Never a secret, never a
// payload.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

#include "record/json.hpp"

namespace deltapost::app {

enum class Level { debug, info, warn, error };

/// Once, before anything logs. Lines below `level` are dropped; `off`: all.
void start_log(bool as_json, std::string_view level);

/// Whether a line of that level is written at all: for who has many to say, and would gather fields in vain.
bool logs(Level level);

struct LogField {
  template <class T>
  LogField(std::string_view key_in, const T& value_in)
      : key(key_in), value(boost::json::value_from(value_in)) {}
  std::string_view key;
  Json value;
};

/// "2026-05-14T15:30:00.000Z info  attempt endpoint=ep_… status=200", or the same as a JSON object.
void log(Level level, std::string_view what, std::initializer_list<LogField> fields);

}  // namespace deltapost::app
