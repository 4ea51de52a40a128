#include "store/sqlite/sqlite_store.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

#include "base/check.hpp"
#include "store/sqlite/gathering_vfs.hpp"
#include "store/sqlite/log_file.hpp"
#include "store/sqlite/schema.hpp"
#include "store/sqlite/store_impl.hpp"
#include "store/sqlite/wiping_vfs.hpp"

namespace deltapost::store {

using sqlite::Database;
using sqlite::Rows;

namespace {

/// How many expired rows are dropped in one transaction, so that commits wait no longer than for a group of
/// theirs.
constexpr int kDropAtOnce = 500;

/// The log, its index and the lock are made beside the file, and removed.
Result<void> expect_writable_folder(const std::string& path) {
  const auto parent = std::filesystem::path(path).parent_path();
  const std::string folder = parent.empty() ? "." : parent.string();
  if (::access(folder.c_str(), W_OK) == 0) return ok();
  return Error{Fault::unavailable, "cannot write to " + folder + ", where the store keeps files beside " +
                                       path + ": " + std::generic_category().message(errno) +
                                       "; this user must be allowed to make and remove files there"};
}

/// Makes the file when it may, readable for its owner alone: it holds people's data. SQLite gives its
/// companions the same mode.
Result<void> make_file(const SqliteOptions& options) {
  const int flags = O_RDWR | O_CLOEXEC | (options.create_if_missing ? O_CREAT : 0);
  const int descriptor = ::open(options.path.c_str(), flags, 0600);
  if (descriptor >= 0) {
    ::close(descriptor);
    return expect_writable_folder(options.path);
  }
  if (errno == ENOENT && !options.create_if_missing) {
    return Error{Fault::not_found, "there is no store at " + options.path};
  }
  return Error{Fault::unavailable, "cannot open " + options.path +
                                       " for writing: " + std::generic_category().message(errno) +
                                       "; the store must be a file that this user may read and write"};
}

}  // namespace

SqliteStore::SqliteStore(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

SqliteStore::~SqliteStore() {
  if (impl_->medium.trusted()) return;
  // The last connection to close would fold the log and remove it.
  impl_->writer->keep_log_at_close();
  impl_->readers->for_each([](Database& reader) { reader.keep_log_at_close(); });
}

std::int64_t SqliteStore::schema_version() {
  return sqlite::schema_version();
}

Result<std::unique_ptr<SqliteStore>> SqliteStore::open(const SqliteOptions& options) {
  DP_CHECK(options.readers > 0);
  sqlite::stop_counting_memory();
  if (auto made = make_file(options); !made) return made.error();
  auto lock = sqlite::FileLock::take(options.path + ".lock");
  if (!lock) return lock.error();

  return sqlite::guarded([&] {
    auto impl = std::make_unique<Impl>(options.on_trouble);
    impl->lock = std::move(*lock);
    const std::string vfs = sqlite::gathering_vfs(sqlite::wiping_vfs(options.vfs));
    sqlite::make_log_durable(options.path, vfs);
    impl->writer = std::make_unique<Database>(options.path, SQLITE_OPEN_READWRITE, vfs);
    impl->writer->fold_log_every(
        options.checkpoint_pages,
        [&medium = impl->medium](const sqlite::SqlError* failure) { medium.folded(failure); });
    sqlite::prepare_file(*impl->writer, options);
    sqlite::tune_writer(*impl->writer, options);
    impl->partitions = sqlite::stored_partitions(*impl->writer);
    impl->ends = sqlite::read_ends(*impl->writer, impl->partitions);

    std::vector<std::unique_ptr<Database>> connections;
    for (std::size_t i = 0; i < options.readers; ++i) {
      connections.push_back(std::make_unique<Database>(options.path, SQLITE_OPEN_READWRITE, vfs));
      sqlite::tune_reader(*connections.back(), options);
    }
    impl->readers = std::make_unique<sqlite::Readers>(std::move(connections));
    return std::unique_ptr<SqliteStore>(new SqliteStore(std::move(impl)));
  });
}

Part SqliteStore::partitions() const {
  return impl_->partitions;
}

std::optional<Trouble> SqliteStore::trouble() const {
  return impl_->medium.trouble();
}

Result<CommitReceipt> SqliteStore::commit(Batch batch) {
  auto receipt = impl_->watched([&] {
    impl_->begin_to_write();
    auto ends = impl_->ends;
    sqlite::NamesInTransaction names(impl_->names, *impl_->writer);
    sqlite::BatchWriter writer(*impl_->writer, names, ends, impl_->attempt_numbers, impl_->found_to_write);
    auto written = writer.write(std::move(batch));
    impl_->group.commit();
    impl_->ends = std::move(ends);
    names.committed();
    return written;
  });
  if (!receipt && impl_->group.is_mine()) impl_->attempt_numbers.clear();
  impl_->end_to_write();
  return receipt;
}

Result<std::size_t> SqliteStore::drop_expired(Time now) {
  std::size_t dropped = 0;
  while (true) {
    auto step = impl_->write([&](Database& database) {
      return database.execute(
                 "DELETE FROM idempotency WHERE number IN (SELECT number FROM idempotency WHERE expires_at "
                 "<= "
                 "? LIMIT ?)",
                 now, kDropAtOnce) +
             database.execute(
                 "DELETE FROM seen WHERE row IN (SELECT row FROM seen WHERE expires_at <= ? LIMIT ?)", now,
                 kDropAtOnce);
    });
    if (!step) return step.error();
    dropped += static_cast<std::size_t>(*step);
    if (*step == 0) return dropped;
  }
}

Result<void> SqliteStore::scrub() {
  const auto turn = impl_->turns.take();
  return impl_->watched([&] {
    // What was overwritten is zeroed in the main file (schema.cpp, wiping_vfs.hpp); the -wal file has older
    // copies of pages, and so may the cache, from where they would get into the -wal file again.
    Rows checkpoint = impl_->writer->query("PRAGMA wal_checkpoint(TRUNCATE)");
    if (!checkpoint.next() || checkpoint.integer(0) != 0)
      throw sqlite::Refusal{{Fault::unavailable, "readers hold on to older pages; try again later"}};
    impl_->writer->run("PRAGMA shrink_memory");
  });
}

// ---- leases

Result<std::optional<Lease>> SqliteStore::claim_lease(Part part, const std::string& owner, Millis ttl,
                                                      Time now) {
  DP_CHECK(part < impl_->partitions && !owner.empty());
  return impl_->write([&](Database& database) -> std::optional<Lease> {
    Lease lease{part, owner, 0, now + ttl};
    {
      Rows row = database.query("SELECT owner, epoch, expires_at FROM leases WHERE part = ?", part);
      if (!row.next()) throw sqlite::Refusal{{Fault::corrupt, "a partition has no lease row"}};
      const std::string held_by = row.text(0);
      if (!held_by.empty() && held_by != owner && row.time(2) > now) return std::nullopt;
      lease.epoch = row.natural(1) + (held_by == owner ? 0 : 1);
    }
    database.execute("UPDATE leases SET owner = ?, epoch = ?, expires_at = ? WHERE part = ?", owner,
                     lease.epoch, lease.expires_at, part);
    database.execute("UPDATE cursors SET epoch = ? WHERE part = ?", lease.epoch, part);
    return lease;
  });
}

Result<bool> SqliteStore::renew_lease(const Lease& lease, Millis ttl, Time now) {
  return impl_->write([&](Database& database) {
    return database.execute("UPDATE leases SET expires_at = ? WHERE part = ? AND owner = ? AND epoch = ?",
                            now + ttl, lease.part, lease.owner, lease.epoch) == 1;
  });
}

Result<void> SqliteStore::release_lease(const Lease& lease) {
  auto released = impl_->write([&](Database& database) {
    return database.execute(
        "UPDATE leases SET owner = '', expires_at = 0 WHERE part = ? AND owner = ? AND epoch = ?", lease.part,
        lease.owner, lease.epoch);
  });
  return released ? ok() : Result<void>(released.error());
}

}  // namespace deltapost::store
