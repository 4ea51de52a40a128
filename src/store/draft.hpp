// Draft: the batch that is being put together, seen as if it were already committed. Jobs of one group read
// through it, so the second write to a record in a group builds on the first.
//
// A job works on a draft from begin_job() to the next one's; drop_job() takes back what it did: a refused job
// leaves no trace in the batch. One thread.
#pragma once

#include <map>
#include <tuple>
#include <unordered_map>

#include "store/store.hpp"

namespace deltapost::store {

class Draft {
 public:
  static constexpr std::size_t kMaxHistorySince = 10'000;

  /// `now` is the commit time of everything in this draft; never before that of the draft before it.
  Draft(Store& store, Time now) : store_(store), now_(now) {}
  ~Draft() { store_.end_reading_to_write(); }
  Draft(const Draft&) = delete;
  Draft& operator=(const Draft&) = delete;

  Time now() const { return now_; }
  Part part_of(const RecordKey& key) const { return partition_of(key, store_.partitions()); }

  Result<std::optional<StoredRecord>> find(const RecordKey& key);
  Result<std::string> last_id(const AccountId& account, Kind kind);
  Result<std::optional<std::string>> holder_of(const UniqueValue& unique);
  Result<std::optional<std::string>> secret_of(const RecordKey& owner);
  Result<std::optional<IdempotencyRow>> idempotency(const AccountId& account, const std::string& key);

  Result<std::optional<SeenRow>> seen(const AccountId& account, const std::string& source,
                                      const std::string& key);
  Result<std::optional<std::string>> clocks_of(const RecordKey& owner);
  /// With the resolution that was put in this draft.
  Result<std::optional<Receipt>> receipt(const AccountId& account, ReceiptNumber number);
  /// The record's changes after a version, ascending: the store's, then this draft's (which have neither seq
  /// nor hash yet). Fault::too_large when they are more than kMaxHistorySince.
  Result<std::vector<LogEntry>> history_since(const RecordKey& key, Version after);

  /// The number for the next receipt of a partition. A dropped job gives its numbers back.
  Result<ReceiptNumber> next_receipt(Part part);

  /// The write's version must be the one after what find() gives. entry.at is set to now().
  void put(RecordWrite write);
  void claim(UniqueClaim claim);
  void put(IdempotencyRow row);
  void put(SecretRow row);
  void put(DeliveryProgressPtr progress);
  void put(Receipt receipt);
  void put(ReceiptResolution resolution);
  void put(SeenRow row);
  void put(ClocksRow row);
  void put(Erasure erasure);

  void begin_job();
  void drop_job();

  bool empty() const;
  const Batch& batch() const { return batch_; }
  /// For who is done with the draft.
  Batch take() { return std::move(batch_); }

 private:
  /// How much there was of each part of the batch at some moment.
  struct Mark {
    std::size_t writes = 0, claims = 0, idempotency = 0, secrets = 0, progress = 0;
    std::size_t receipts = 0, resolutions = 0, seen = 0, clocks = 0, erasures = 0;
    friend bool operator==(const Mark&, const Mark&) = default;
  };
  struct LatestWrite {
    std::size_t first, last;  // positions in batch_.writes
  };

  Mark here() const;
  bool erases(const RecordKey& record) const;
  void index_write(std::size_t position);
  void rebuild_overlays();
  void rebuild_receiving_overlays();

  Store& store_;
  Time now_;
  Batch batch_;
  Mark job_began_;
  // Overlays: what this draft has changed so far, as positions in batch_. Rebuilt when a job is dropped.
  std::unordered_map<RecordKey, LatestWrite> latest_write_;
  std::map<std::pair<AccountId, Kind>, std::string> greatest_new_id_;
  std::map<UniqueValue, std::size_t> latest_claim_;
  std::unordered_map<RecordKey, std::size_t> latest_secret_;
  std::map<std::pair<AccountId, std::string>, std::size_t> latest_idempotency_;
  std::unordered_map<ReceiptNumber, std::size_t> receipt_, resolution_;
  std::map<std::tuple<AccountId, std::string, std::string>, std::size_t> latest_seen_;
  std::unordered_map<RecordKey, std::size_t> latest_clocks_;
  // Not positions: a number is given before its receipt is put.
  std::map<Part, ReceiptNumber> given_, given_before_job_;
};

}  // namespace deltapost::store
