// Reports: what cases came to, for people and for programs. A case that lost or reordered something is told
// as a failure, without a speed.
#pragma once

#include <span>
#include <string>

#include "app/bench/figures.hpp"
#include "record/json.hpp"

namespace deltapost::app::bench {

struct CaseResult {
  std::string name;
  Figures figures;
  std::string failure;  // why its figures are void; empty: they are good
};

/// Why figures are void; empty: they are good.
std::string why_void(const Figures& figures);

/// The table's head, with what the columns are and their units.
std::string table_head();
/// A case's line, and lines of what only it has.
std::string table_lines(const CaseResult& result);

/// One object: the main case's figures, then all of them under "cases".
JsonObject report_json(std::span<const CaseResult> results, const std::string& main_case);

}  // namespace deltapost::app::bench
