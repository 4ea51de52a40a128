// SqliteStore: everything in one file (and its -wal beside it), one writing connection, several reading ones.
// WAL with synchronous=FULL: what commit has acknowledged is on the disk.
//
// One process at a time: a lock on <path>.lock is held as long as the store is open.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "store/store.hpp"

namespace deltapost::store {

/// Hears when trouble() begins, ends or becomes final, on the thread that met it; calls nothing of the store.
using TroubleObserver = std::function<void(const std::optional<Trouble>&)>;

/// The sizes were measured (`deltapost bench`, contacts of 1.4 kB, their deliveries included): a change costs
/// one random page, whatever its size, once in the -wal file and, where it was not changed again meanwhile,
/// once in the main one, where the system writes 4096 bytes for it. Pages of 1024 bytes write 4.1 kB per
/// change, of 2048 4.7 kB; a packed row of 0.6 kB (packed_document.hpp) still lies in one page of 1024.
struct SqliteOptions {
  std::string path;
  bool create_if_missing = true;
  Part partitions = 1;            // of a new file; an existing one keeps its own
  std::size_t readers = 4;        // reading connections; more readers than that wait
  std::size_t page_bytes = 1024;  // of a new file
  std::size_t writer_cache_bytes = 64u << 20;
  std::size_t reader_cache_bytes = 8u << 20;  // each
  std::size_t mmap_bytes = 0;                 // 0: read through the cache
  /// Length of the -wal file at which it is folded into the main one. The longer, the more often a page was
  /// written again before it is written there (8,000: a quarter less for contacts), and the longer commits
  /// wait for it (p99 at a million records: 83 ms in place of 57).
  std::size_t checkpoint_pages = 4000;
  std::string vfs{};  // a SQLite VFS by name; empty: the system's
  TroubleObserver on_trouble{};
};

class SqliteStore final : public Store {
 public:
  /// Opens the file, brings its schema up to date, or makes a new file.
  /// Fault::not_found: no such file, and none is to be made. Fault::unavailable: another process has it open,
  /// or the medium fails. Fault::invalid: the file is not a Deltapost store, or a newer Deltapost wrote it.
  static Result<std::unique_ptr<SqliteStore>> open(const SqliteOptions& options);
  ~SqliteStore() override;

  /// The version that this program writes; every open store is at it.
  static std::int64_t schema_version();

  Part partitions() const override;
  bool durable() const override { return true; }
  /// Final once a sync has failed: only what is on the disk can tell what was kept, so that every write is
  /// refused, and nothing more is written to the file, until it is opened again.
  std::optional<Trouble> trouble() const override;

  Result<CommitReceipt> commit(Batch batch) override;

  Result<std::optional<StoredRecord>> find(const RecordKey& key) override;
  Result<std::optional<StoredRecord>> find_to_write(const RecordKey& key) override;
  void end_reading_to_write() override;
  Result<std::vector<StoredRecord>> list(const AccountId& account, Kind kind, const std::string& after_id,
                                         std::size_t limit) override;
  Result<std::vector<StoredRecord>> list_all(Kind kind) override;
  Result<std::string> last_id(const AccountId& account, Kind kind) override;
  Result<std::vector<StoredRecord>> scan(Part part, const RecordKey& after, std::size_t limit) override;
  Result<std::optional<std::string>> holder_of(const UniqueValue& unique) override;
  Result<std::vector<UniqueClaim>> scan_unique(const UniqueValue& after, std::size_t limit) override;
  Result<std::optional<std::string>> secret_of(const RecordKey& owner) override;
  Result<std::optional<IdempotencyRow>> idempotency(const AccountId& account,
                                                    const std::string& key) override;

  Result<LogPage> read_log(Part part, Seq after, std::size_t limit) override;
  Result<Seq> head(Part part) override;
  Result<Seq> seq_before(Part part, Time time) override;

  Result<std::vector<LogEntry>> history(const RecordKey& key, const HistoryQuery& query) override;
  Result<std::optional<Snapshot>> snapshot(const RecordKey& key, Version version) override;
  Result<std::optional<ChainEnd>> chain_end(const RecordKey& key) override;

  Result<DeliveryState> delivery_state(Part part) override;
  Result<std::vector<Attempt>> attempts(const EndpointId& endpoint, std::uint64_t before,
                                        std::size_t limit) override;
  Result<std::vector<Attempt>> attempts_of(const DeliveryKey& delivery) override;
  Result<std::vector<Hold>> holds(const EndpointId& endpoint, std::size_t limit) override;
  Result<std::vector<DeadDelivery>> dead(const EndpointId& endpoint, const DeliveryKey& after,
                                         std::size_t limit) override;

  Result<std::optional<Lease>> claim_lease(Part part, const std::string& owner, Millis ttl,
                                           Time now) override;
  Result<bool> renew_lease(const Lease& lease, Millis ttl, Time now) override;
  Result<void> release_lease(const Lease& lease) override;

  Result<ReceiptNumber> last_receipt(Part part) override;
  Result<std::optional<Receipt>> receipt(const AccountId& account, ReceiptNumber number) override;
  Result<ReceiptPage> receipts(const ReceiptQuery& query) override;
  Result<std::vector<Receipt>> receipts_about(const RecordKey& record, ReceiptNumber before,
                                              std::size_t limit) override;
  Result<std::optional<SeenRow>> seen(const AccountId& account, const std::string& source,
                                      const std::string& key) override;
  Result<std::optional<std::string>> clocks_of(const RecordKey& owner) override;

  Result<std::size_t> drop_expired(Time now) override;
  Result<Forgotten> retain(const Retention& retention) override;
  Result<void> scrub() override;

 private:
  struct Impl;
  explicit SqliteStore(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace deltapost::store
