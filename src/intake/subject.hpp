// Subject: which record a statement is about. By our id or the sender's, else by phone or e-mail.
#pragma once

#include <optional>
#include <string>

#include "base/result.hpp"
#include "format/inbound.hpp"
#include "store/draft.hpp"

namespace deltapost::intake {

/// The record that the statement names, by our id for it or the sender's (`source` is the source's id);
/// nullopt: it names none, or a new one.
Result<std::optional<RecordKey>> find_by_id(store::Draft& draft, const AccountId& account,
                                            const std::string& source, const format::Statement& statement);

struct FoundSubject {
  std::optional<RecordKey> record;
  /// The sender's id for a record that was found without it: to be linked once the statement was taken.
  std::optional<std::string> new_link{};
  bool nameless = false;  // a new record, for which the sender gives no id
};

/// For a statement that find_by_id does not know. Without a record and not nameless: a note about nobody we
/// know.
Result<FoundSubject> find_or_name(store::Draft& draft, const AccountId& account,
                                  const format::Statement& statement);

/// Where a statement came from: the n-th item of a receipt of a source's.
struct Whence {
  const RecordKey& source;
  store::ReceiptNumber receipt;
  std::size_t item;
};

/// A key for a nameless record, the same whenever the receipt is replayed.
Result<RecordKey> name_anew(store::Draft& draft, Kind kind, const Whence& whence);

/// Nothing but its id leads to an erased record any more.
Result<bool> is_erased(store::Draft& draft, const RecordKey& record);

}  // namespace deltapost::intake
