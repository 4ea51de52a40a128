// Validation: the rules of a source, held against what a webhook says and what it would make of a record.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "intake/outcome.hpp"
#include "intake/source.hpp"
#include "record/diff.hpp"

namespace deltapost::intake {

/// What is wrong with an item, when that is not the store's fault.
struct Trouble {
  std::string reason, field;
  bool reject = false;  // whatever the source wants done with bad content
};

class Validation {
 public:
  /// `released`: a person has looked at it; only rules of severity reject still count. Broken rules that let
  /// pass become flags.
  Validation(const Source& source, const std::string& event, bool released, std::vector<Flag>& flags)
      : source_(source), event_(event), released_(released), flags_(flags) {}

  std::optional<Trouble> check_schemas(const format::Item& item);
  /// `before.version` 0: the record is new.
  std::optional<Trouble> check_conditions(const Record& before, const JsonObject& after, const Diff& changes);

 private:
  bool concerns(const ValidationRule& rule, const std::optional<Kind>& kind) const;
  std::optional<Trouble> broken(const ValidationRule& rule, const std::string& found,
                                const std::string& field);

  const Source& source_;
  const std::string& event_;
  const bool released_;
  std::vector<Flag>& flags_;
};

}  // namespace deltapost::intake
