// MemoryStore: the whole store in memory, for tests, simulations and trials. It keeps the contract of Store
// to the letter, except that nothing outlives the process: durable() is false.
#pragma once

#include <map>
#include <mutex>
#include <set>
#include <tuple>

#include "base/random.hpp"
#include "store/retention.hpp"
#include "store/store.hpp"

namespace deltapost::store {

class MemoryStore : public Store {
 public:
  explicit MemoryStore(Part partitions = 1);

  Part partitions() const override { return static_cast<Part>(parts_.size()); }
  bool durable() const override { return false; }

  Result<CommitReceipt> commit(Batch batch) override;

  Result<std::optional<StoredRecord>> find(const RecordKey& key) override;
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
  Result<void> scrub() override { return ok(); }  // nothing is kept that was overwritten

 private:
  struct KeptRecord {
    StoredRecord row;
    std::vector<Seq> seqs;  // of versions 1, 2, 3 …
    std::map<Version, std::string> snapshots;
    ChainEnd chain;
    std::string clocks;
  };
  /// What tells holds apart: the endpoint and the record, or the endpoint and the delivery.
  struct HoldKey {
    EndpointId endpoint;
    HoldScope scope{};
    RecordKey record;
    Seq seq = 0;
    std::uint32_t event_index = 0;
    friend auto operator<=>(const HoldKey&, const HoldKey&) = default;
  };
  struct Partition {
    std::vector<LogEntry> log;  // log[seq - 1], without documents
    ReceiptNumber last_receipt = 0;
    Seq cursor = 0;
    Epoch epoch = 0;
    std::optional<Lease> lease;
    std::map<EndpointId, Lag> lags;
    std::map<HoldKey, Hold> holds;
    std::map<DeliveryKey, DeadDelivery> dead;
    std::map<AccountId, Seq> retained;  // how far the log was gone through for old changes
  };
  struct EndpointAttempts {
    std::map<std::uint64_t, Attempt> all;  // by number
    std::uint64_t newest = 0;
    std::map<DeliveryKey, std::vector<std::uint64_t>> of;
  };
  using IdempotencyKey = std::pair<AccountId, std::string>;
  using SeenKey = std::tuple<AccountId, std::string, std::string>;

  static DeliveryState state_of(const Partition& partition);
  static HoldKey hold_key(const Hold& hold);
  const LogEntry& entry_of(const RecordKey& key, const KeptRecord& record, Version version) const;

  // The checks of a batch, then its application, which cannot fail.
  Result<void> check_writes(const Batch& batch) const;
  Result<void> check_claims(const Batch& batch) const;
  Result<void> check_epochs(const Batch& batch) const;
  Result<void> check_receipts(const Batch& batch) const;
  Result<void> check_owners(const Batch& batch) const;
  LogEntry apply(RecordWrite write);
  void apply(const UniqueClaim& claim);
  void apply(const SecretRow& row);
  void apply(const DeliveryProgress& progress);
  void apply(const Receipt& receipt);
  void apply(const ReceiptResolution& resolution);
  void apply(const SeenRow& row);
  void apply(const ClocksRow& row);
  void apply(const Erasure& erasure, std::vector<LogEntry>& committed);
  void forget(const EndpointId& endpoint);

  // Retention's parts, each in one go: nobody waits long for memory.
  std::size_t drop_receipts(const AccountId& account, Time before);
  std::size_t drop_attempts(const EndpointId& endpoint, Time before);
  /// Changes that were redacted; nullopt: the step is no longer allowed.
  std::optional<std::size_t> redact(const AccountId& account, const RedactionStep& step);

  SystemRandom random_;  // salts; nothing that can be seen depends on them
  mutable std::mutex mutex_;
  std::vector<Partition> parts_;
  std::map<RecordKey, KeptRecord> records_;
  std::map<UniqueValue, std::string> uniques_;
  std::map<RecordKey, std::string> secrets_;
  std::map<IdempotencyKey, IdempotencyRow> idempotency_;
  std::map<EndpointId, EndpointAttempts> attempts_;
  std::map<ReceiptNumber, Receipt> receipts_;
  std::set<std::pair<RecordKey, ReceiptNumber>> about_;
  std::map<SeenKey, SeenRow> seen_;
};

}  // namespace deltapost::store
