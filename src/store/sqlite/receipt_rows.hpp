// Receipts as rows, shared by who writes them and who reads them.
#pragma once

#include <string>
#include <vector>

#include "store/sqlite/names.hpp"
#include "store/types.hpp"

namespace deltapost::store::sqlite {

#define DP_RECEIPT_COLUMNS "number, account, source, at, verdict, resolution, about, outcome"

/// From a row of DP_RECEIPT_COLUMNS; headers and body, where they are wanted, are the next two.
Receipt to_receipt(Rows& row, Names& names, Database& database);

/// [[kind, id], …] as text; empty for none. The account is the receipt's.
std::string about_to_text(const std::vector<RecordKey>& about);
/// Throws a Refusal (Fault::corrupt) for what is no such text.
std::vector<RecordKey> about_from_text(const AccountId& account, const std::string& text);

}  // namespace deltapost::store::sqlite
