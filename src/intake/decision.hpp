// Decision: what a person decides, through the API, about a receipt that was quarantined.
#pragma once

#include <optional>
#include <string>

#include "base/result.hpp"
#include "store/draft.hpp"

namespace deltapost::intake {

struct Decision {
  const AccountId& account;
  store::ReceiptNumber receipt = 0;
  const std::string& actor;  // "key:<id>"
  std::string what;          // "released" or "dropped"
  JsonObject details{};      // what else is to be known of it
};

/// The receipt that was found under a number, when it waits for a decision. Fault::not_found (there is none)
/// or Fault::conflict (it is not quarantined, or resolved already).
Result<store::Receipt> awaiting_decision(Result<std::optional<store::Receipt>> found,
                                         store::ReceiptNumber number);

/// Resolves the receipt, and says so in the account's audit log.
Result<void> put_decision(store::Draft& draft, Decision decision);

}  // namespace deltapost::intake
