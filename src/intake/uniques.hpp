// Values that lead to a record. A unique value belongs to one record of its account (a lead's phone); a
// lookup value leads to the first record that had it (an e-mail address), so that a sender who gives no id
// finds it again.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "store/draft.hpp"

namespace deltapost::intake {

/// The values of this document that no other record of the account may hold.
std::vector<store::UniqueValue> unique_values(const RecordKey& key, const JsonObject& document, bool deleted);
/// The values by which it can be found: email of leads and contacts, phoneNumber of contacts.
std::vector<store::UniqueValue> lookup_values(const RecordKey& key, const JsonObject& document, bool deleted);

/// Moves the record's values from what it held to what it will hold. Fault::conflict names the field and the
/// record that has its unique value; a lookup value that another record has is left with that one.
/// `changes` tell what the document was; that of `before` is not looked at.
Result<void> claim_values(store::Draft& draft, const Record& before, const Record& after,
                          const Diff& changes);

/// The record that holds the value as unique or for look-up; field is "phone", "email" or "phoneNumber".
Result<std::optional<std::string>> holder_of(store::Draft& draft, const AccountId& account, Kind kind,
                                             std::string_view field, const std::string& value);

/// A sender's own id for a record that has another one here.
Result<std::optional<std::string>> linked(store::Draft& draft, const AccountId& account, Kind kind,
                                          const std::string& source, const std::string& their_id);
void link(store::Draft& draft, const RecordKey& record, const std::string& source,
          const std::string& their_id);

}  // namespace deltapost::intake
