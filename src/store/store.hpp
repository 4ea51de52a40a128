// Store: where everything lives. A contract that the memory, SQLite and (later) PostgreSQL stores keep alike;
// tests/contracts/store_contract.hpp is its executable form.
//
// Threads: whatever writes (`commit`, the lease calls, `drop_expired`) may be called from any thread and
// waits for other writers; GroupCommitter is the one that commits. Every read may be called from any thread,
// at any time, and sees whole commits only. Durability: when commit has returned success, the batch survives
// a crash of the process and, on a store that says durable(), of the machine. When it fails, nothing of the
// batch is there. After Fault::unavailable the outcome may be unknown: read before trying again.
#pragma once

#include <span>

#include "base/result.hpp"
#include "store/types.hpp"

namespace deltapost::store {

/// Written all or nothing. The parts are independent of each other; each is applied in its order.
struct Batch {
  std::vector<RecordWrite> writes{};  // in order; several of one record must follow each other in version
  std::vector<UniqueClaim> claims{};  // applied in order, so a release can precede a claim of the same value
  std::vector<IdempotencyRow> idempotency{};  // a row of the same account and key is replaced
  std::vector<SecretRow> secrets{};
  std::vector<DeliveryProgressPtr> progress{};  // shared with who may have to put them once more
  /// Fault::conflict when a number is not greater than all before it in its partition.
  std::vector<Receipt> receipts{};
  std::vector<ReceiptResolution>
      resolutions{};                // Fault::conflict when the receipt is unknown or resolved already
  std::vector<SeenRow> seen{};      // a row of the same account, source and key is replaced
  std::vector<ClocksRow> clocks{};  // Fault::conflict when there is no such record
  std::vector<Erasure> erasures{};  // last of all; Fault::conflict when there is no such record
};

/// The entries as they now stand in the log (part, seq and hash filled in, erased values gone), in the order
/// of Batch::writes.
struct CommitReceipt {
  std::vector<LogEntry> entries;
};

struct LogPage {
  std::vector<LogEntry> entries;  // ascending seq
  Seq read_up_to = 0;             // ask again after this one; what was asked for when nothing was found
};

/// Which part of one record's history, ascending or descending by version.
struct HistoryQuery {
  Version after = 0;            // only versions greater than this
  Version up_to = ~Version{0};  // and not greater than this
  bool newest_first = false;
  std::size_t limit = 100;
};

struct Snapshot {
  Version version = 0;
  std::string document;
};

/// The record's part in its chain (store/chain.hpp).
struct ChainEnd {
  std::string salt;  // empty: the next change makes a new one
  std::string hash;  // of the newest change; empty: it has none
};

/// Which receipts of an account, newest first unless said otherwise. Numbers say what is new: where there are
/// several partitions, one follows the other.
struct ReceiptQuery {
  AccountId account;
  std::string source{};  // empty: of all sources
  std::optional<Verdict> verdict{};
  bool unresolved = false;               // only quarantined ones without a resolution
  std::optional<Time> since{}, until{};  // of Receipt::at; inclusive, exclusive
  ReceiptNumber after = 0;  // continue after this one, in the order of the query; 0: from its start
  bool oldest_first = false;
  bool bodies = false;  // headers and body filled in
  std::size_t limit = 100;
};

struct ReceiptPage {
  std::vector<Receipt> receipts;
  ReceiptNumber next = 0;  // ask again after this one; 0: the end was reached. A page may be short and have
                           // one: each looks at a bounded stretch
};

/// What to forget by age. Each part is independent; a time in the past of all rows drops nothing. Rows are
/// gone through in their order, which is that of time but for what requests wait for their commit.
struct Retention {
  AccountId account;
  std::vector<EndpointId> endpoints{};  // the account's, whose attempts are meant
  /// Receipts received before are dropped; unresolved quarantined ones stay.
  std::optional<Time> receipts_before{};
  /// Attempts made before are dropped, but for the newest of each endpoint.
  std::optional<Time> attempts_before{};
  /// Changes committed before are redacted (store/chain.hpp) where a newer one of their record exists, so
  /// that the record's history begins later; never one that some endpoint still has to get. A change that was
  /// its record's newest when it was gone through waits until the one that follows it is gone through.
  std::optional<Time> changes_before{};
};

struct Forgotten {
  std::size_t receipts = 0, attempts = 0, changes = 0;
};

class Store {
 public:
  virtual ~Store() = default;

  virtual Part partitions() const = 0;
  virtual bool durable() const = 0;
  /// What the medium did to the last write, whoever made it; nullopt: it took it.
  virtual std::optional<Trouble> trouble() const { return std::nullopt; }

  // ---- writing

  /// Fault::conflict when a write's version is not the record's next one or a claimed value has another
  /// holder (Error::other names it); Fault::stale_epoch as DeliveryProgress says; Fault::unavailable when the
  /// medium fails. What is handed over with std::move becomes the receipt's entries without being copied.
  virtual Result<CommitReceipt> commit(Batch batch) = 0;

  // ---- records

  virtual Result<std::optional<StoredRecord>> find(const RecordKey& key) = 0;
  /// The same, for who is about to commit a write of that record on this thread. A store may let no other
  /// writer in from here on until commit or end_reading_to_write is called; this thread calls nothing else
  /// that writes meanwhile.
  virtual Result<std::optional<StoredRecord>> find_to_write(const RecordKey& key) { return find(key); }
  /// Nothing will be committed after all, or it is done. Does nothing when nothing was found to write.
  virtual void end_reading_to_write() {}
  /// Records of an account and kind with id > after_id, ascending by id, deleted ones included.
  virtual Result<std::vector<StoredRecord>> list(const AccountId& account, Kind kind,
                                                 const std::string& after_id, std::size_t limit) = 0;
  /// All records of a kind, whatever their account, in no promised order; for configuration read at start.
  virtual Result<std::vector<StoredRecord>> list_all(Kind kind) = 0;
  /// The greatest RecordKey::id of an account and kind, deleted records included; empty if there is none.
  /// Contacts get their numbers from it.
  virtual Result<std::string> last_id(const AccountId& account, Kind kind) = 0;
  /// A walk over everything: the partition's records, deleted ones included, in an order of the store's own
  /// that never changes. `after`: the last key of the page before; a key with an empty account: from the
  /// beginning.
  virtual Result<std::vector<StoredRecord>> scan(Part part, const RecordKey& after, std::size_t limit) = 0;
  virtual Result<std::optional<std::string>> holder_of(const UniqueValue& unique) = 0;
  /// The same walk over the values that are held.
  virtual Result<std::vector<UniqueClaim>> scan_unique(const UniqueValue& after, std::size_t limit) = 0;
  virtual Result<std::optional<std::string>> secret_of(const RecordKey& owner) = 0;
  /// Expired rows too, until drop_expired has met them.
  virtual Result<std::optional<IdempotencyRow>> idempotency(const AccountId& account,
                                                            const std::string& key) = 0;

  // ---- the log

  /// Entries of a partition after `after`, at most `limit`, without documents. An empty page: the end was
  /// reached.
  virtual Result<LogPage> read_log(Part part, Seq after, std::size_t limit) = 0;
  virtual Result<Seq> head(Part part) = 0;
  /// The last seq whose entry was committed before `time`; 0 if none.
  virtual Result<Seq> seq_before(Part part, Time time) = 0;

  // ---- one record's history

  virtual Result<std::vector<LogEntry>> history(const RecordKey& key, const HistoryQuery& query) = 0;
  /// A kept document of the record at a version <= `version`, no more than kSnapshotEvery versions before it
  /// unless the changes between were redacted; nullopt: fold from the beginning.
  virtual Result<std::optional<Snapshot>> snapshot(const RecordKey& key, Version version) = 0;
  /// nullopt: there is no such record.
  virtual Result<std::optional<ChainEnd>> chain_end(const RecordKey& key) = 0;

  // ---- delivery

  virtual Result<DeliveryState> delivery_state(Part part) = 0;
  /// Newest first, numbers below `before` (0: from the newest).
  virtual Result<std::vector<Attempt>> attempts(const EndpointId& endpoint, std::uint64_t before,
                                                std::size_t limit) = 0;
  /// All attempts of one delivery, oldest first.
  virtual Result<std::vector<Attempt>> attempts_of(const DeliveryKey& delivery) = 0;
  /// In no promised order.
  virtual Result<std::vector<Hold>> holds(const EndpointId& endpoint, std::size_t limit) = 0;
  /// Ascending by delivery key, after `after`.
  virtual Result<std::vector<DeadDelivery>> dead(const EndpointId& endpoint, const DeliveryKey& after,
                                                 std::size_t limit) = 0;

  // ---- leases

  /// Takes a partition whose lease is absent, expired or already this owner's: the epoch rises by one when
  /// the owner changes (released and taken again is a change). From then on progress is refused unless it
  /// names this epoch; before the first claim the epoch is 0. nullopt: another owner holds it.
  virtual Result<std::optional<Lease>> claim_lease(Part part, const std::string& owner, Millis ttl,
                                                   Time now) = 0;
  /// False: no longer ours. One that has expired and that nobody took is still ours.
  virtual Result<bool> renew_lease(const Lease& lease, Millis ttl, Time now) = 0;
  virtual Result<void> release_lease(const Lease& lease) = 0;

  // ---- receipts

  /// The greatest number given in a partition, of receipts dropped since, too; 0: none.
  virtual Result<ReceiptNumber> last_receipt(Part part) = 0;
  /// Whole; nullopt: there is none (any more), or it belongs to another account.
  virtual Result<std::optional<Receipt>> receipt(const AccountId& account, ReceiptNumber number) = 0;
  virtual Result<ReceiptPage> receipts(const ReceiptQuery& query) = 0;
  /// Receipts whose `about` names the record, newest first, numbers below `before` (0: from the newest);
  /// without headers and bodies.
  virtual Result<std::vector<Receipt>> receipts_about(const RecordKey& record, ReceiptNumber before,
                                                      std::size_t limit) = 0;
  /// Expired rows too, until drop_expired has met them.
  virtual Result<std::optional<SeenRow>> seen(const AccountId& account, const std::string& source,
                                              const std::string& key) = 0;
  virtual Result<std::optional<std::string>> clocks_of(const RecordKey& owner) = 0;

  // ---- upkeep

  /// Drops idempotency and seen rows with expires_at <= now, in bounded steps that let commits through; how
  /// many they were.
  virtual Result<std::size_t> drop_expired(Time now) = 0;
  /// In bounded steps that let commits through.
  virtual Result<Forgotten> retain(const Retention& retention) = 0;
  /// After an erasure: makes sure that no file of the store holds the erased values any more.
  virtual Result<void> scrub() = 0;
};

/// Every so many versions of a record its whole document is kept, so that any version is a short fold away.
inline constexpr Version kSnapshotEvery = 64;

/// Which partition a record lives in. Stable for ever: FNV-1a over account, kind and id, each with its
/// length.
Part partition_of(const RecordKey& key, Part partitions);

}  // namespace deltapost::store
