// Known: a record as its only writer knows it.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "record/json.hpp"
#include "torture/facts.hpp"

namespace deltapost::torture {

/// By dotted path, what a field is to be; nullopt: it is to go.
using Wanted = std::map<std::string, std::optional<Json>>;

struct Known {
  RecordName name{};
  Version version = 1;
  std::map<std::string, Json> fields{};  // by dotted path, those that are there

  /// What a write of these would change.
  Fields change(const Wanted& wanted) const {
    Fields change;
    for (const auto& [path, now] : wanted) {
      const auto found = fields.find(path);
      const auto old = found == fields.end() ? std::nullopt : std::optional(found->second);
      const bool same = old.has_value() == now.has_value() && (!now || same_json(*old, *now));
      if (!same) change[path] = {.old = old, .now = now};
    }
    return change;
  }
  void changed(const Fields& change) {
    ++version;
    for (const auto& [path, sides] : change) {
      if (sides.now)
        fields[path] = *sides.now;
      else
        fields.erase(path);
    }
  }
};

}  // namespace deltapost::torture
