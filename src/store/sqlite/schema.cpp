#include "store/sqlite/schema.hpp"

#include <array>

#include "base/check.hpp"
#include "store/sqlite/migrations/v1_foundation.hpp"
#include "store/sqlite/migrations/v2_receiving.hpp"
#include "store/sqlite/migrations/v3_packed_attempts.hpp"
#include "store/sqlite/migrations/v4_packed_documents.hpp"

namespace deltapost::store::sqlite {
namespace {

struct Migration {
  const char* sql;
  void (*then)(Database& writer) = nullptr;  // what SQL alone cannot do
};

/// kMigrations[n] takes a file from version n to n + 1. Forward only; each in a transaction of its own.
constexpr std::array kMigrations{Migration{kFoundation}, Migration{kReceiving},
                                 Migration{kPackedAttempts, pack_single_attempts},
                                 Migration{kPackedDocuments}};

Refusal not_ours(const std::string& path) {
  return {{Fault::invalid, path + " is not a Deltapost store; name another file, or a new one"}};
}

Refusal too_new(const std::string& path, std::int64_t version) {
  return {{Fault::invalid, path + " was written by a newer Deltapost: its schema is version " +
                               std::to_string(version) + ", this program knows versions up to " +
                               std::to_string(schema_version()) +
                               "; run the newer Deltapost, or restore a copy from before its upgrade"}};
}

/// Whether nothing was ever stored here.
bool is_new(Database& database, const std::string& path) {
  try {
    Rows tables = database.query("SELECT count(*) FROM sqlite_schema");
    return tables.next() && tables.integer(0) == 0 && database.pragma("application_id") == 0 &&
           database.pragma("user_version") == 0;
  } catch (const SqlError& failure) {
    if ((failure.code() & 0xff) == SQLITE_NOTADB) throw not_ours(path);
    throw;
  }
}

void set_up_partitions(Database& writer, Part partitions) {
  writer.execute("INSERT INTO settings (name, value) VALUES ('partitions', ?)", partitions);
  for (Part part = 0; part < partitions; ++part) {
    writer.execute("INSERT INTO cursors (part, seq, epoch) VALUES (?, 0, 0)", part);
    writer.execute("INSERT INTO leases (part, owner, epoch, expires_at) VALUES (?, '', 0, 0)", part);
  }
}

void migrate(Database& writer, std::int64_t from, const SqliteOptions& options) {
  for (std::int64_t version = from; version < schema_version(); ++version) {
    Transaction transaction(writer, Transaction::Mode::write);
    const Migration& migration = kMigrations.at(static_cast<std::size_t>(version));
    writer.run(migration.sql);
    if (migration.then != nullptr) migration.then(writer);
    if (version == 0) {
      set_up_partitions(writer, options.partitions);
      writer.run("PRAGMA application_id = " + std::to_string(kApplicationId));
    }
    writer.run("PRAGMA user_version = " + std::to_string(version + 1));
    transaction.commit();
  }
}

void set_cache(Database& database, std::size_t cache_bytes, std::size_t mmap_bytes) {
  database.run("PRAGMA cache_size = -" + std::to_string(cache_bytes / 1024));  // negative: KiB
  database.run("PRAGMA mmap_size = " + std::to_string(mmap_bytes));
  database.run("PRAGMA temp_store = MEMORY");
}

}  // namespace

std::int64_t schema_version() {
  return static_cast<std::int64_t>(kMigrations.size());
}

void prepare_file(Database& writer, const SqliteOptions& options) {
  if (is_new(writer, options.path)) {
    DP_CHECK(options.partitions > 0);
    writer.run("PRAGMA page_size = " + std::to_string(options.page_bytes));  // before WAL fixes it
  } else if (writer.pragma("application_id") != kApplicationId) {
    throw not_ours(options.path);
  }
  const std::int64_t version = writer.pragma("user_version");
  if (version > schema_version()) throw too_new(options.path, version);

  writer.run("PRAGMA journal_mode = WAL");
  writer.run("PRAGMA synchronous = FULL");
  // What is erased, or moved to another table, must not lie on in its page.
  writer.run("PRAGMA secure_delete = ON");
  migrate(writer, version, options);
}

void expect_current_schema(Database& database, const std::string& path) {
  if (is_new(database, path) || database.pragma("application_id") != kApplicationId) throw not_ours(path);
  const std::int64_t version = database.pragma("user_version");
  if (version > schema_version()) throw too_new(path, version);
  if (version < schema_version())
    throw Refusal{{Fault::invalid, path + " has schema version " + std::to_string(version) +
                                       ", this program writes " + std::to_string(schema_version()) +
                                       "; use the deltapost that wrote it, or bring it up to date with "
                                       "`deltapost migrate` first"}};
}

void tune_writer(Database& writer, const SqliteOptions& options) {
  set_cache(writer, options.writer_cache_bytes, options.mmap_bytes);
  writer.run("PRAGMA synchronous = FULL");
}

void tune_reader(Database& reader, const SqliteOptions& options) {
  set_cache(reader, options.reader_cache_bytes, options.mmap_bytes);
  reader.run("PRAGMA query_only = ON");
}

Part stored_partitions(Database& database) {
  Rows rows = database.query("SELECT value FROM settings WHERE name = 'partitions'");
  if (!rows.next() || rows.integer(0) < 1) {
    throw Refusal{{Fault::corrupt, "the store's file does not say how many partitions it has"}};
  }
  return static_cast<Part>(rows.integer(0));
}

}  // namespace deltapost::store::sqlite
