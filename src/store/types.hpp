// What a store keeps, as rows: plain data without behaviour. Documents and diffs are JSON text here; record/
// gives them meaning. Every row belongs to a partition: part = hash(account, kind, record id) % partitions,
// fixed when the store is made (1 on the embedded store).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/id.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "record/record.hpp"

namespace deltapost::store {

using Part = std::uint32_t;
/// Position in a partition's log: 1, 2, 3 … without gaps, in commit order. 0: before the first.
using Seq = std::uint64_t;
using Epoch = std::uint64_t;

struct StoredRecord {
  RecordKey key;
  Version version = 0;
  std::string document;  // JSON object
  Time created_at{};
  Time updated_at{};
  bool deleted = false;
};

/// One change in a partition's log.
struct LogEntry {
  Part part = 0;
  Seq seq = 0;
  RecordKey key;
  Version version = 0;
  Time at{};  // commit time; never decreases along a partition's log
  Origin origin;
  std::string changes;  // record::diff_to_json as text; or redacted, see store/chain.hpp
  /// The document after this change, when the reader still has it at hand (fresh from the commit); null when
  /// it must be folded from history (store/history.hpp).
  std::shared_ptr<const std::string> document{};
  /// The change and the record after it, parsed, when whoever made the change had them so; else null.
  std::shared_ptr<const Step> step{};
  Time updated_at{};     // of the record after this change; filled in by the store from RecordWrite
  bool deleted = false;  // likewise
  std::string hash{};  // 16 bytes, covers the change before it on this record (store/chain.hpp); by the store
};

using LogEntryPtr = std::shared_ptr<const LogEntry>;

/// One record taken from version n-1 to n. `entry.seq` and `entry.part` are filled in by the store. The
/// record's created_at is the `at` of its version 1.
struct RecordWrite {
  LogEntry entry;  // entry.version 1 creates; entry.document must be set
  Time updated_at{};
  bool deleted = false;
};

/// A value that only one record of an account may hold, like a lead's phone.
struct UniqueValue {
  AccountId account;
  std::string scope;  // "lead.phone"
  std::string value;
  friend bool operator==(const UniqueValue&, const UniqueValue&) = default;
  friend auto operator<=>(const UniqueValue&, const UniqueValue&) = default;
};

struct UniqueClaim {
  UniqueValue unique;
  std::string holder;  // RecordKey::id; empty releases the value
};

/// The answer to a request that carried an Idempotency-Key, kept to be given again.
struct IdempotencyRow {
  AccountId account;
  std::string key;
  std::string fingerprint;  // of method, route and body; another one under the same key is refused
  std::string reply;        // what the API needs to give the same answer; opaque to the store
  Time expires_at{};
  RecordKey about{};  // the record that the answer tells about, for its erasure; an empty id: none
};

/// A secret beside the record that owns it: sealed by the caller, never in the log. Empty bytes remove it.
struct SecretRow {
  RecordKey owner;
  std::string sealed;
};

// ---- what sources got. A receipt is one request, kept as it came; what it said about which record, and what
// ---- came of that, is in its outcome. Beside the record lie its clocks: when each of its fields was set
// last.

/// 1, 2, 3 … in the order in which receipts were committed; the partition of the source in the bits above 40.
/// 0: none.
using ReceiptNumber = std::uint64_t;

inline constexpr unsigned kReceiptBits = 40;
inline Part part_of(ReceiptNumber number) {
  return static_cast<Part>(number >> kReceiptBits);
}
/// All of a partition's are greater.
inline ReceiptNumber before_receipts(Part part) {
  return ReceiptNumber{part} << kReceiptBits;
}

enum class Verdict : std::uint8_t {
  accepted = 1,     // it changed something, or is an event to be remembered
  duplicate = 2,    // seen before
  stale = 3,        // older than what is known; it may have filled fields that nothing newer had set
  no_change = 4,    // all that it says was so already
  quarantined = 5,  // acknowledged, but its content needs a person
  rejected = 6,     // refused: a wrong signature, or content that its source wants refused
};

struct Receipt {
  ReceiptNumber number = 0;  // from Draft::next_receipt
  AccountId account;
  std::string source;  // id of the source
  Time at{};           // when it was received
  Verdict verdict = Verdict::accepted;
  std::string headers;       // JSON object of those that may be shown, secrets taken out
  std::string body;          // as it came; or its beginning, when it was too large to keep
  std::string outcome;       // JSON object: what it said and what came of it (intake/outcome.hpp)
  std::string resolution{};  // JSON object: what became of a quarantined one; empty: nothing yet
  /// Records of the account that it is about without having changed them: for their timelines.
  std::vector<RecordKey> about{};
};

/// What became of a quarantined receipt. The receipt itself is never altered otherwise.
struct ReceiptResolution {
  ReceiptNumber number = 0;
  std::string resolution;  // JSON object
};

/// That a statement was met before. Kept until it expires.
struct SeenRow {
  AccountId account;
  std::string source;
  std::string key;            // 16 bytes: digest of what tells statements apart
  std::string content;        // what it said: a digest of 16 bytes, or the key again where that tells it all
  ReceiptNumber receipt = 0;  // the first that brought it
  Time expires_at{};
};

/// When each field of a record was set last, by the clocks of those who set them. Opaque to the store
/// (intake/clocks.hpp); empty removes. The owner must exist, once the batch's writes are done.
struct ClocksRow {
  RecordKey owner;
  std::string clocks;
};

/// Takes a record's values out of everything that is kept: its changes up to a version are redacted, its
/// snapshots and clocks removed, receipts that changed it or are about it lose headers, body and outcome (a
/// short note stays), attempts at delivering its changes lose what the receiver answered, remembered answers
/// about it lose fingerprint and reply, so that their keys stay used. What happened when, and the chain of
/// hashes, stay. The record's document is replaced by a RecordWrite in the same batch; the change that does so names the old values, so `up_to` should be its
/// version: only then can the record's salt go, too. The document that stands after the batch is kept as a
/// snapshot, for later versions to be folded from. A receipt that waited in quarantine counts as resolved.
struct Erasure {
  RecordKey record;
  Version up_to = 0;
};

// ---- delivery state. The partition's cursor says how far its log was followed; an endpoint that is further
// back
// ---- has a lag, a record that an endpoint has refused has a hold, an event given up has a dead delivery.

/// An endpoint that stands behind its partition's cursor.
struct Lag {
  EndpointId endpoint;
  Seq position = 0;       // everything up to here is delivered, held, dead or not for this endpoint
  Seq recover_until = 0;  // while position < this, what attempts show as delivered is not sent again
  Time recover_from{};    // since when those attempts count; meaningful while recovering
};

/// Which delivery a hold, a dead delivery or an attempt is about: the event_index-th event of the change at
/// seq.
struct DeliveryKey {
  EndpointId endpoint;
  Part part = 0;
  Seq seq = 0;
  std::uint32_t event_index = 0;
  friend bool operator==(const DeliveryKey&, const DeliveryKey&) = default;
  friend auto operator<=>(const DeliveryKey&, const DeliveryKey&) = default;
};

/// What a hold holds back.
enum class HoldScope : std::uint8_t {
  record = 1,    // this event and every later one of its record at this endpoint
  delivery = 2,  // this event alone (endpoints without order, and resends)
};

/// A delivery that did not succeed yet and waits for its next try. At most one of scope record for each
/// endpoint and record; it moves to the record's next event when its own is done.
struct Hold {
  DeliveryKey delivery;
  HoldScope scope = HoldScope::record;
  RecordKey record;
  std::uint32_t tries = 0;  // attempts made so far that count for the schedule
  std::optional<Time> first_sent_at{};
  Time due_at{};
};

/// A delivery whose schedule is exhausted; can be resent.
struct DeadDelivery {
  DeliveryKey delivery;
  RecordKey record;
  std::uint32_t tries = 0;
  std::optional<Time> first_sent_at{};
  Time died_at{};
  std::string reason;
};

enum class Outcome : std::uint8_t { delivered = 1, retrying = 2, dead = 3 };

/// One HTTP request of a delivery, as it went. Its record and version are those of the change at
/// delivery.seq.
struct Attempt {
  DeliveryKey delivery;
  std::uint64_t number = 0;  // position in the endpoint's attempts, given by the store: 1, 2, 3 …
  RecordKey record;
  Version version = 0;
  std::string event_type;
  std::string event_id;
  std::uint32_t attempt = 1;  // 1 for the first try of this delivery
  Time at{};                  // when it was sent
  Time first_sent_at{};
  std::uint32_t latency_ms = 0;
  std::uint16_t status = 0;  // 0: no answer; then `error` says why
  Outcome outcome = Outcome::delivered;
  std::string error;
  std::string response;  // the first 16 KiB of the answer's body
};

/// What delivery has to remember, written as one; the batch is refused whole with Fault::stale_epoch when
/// `epoch` is not the partition's. What is removed goes first, then what is put; endpoints are forgotten
/// last.
struct DeliveryProgress {
  Part part = 0;
  Epoch epoch = 0;
  std::optional<Seq> cursor{};
  std::vector<Lag> lags_put{};
  std::vector<EndpointId> lags_removed{};
  std::vector<Hold> holds_put{};  // replaces a hold of the same endpoint, scope and record (or delivery)
  std::vector<Hold> holds_removed{};
  std::vector<DeadDelivery> dead_put{};
  std::vector<DeliveryKey> dead_removed{};
  std::vector<Attempt> attempts{};
  std::vector<EndpointId>
      endpoints_forgotten{};  // deleted ones: lags, holds, dead and attempts go, in all partitions
};

using DeliveryProgressPtr = std::shared_ptr<const DeliveryProgress>;

struct DeliveryState {
  Seq cursor = 0;
  std::vector<Lag> lags;
  std::vector<Hold> holds;
};

/// What stands in the way of writing.
struct Trouble {
  Error error;
  bool final = false;  // nothing is written any more until the store is opened again
};

/// Who owns a partition's delivery. Times are the store's own clock's.
struct Lease {
  Part part = 0;
  std::string owner;
  Epoch epoch = 0;
  Time expires_at{};
};

}  // namespace deltapost::store
