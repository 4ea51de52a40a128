// The file itself: made, recognised, brought up to date, or refused.
#pragma once

#include "store/sqlite/database.hpp"
#include "store/sqlite/sqlite_store.hpp"

namespace deltapost::store::sqlite {

/// "DPST", in the file's header at byte 68 (PRAGMA application_id).
inline constexpr std::int64_t kApplicationId = 0x44505354;

/// The version that this program writes (PRAGMA user_version); older files are migrated to it.
std::int64_t schema_version();

/// Makes the file's tables, or migrates them. Throws SqlError, or a Refusal as SqliteStore::open says.
void prepare_file(Database& writer, const SqliteOptions& options);

/// Throws a Refusal unless the file is a store as this program writes them.
void expect_current_schema(Database& database, const std::string& path);

/// Per connection: durability and cache.
void tune_writer(Database& writer, const SqliteOptions& options);
void tune_reader(Database& reader, const SqliteOptions& options);

Part stored_partitions(Database& database);

}  // namespace deltapost::store::sqlite
