// BatchWriter: one batch into one write transaction.
#pragma once

#include <unordered_map>
#include <vector>

#include "base/random.hpp"
#include "store/sqlite/database.hpp"
#include "store/sqlite/names.hpp"
#include "store/store.hpp"

namespace deltapost::store::sqlite {

/// Where each partition stands, kept by the writer so that no commit has to look for it.
struct PartitionEnds {
  Seq head = 0;               // newest log entry
  std::uint64_t records = 0;  // number of the newest record
  ReceiptNumber receipt = 0;  // greatest given
};
std::vector<PartitionEnds> read_ends(Database& database, Part partitions);
ReceiptNumber read_last_receipt(Database& database, Part part);

/// The newest attempt of each endpoint, by the endpoint's name; what is not here is looked up.
using AttemptNumbers = std::unordered_map<Name, std::uint64_t>;

/// Where a record stands and what its next change builds on.
struct RecordPlace {
  std::int64_t rid = 0;
  Version version = 0;
  Seq last_seq = 0;
  Time created_at{};
  std::string salt, tip;  // store/chain.hpp
};
/// A record as a batch leaves it.
struct TouchedRecord : RecordPlace {
  Version stored_version = 0;  // before the batch
  const LogEntry* latest = nullptr;
  const std::string* clocks = nullptr;  // as this batch puts them; null: unchanged
};
/// What was read of records since the last commit, none of it touched yet. All but the record's own writes
/// leave it as it is, so one that stands right before the version to be written is right.
using TouchedRecords = std::unordered_map<RecordKey, TouchedRecord>;

class BatchWriter {
 public:
  BatchWriter(Database& database, NamesInTransaction& names, std::vector<PartitionEnds>& ends,
              AttemptNumbers& numbers, TouchedRecords& found)
      : database_(database), names_(names), ends_(ends), numbers_(numbers), found_(found) {}

  /// Throws SqlError or a Refusal; the transaction, `ends` and `numbers` are then to be thrown away.
  CommitReceipt write(Batch batch);

 private:
  void append(RecordWrite& write);
  TouchedRecord& touch(const RecordKey& key);
  void store_record(const RecordKey& key, const TouchedRecord& touched);
  void claim(const UniqueClaim& claim);
  void put(const IdempotencyRow& row);
  void put(const SecretRow& row);

  // Delivery, in delivery_writer.cpp.
  void put(const DeliveryProgress& progress);
  void put(Part part, const Lag& lag);
  void put(Part part, const Hold& hold);
  void remove(Part part, const Hold& hold);
  void put(Part part, const DeadDelivery& dead);
  void append(const std::vector<Attempt>& attempts);
  void forget(const EndpointId& endpoint);
  std::uint64_t next_attempt(Name endpoint);

  // What sources got, in receipt_writer.cpp.
  void put(const Receipt& receipt);
  void put(const ReceiptResolution& resolution);
  void put(const SeenRow& row);
  void put(const ClocksRow& row);

  // Erasing, in erasure_writer.cpp.
  void erase(const Erasure& erasure, std::vector<LogEntry>& committed);
  void erase_changes(const TouchedRecord& record, Version up_to);
  void erase_responses(std::int64_t pos);
  void erase_receipt(ReceiptNumber number);

  Database& database_;
  NamesInTransaction& names_;
  std::vector<PartitionEnds>& ends_;
  AttemptNumbers& numbers_;
  TouchedRecords& found_;
  SystemRandom random_;  // salts
  TouchedRecords touched_;
};

}  // namespace deltapost::store::sqlite
