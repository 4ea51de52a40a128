// Kept clocks: a record's clocks as they lie beside it in the store, brought up to the record's version.
#pragma once

#include <string>

#include "base/result.hpp"
#include "intake/clocks.hpp"
#include "store/draft.hpp"

namespace deltapost::intake {

/// For one statement, on the committing thread.
class KeptClocks {
 public:
  /// With what others than sources wrote since caught up from the record's changes. Errors of the store.
  static Result<KeptClocks> load(store::Draft& draft, const Record& record);

  Clocks take() { return std::move(clocks_); }
  /// Writes them, unless they are as they were. `record`: after the statement.
  void keep(store::Draft& draft, const Clocks& clocks, const Record& record) const;

 private:
  Clocks clocks_{};
  std::string text_{};  // as it was kept; empty: no source has spoken about the record
};

}  // namespace deltapost::intake
