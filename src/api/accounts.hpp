// Accounts: tenants. An account is a record of its own, made together with its first key.
#pragma once

#include "api/key.hpp"
#include "base/random.hpp"
#include "store/draft.hpp"

namespace deltapost::api {

struct NewAccount {
  AccountId id;
  NewKey key;
};

NewAccount new_account(Random& random, Time now);
RecordKey account_record(const AccountId& id);
JsonObject account_document(const AccountId& id, std::string_view name, Time now);
/// Adds the record of the account's first key to the commit that makes the account.
Result<void> put_first_key(store::Draft& draft, const NewAccount& account, Scope scope, const Origin& origin);

}  // namespace deltapost::api
