// Schema version 4: documents are packed. Never edited once released: a change is a new migration.
//
// Nothing is written anew: rows from before are read as they are, and each is packed by its record's next
// change. The number keeps programs away that would take a packed document for a damaged one.
#pragma once

namespace deltapost::store::sqlite {

inline constexpr const char* kPackedDocuments = "";

}  // namespace deltapost::store::sqlite
