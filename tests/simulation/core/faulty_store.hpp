// FaultyStore: a store between a system and its medium on which commits fail, have an outcome that nobody
// told, or are the last thing that the system did. Whoever looks from outside reads the medium itself.
#pragma once

#include <functional>

#include "simulation/core/timeline.hpp"
#include "store/store.hpp"

namespace deltapost::simulation {

/// How the medium behaves, until it is told otherwise: parts of the commits and reads.
struct StoreManner {
  double refused = 0;       // nothing is written, and the caller is told so
  double unknown = 0;       // written, but told to have failed; nothing works from then on
  double crash_before = 0;  // the system ends instead of the commit
  double crash_after = 0;   // the commit is the last thing that it did
  double unreadable = 0;    // reads that fail
};

class FaultyStore final : public store::Store {
 public:
  FaultyStore(Timeline& timeline, store::Store& medium, const StoreManner& manner)
      : timeline_(timeline), medium_(medium), manner_(manner) {}

  /// The system is to end: what it does from here on has no effect.
  bool ended() const { return ended_; }
  /// A commit was made whose outcome nobody was told.
  bool keeps_a_secret() const { return secret_; }

  store::Part partitions() const override { return medium_.partitions(); }
  bool durable() const override { return medium_.durable(); }
  Result<store::CommitReceipt> commit(store::Batch batch) override;

  Result<std::optional<store::StoredRecord>> find(const RecordKey& key) override {
    return read([&] { return medium_.find(key); });
  }
  Result<std::optional<store::StoredRecord>> find_to_write(const RecordKey& key) override {
    return read([&] { return medium_.find_to_write(key); });
  }
  void end_reading_to_write() override { medium_.end_reading_to_write(); }
  Result<std::vector<store::StoredRecord>> list(const AccountId& account, Kind kind,
                                                const std::string& after_id, std::size_t limit) override {
    return read([&] { return medium_.list(account, kind, after_id, limit); });
  }
  Result<std::vector<store::StoredRecord>> list_all(Kind kind) override {
    return read([&] { return medium_.list_all(kind); });
  }
  Result<std::string> last_id(const AccountId& account, Kind kind) override {
    return read([&] { return medium_.last_id(account, kind); });
  }
  Result<std::vector<store::StoredRecord>> scan(store::Part part, const RecordKey& after,
                                                std::size_t limit) override {
    return read([&] { return medium_.scan(part, after, limit); });
  }
  Result<std::optional<std::string>> holder_of(const store::UniqueValue& unique) override {
    return read([&] { return medium_.holder_of(unique); });
  }
  Result<std::vector<store::UniqueClaim>> scan_unique(const store::UniqueValue& after,
                                                      std::size_t limit) override {
    return read([&] { return medium_.scan_unique(after, limit); });
  }
  Result<std::optional<std::string>> secret_of(const RecordKey& owner) override {
    return read([&] { return medium_.secret_of(owner); });
  }
  Result<std::optional<store::IdempotencyRow>> idempotency(const AccountId& account,
                                                           const std::string& key) override {
    return read([&] { return medium_.idempotency(account, key); });
  }

  Result<store::LogPage> read_log(store::Part part, store::Seq after, std::size_t limit) override {
    return read([&] { return medium_.read_log(part, after, limit); });
  }
  Result<store::Seq> head(store::Part part) override {
    return read([&] { return medium_.head(part); });
  }
  Result<store::Seq> seq_before(store::Part part, Time time) override {
    return read([&] { return medium_.seq_before(part, time); });
  }
  Result<std::vector<store::LogEntry>> history(const RecordKey& key,
                                               const store::HistoryQuery& query) override {
    return read([&] { return medium_.history(key, query); });
  }
  Result<std::optional<store::Snapshot>> snapshot(const RecordKey& key, Version version) override {
    return read([&] { return medium_.snapshot(key, version); });
  }
  Result<std::optional<store::ChainEnd>> chain_end(const RecordKey& key) override {
    return read([&] { return medium_.chain_end(key); });
  }

  Result<store::DeliveryState> delivery_state(store::Part part) override {
    return read([&] { return medium_.delivery_state(part); });
  }
  Result<std::vector<store::Attempt>> attempts(const EndpointId& endpoint, std::uint64_t before,
                                               std::size_t limit) override {
    return read([&] { return medium_.attempts(endpoint, before, limit); });
  }
  Result<std::vector<store::Attempt>> attempts_of(const store::DeliveryKey& delivery) override {
    return read([&] { return medium_.attempts_of(delivery); });
  }
  Result<std::vector<store::Hold>> holds(const EndpointId& endpoint, std::size_t limit) override {
    return read([&] { return medium_.holds(endpoint, limit); });
  }
  Result<std::vector<store::DeadDelivery>> dead(const EndpointId& endpoint, const store::DeliveryKey& after,
                                                std::size_t limit) override {
    return read([&] { return medium_.dead(endpoint, after, limit); });
  }

  Result<std::optional<store::Lease>> claim_lease(store::Part part, const std::string& owner, Millis ttl,
                                                  Time now) override {
    return write([&] { return medium_.claim_lease(part, owner, ttl, now); });
  }
  Result<bool> renew_lease(const store::Lease& lease, Millis ttl, Time now) override {
    return write([&] { return medium_.renew_lease(lease, ttl, now); });
  }
  Result<void> release_lease(const store::Lease& lease) override {
    return write([&] { return medium_.release_lease(lease); });
  }

  Result<store::ReceiptNumber> last_receipt(store::Part part) override {
    return read([&] { return medium_.last_receipt(part); });
  }
  Result<std::optional<store::Receipt>> receipt(const AccountId& account,
                                                store::ReceiptNumber number) override {
    return read([&] { return medium_.receipt(account, number); });
  }
  Result<store::ReceiptPage> receipts(const store::ReceiptQuery& query) override {
    return read([&] { return medium_.receipts(query); });
  }
  Result<std::vector<store::Receipt>> receipts_about(const RecordKey& record, store::ReceiptNumber before,
                                                     std::size_t limit) override {
    return read([&] { return medium_.receipts_about(record, before, limit); });
  }
  Result<std::optional<store::SeenRow>> seen(const AccountId& account, const std::string& source,
                                             const std::string& key) override {
    return read([&] { return medium_.seen(account, source, key); });
  }
  Result<std::optional<std::string>> clocks_of(const RecordKey& owner) override {
    return read([&] { return medium_.clocks_of(owner); });
  }

  Result<std::size_t> drop_expired(Time now) override {
    return write([&] { return medium_.drop_expired(now); });
  }
  Result<store::Forgotten> retain(const store::Retention& retention) override {
    return write([&] { return medium_.retain(retention); });
  }
  Result<void> scrub() override {
    return write([&] { return medium_.scrub(); });
  }

 private:
  static Error out_of_order() { return {Fault::unavailable, "the disk is out of order"}; }

  template <class F>
  auto read(F function) -> decltype(function()) {
    if (ended_ || secret_) return out_of_order();
    if (manner_.unreadable > 0 && timeline_.chance(manner_.unreadable)) {
      timeline_.count("read failed");
      return out_of_order();
    }
    return function();
  }
  template <class F>
  auto write(F function) -> decltype(function()) {
    if (ended_ || secret_) return out_of_order();
    return function();
  }

  Timeline& timeline_;
  store::Store& medium_;
  const StoreManner& manner_;
  bool ended_ = false;
  bool secret_ = false;
};

}  // namespace deltapost::simulation
